import ArgumentParser
import Foundation
import Pipeline
import Reports

extension BenchCommand {
  /// `mapo bench search`: what the race's choices are worth.
  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "search",
      abstract: "Compare the race with a search that scores every candidate on every example.",
      discussion: """
        Scores are kept in a folder; an interrupted experiment goes on from there when it is begun \
        again. The races read their scores from those of the exhaustive search.
        """)

    @OptionGroup var options: Options
    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "Original prompts, spread over the tasks.")
    var prompts = 8

    @Option(help: "Candidates for each original prompt, at most.")
    var candidates = 1000

    @Option(help: "Examples that the searches see.")
    var examples = 200

    @Option(help: "Examples that only judge what they chose.")
    var fresh = 500

    @Option(help: "Name of the target. Default: the configuration's first.")
    var target: String?

    @Option(help: "Folder of the scores. Default: Checkpoints/<name>-search.")
    var work: String?

    func validate() throws {
      try check("--prompts", prompts, 1...100_000)
      try check("--candidates", candidates, 1...100_000)
      try check("--examples", examples, 2...1_000_000)
      try check("--fresh", fresh, 2...1_000_000)
    }

    func run() async throws {
      options.apply()
      let run = try configuration.load(RunConfiguration.self)
      let experiment = try SearchQuality(
        run,
        SearchQualitySettings(
          prompts: prompts, candidates: candidates, examples: examples, fresh: fresh,
          shares: [0.05, 0.1, 0.2]),
        target: target, folder: URL(fileURLWithPath: work ?? "Checkpoints/\(run.name)-search"),
        data: configuration.dataFolder, observer: .console())
      let report = try await withInterruption { try await experiment.run() }
      if options.json { try printJSON(report) } else { print(SearchQualityTables.text(of: report)) }
    }
  }
}

/// The experiment as text for a terminal.
private enum SearchQualityTables {
  static func text(of report: SearchQualityReport) -> String {
    """
    Target \(report.target), \(report.rows.count) prompts, \(report.examples) search examples, \
    \(report.fresh) fresh ones; 95 % intervals

    \(searches(report))
    "highest": the highest mean wins; elsewhere ties go to the shorter. Means of what was chosen, on
    the fresh examples:

    \(rows(report))
    """
  }

  private static func searches(_ report: SearchQualityReport) -> String {
    var table = TextTable(columns: [
      .init("search", .left), .init("candidates", .right), .init("calls", .right),
      .init("of all", .right),
      .init("search", .right), .init("fresh", .right), .init("curse", .right),
      .init("over the original", .right), .init("over the exhaustive", .right),
      .init("kept", .right),
    ])
    for row in report.searches {
      table.add([
        row.search, String(format: "%.0f", row.candidates), String(format: "%.0f", row.calls),
        String(format: "%.1f %%", 100 * row.shareOfCalls), score(row.searchMean),
        score(row.freshMean), String(format: "%+.3f", row.winnersCurse),
        difference(row.gain.mean, row.gain.low, row.gain.high),
        difference(row.overExhaustive.mean, row.overExhaustive.low, row.overExhaustive.high),
        score(row.kept),
      ])
    }
    return table.plainText()
  }

  private static func rows(_ report: SearchQualityReport) -> String {
    let names = report.searches.map(\.search)
    var table = TextTable(
      columns: [.init("task", .left), .init("candidates", .right)]
        + names.map { .init($0, .right) })
    for row in report.rows {
      table.add(
        [row.task, "\(row.candidates)"]
          + row.choices.map { score($0.freshMean) })
    }
    return table.plainText()
  }
}
