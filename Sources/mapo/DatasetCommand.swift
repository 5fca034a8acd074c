import ArgumentParser
import Foundation
import Pipeline
import Reports

/// `mapo dataset`: the warm-start dataset.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Build the warm-start dataset, or look at it.",
    subcommands: [Build.self, Stats.self, Export.self, Import.self])

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
      let report = try folder.datasetReport()
      if options.json { return try printJSON(report) }
      print(DatasetTables.text(of: report))
      let (means, gains) = try folder.datasetDistributions()
      for target in report.targets.map(\.target) {
        print("Mean scores of the candidates of \(target)\n")
        print(
          Histogram(means[target] ?? [], binCount: 10, range: 0...1)
            .plainText(width: 40, decimals: 1))
        print("Gains of the chosen prompts on fresh examples, \(target)\n")
        print(
          Histogram(gains[target] ?? [], binCount: 10, range: -1...1)
            .plainText(width: 40, decimals: 1))
      }
    }
  }
}

/// The dataset as text for a terminal.
private enum DatasetTables {
  static func text(of report: DatasetReport) -> String {
    var parts = [targets(report.targets)]
    if !report.spending.isEmpty { parts.append(spending(report.spending)) }
    if !report.failures.isEmpty { parts.append(failures(report.failures)) }
    return parts.joined(separator: "\n")
  }

  private static func targets(_ summaries: [DatasetSummary]) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("answers", .right), .init("no answer", .right),
      .init("failed", .right), .init("tokens", .right), .init("s/call", .right),
      .init("originals", .right), .init("candidates", .right), .init("kept", .right),
      .init("tied", .right), .init("gain (search)", .right), .init("gain (fresh)", .right),
    ])
    for summary in summaries {
      table.add([
        summary.target, "\(summary.answered)", "\(summary.unanswered)", "\(summary.failed)",
        "\(summary.tokens)", number(summary.secondsPerCall, "%.4f"), "\(summary.originals)",
        "\(summary.candidates)", "\(summary.kept)", number(summary.tiedShare, "%.2f"),
        number(summary.searchGain, "%+.3f"), number(summary.freshGain, "%+.3f"),
      ])
    }
    return table.plainText()
  }

  private static func spending(_ days: [DatasetReport.Spending]) -> String {
    var table = TextTable(columns: [
      .init("day (UTC)", .left), .init("spent on", .left), .init("calls", .right),
      .init("tokens", .right), .init("money", .right),
    ])
    for day in days {
      table.add([
        day.day, day.party, "\(day.calls)", "\(day.tokens)", String(format: "%.4f", day.money),
      ])
    }
    return table.plainText()
  }

  private static func failures(_ failures: [DatasetReport.Failures]) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("failed", .right), .init("reason", .left),
    ])
    for failure in failures { table.add([failure.target, "\(failure.count)", failure.reason]) }
    return table.plainText()
  }

  private static func number(_ value: Double?, _ format: String) -> String {
    value.map { String(format: format, $0) } ?? "-"
  }
}
