import ArgumentParser
import Foundation
import Pipeline
import Reports

/// `mapo dataset`: the warm-start dataset.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Build the warm-start dataset, or look at it.",
    subcommands: [Build.self, Stats.self])

  struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask the targets what they answer best to.")
    @OptionGroup var options: RunOptions
    func run() async throws { try await options.runStage(.dataset) }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The dataset in numbers.")
    @OptionGroup var options: RunOptions

    func run() throws {
      let run = try options.configuration.load(RunConfiguration.self)
      let folder = options.folder(named: run.name)
      let summaries = try folder.datasetSummaries()
      if options.json { return try printJSON(summaries) }
      var table = TextTable(columns: [
        .init("target", .left), .init("answers", .right), .init("failed", .right),
        .init("tokens", .right), .init("originals", .right), .init("candidates", .right),
        .init("kept", .right), .init("tied", .right), .init("gain (search)", .right),
        .init("gain (fresh)", .right),
      ])
      for summary in summaries {
        table.add([
          summary.target, "\(summary.answered)", "\(summary.failed)", "\(summary.tokens)",
          "\(summary.originals)", "\(summary.candidates)", "\(summary.kept)",
          summary.tiedShare.map { String(format: "%.2f", $0) } ?? "-",
          summary.searchGain.map { String(format: "%+.3f", $0) } ?? "-",
          summary.freshGain.map { String(format: "%+.3f", $0) } ?? "-",
        ])
      }
      print(table.plainText())
      for (target, means) in try folder.candidateMeans().sorted(by: { $0.key < $1.key }) {
        print("Mean scores of the candidates of \(target)\n")
        print(Histogram(means, binCount: 10, range: 0...1).plainText(width: 40, decimals: 1))
      }
    }
  }
}
