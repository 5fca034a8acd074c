import ArgumentParser
import Foundation
import Pipeline

/// `mapo run`: the main job.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Dataset, base model, SFT, reward model, PPO + RRMF, evaluation and export in one go."
  )

  @OptionGroup var options: RunOptions

  @Option(
    name: .customLong("from"),
    help: "Begin with the finished stages of this run folder whose settings are the same.")
  var source: String?

  func validate() throws {
    if source != nil && options.resume {
      throw ValidationError(
        "--from and --resume exclude each other: a run that is continued takes nothing over")
    }
  }

  func run() async throws {
    let run = try options.open(
      continuing: false, from: source.map { RunFolder(URL(fileURLWithPath: $0)) })
    let report = try await withInterruption { try await run.runAll() }
    if options.json {
      try printJSON(report)
    } else {
      print(EvaluationTables.text(of: report))
      print("Rewriters: \(run.folder.url.relativePath)/export/")
    }
    do {
      let page = try writeReport(of: run.folder)
      if !options.json { print("Report: \(page.path)") }
    } catch {  // the run has succeeded all the same
      FileHandle.standardError.write(Data("warning: \(error)\n".utf8))
    }
  }
}
