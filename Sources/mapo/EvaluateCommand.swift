import ArgumentParser
import Foundation
import Pipeline

/// `mapo evaluate`: the table.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate the rewriters of a run on held-out prompts and examples.")

  @OptionGroup var options: RunOptions

  func run() async throws {
    let run = try options.open(continuing: true, needsStages: true)
    let report = try await withInterruption { try await run.runEvaluation() }
    if options.json { try printJSON(report) } else { print(EvaluationTables.text(of: report)) }
  }
}
