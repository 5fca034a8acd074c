import Foundation
import Pipeline
import Reports

/// The study as text for a terminal.
enum StudyTables {
  static func text(of report: StudyReport) -> String {
    let left = report.groupsLeftOut
    let parts = [
      """
      \(report.examples) examples a prompt at most, from the \(report.split.rawValue) split; \
      95 % intervals from \(report.resamples) resamples; prompts are compared in \(report.groups) \
      groups of one content each\(left == 0 ? "" : " (\(left) with fewer than five are left out)")

      """,
      "Mean scores of the prompts of each task", distributions(report.distributions),
      "The best prompt of each target and task", best(report.scores),
      """
      Kendall τ of the prompts' scores, each from one half of the examples; "split half": \
      a target against itself
      """,
      agreements(report.kendallTau), "By task",
      byTask(report.kendallTau.map { (pair($0), $0.task, $0.tau) }),
      "Split-half τ less the τ between two targets", gaps(report.belowSplitHalf),
      "What a target loses with another's best prompt (these intervals are rather narrow)",
      losses(report.bestPromptLoss), "By task",
      byTask(report.bestPromptLoss.map { ("\($0.b) with \($0.a)'s", $0.task, $0.loss) }),
      "Verdict: " + report.verdict,
    ]
    return parts.joined(separator: "\n")  // a table ends with a line break of its own
  }

  private static func distributions(_ rows: [StudyReport.Distribution]) -> String {
    var table = TextTable(
      columns: [.init("target", .left), .init("task", .left)]
        + [
          "prompts", "mean", "deviation", "of one content", "least", "quarter", "median",
          "three quarters", "greatest",
        ].map { .init($0, .right) })
    for row in rows {
      let numbers = [
        row.mean, row.deviation, row.deviationWithinContent, row.minimum, row.lowerQuartile,
        row.median, row.upperQuartile, row.maximum,
      ]
      table.add([row.target, row.task, "\(row.prompts)"] + numbers.map { score($0) })
    }
    return table.plainText()
  }

  /// The first of those with the highest mean, as far as it is short.
  private static func best(_ scores: [StudyReport.Score]) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("task", .left), .init("score", .right), .init("prompt", .left),
    ])
    var places: [[String]: Int] = [:]
    var best: [StudyReport.Score] = []
    for entry in scores where entry.mean != nil {
      guard let place = places[[entry.target, entry.task]] else {
        places[[entry.target, entry.task]] = best.count
        best.append(entry)
        continue
      }
      if (entry.mean ?? 0) > (best[place].mean ?? 0) { best[place] = entry }
    }
    for entry in best {
      table.add([
        entry.target, entry.task, score(entry.mean), visible(shortened(entry.prompt, to: 60)),
      ])
    }
    return table.plainText()
  }

  private static func agreements(_ rows: [StudyReport.Agreement]) -> String {
    var table = TextTable(columns: [
      .init("a", .left), .init("b", .left), .init("τ", .right), .init("on all examples", .right),
      .init("opposite pairs", .right), .init("groups", .right), .init("prompts", .right),
    ])
    for row in rows where row.task == "all" {
      table.add([
        row.a, second(row), difference(row.tau, row.low, row.high), score(row.tauOnAllExamples),
        row.oppositePairs.map { String(format: "%.1f %%", 100 * $0) } ?? "-",
        "\(row.groups)", "\(row.prompts)",
      ])
    }
    return table.plainText()
  }

  private static func second(_ row: StudyReport.Agreement) -> String {
    switch row.relation {
    case .other: row.b
    case .twin: "\(row.b) (twin)"
    case .splitHalf: "split half"
    }
  }

  private static func pair(_ row: StudyReport.Agreement) -> String { "\(row.a), \(second(row))" }

  private static func gaps(_ rows: [StudyReport.Gap]) -> String {
    var table = TextTable(columns: [
      .init("a", .left), .init("b", .left), .init("split half of", .left),
      .init("difference", .right),
    ])
    for row in rows {
      let b = row.relation == .twin ? "\(row.b) (twin)" : row.b
      let (mean, low, high) = (row.difference.mean, row.difference.low, row.difference.high)
      table.add([row.a, b, row.splitHalfOf, difference(mean, low, high)])
    }
    return table.plainText()
  }

  private static func losses(_ rows: [StudyReport.Loss]) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("with the best prompt of", .left), .init("loss", .right),
    ])
    for row in rows where row.task == "all" {
      table.add([row.b, row.a, difference(row.loss, row.low, row.high)])
    }
    return table.plainText()
  }

  /// A row for each subject and a column for each task, in the order of the entries.
  private static func byTask(
    _ entries: [(subject: String, task: String, value: Double)]
  ) -> String {
    let entries = entries.filter { $0.task != "all" }
    var (subjects, tasks) = ([String](), [String]())
    for entry in entries {
      if !subjects.contains(entry.subject) { subjects.append(entry.subject) }
      if !tasks.contains(entry.task) { tasks.append(entry.task) }
    }
    var table = TextTable(
      columns: [.init("", .left)] + tasks.map { .init($0, .right) })
    for subject in subjects {
      let own = entries.filter { $0.subject == subject }
      table.add(
        [subject]
          + tasks.map { task in
            own.first { $0.task == task }.map { String(format: "%+.3f", $0.value) } ?? "-"
          })
    }
    return table.plainText()
  }
}
