import Foundation
import Pipeline
import Reports

/// What optimising found, as text for a terminal.
enum OptimizeTables {
  /// Longest prompt that is shown whole, in code points.
  private static let shownPrompt = 4000

  static func text(of report: OptimizationReport, in folder: RunFolder, inColor: Bool) -> String {
    var parts: [TerminalText] = []
    if report.searches.count == 1 {
      parts += [
        TerminalText("The best prompt", .strong),
        TerminalText(shortened(report.prompt, to: shownPrompt) + "\n", onOneLine: false),
      ]
    }
    parts += [
      TerminalText("What each method found (95 % intervals, examples resampled)", .strong),
      table(searches(report)),
    ]
    if report.searches.contains(where: { $0.methods.count > 1 }) || report.searches.count > 1 {
      parts += [
        TerminalText("Methods side by side, on fresh examples", .strong),
        table(comparison(report)),
      ]
    }
    parts += report.notices.map { TerminalText("Note: \($0)") }
    parts += files(report, folder).map { TerminalText($0) }
    return parts.map { $0.rendered(inColor: inColor) }.joined(separator: "\n")
  }

  private static func table(_ table: TextTable) -> TerminalText {
    TerminalText(table.plainText(), onOneLine: false)
  }

  private static func searches(_ report: OptimizationReport) -> TextTable {
    let hasRepeats = report.searches.contains { $0.place.repetition > 1 }
    var table = TextTable(
      columns: [.init("target", .left), .init("task", .left)]
        + (hasRepeats ? [.init("repeat", .right)] : [])
        + [
          .init("method", .left), .init("steps", .right), .init("validation", .right),
          .init("fresh", .right), .init("over the original", .right),
          .init("target calls", .right), .init("generator calls", .right), .init("ended by", .left),
        ])
    for search in report.searches {
      let place =
        [search.place.target, search.place.task]
        + (hasRepeats ? ["\(search.place.repetition)"] : [])
      table.add(
        place + [
          "original", "", score(search.methods.first?.outcome.original),
          score(search.freshOriginal), "", "", "", "",
        ])
      for result in search.methods {
        let (outcome, fresh, gain) = (result.outcome, result.fresh, result.overOriginal)
        table.add(
          place + [
            outcome.method, "\(outcome.steps)", score(outcome.final),
            interval(fresh.mean, fresh.low, fresh.high),
            difference(gain.mean, gain.low, gain.high), "\(outcome.targetCalls)",
            "\(outcome.generatorCalls)", words(outcome.ending.rawValue),
          ])
      }
    }
    return table
  }

  /// Without the rows for everything where there is one search alone: they are the same.
  private static func comparison(_ report: OptimizationReport) -> TextTable {
    var table = TextTable(columns: [
      .init("target", .left), .init("task", .left), .init("method", .left),
      .init("searches", .right), .init("score", .right), .init("Dual-Phase − method", .right),
      .init("target calls", .right), .init("generator calls", .right),
    ])
    for row in report.comparison where report.searches.count > 1 || row.task != "all" {
      let minus = row.dualPhaseMinus
      table.add([
        row.target, row.task, row.method, "\(row.searches)", score(row.fresh),
        row.method == OptimizationMethod.dualPhase.rawValue
          ? "" : difference(minus.mean, minus.low, minus.high),
        String(format: "%.0f", row.targetCalls), String(format: "%.0f", row.generatorCalls),
      ])
    }
    return table
  }

  private static func files(_ report: OptimizationReport, _ folder: RunFolder) -> [String] {
    let prompts = report.searches.map {
      "Best prompt of \($0.place.target), \($0.place.task): "
        + folder.bestPromptFile(of: $0.place, in: report).relativePath
    }
    return prompts + [
      "Every trial: \(folder.optimizationFile.relativePath)",
      "mapo report \(folder.url.relativePath) shows it",
    ]
  }
}
