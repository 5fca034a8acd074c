import Foundation
import Pipeline
import Reports

/// The evaluation as text for a terminal.
enum EvaluationTables {
  static func text(of report: EvaluationReport) -> String {
    var parts = [
      "By task (F original, S after SFT, M after PPO + RRMF; 95 % intervals), "
        + "on the \(report.split.rawValue) split",
      rows(report),
    ]
    parts += ["By target", summaries(report.summary)]
    parts += ["By what was held out", summaries(report.heldOut)]
    parts += ["Whose rewriter on which target (score of M)", transfer(report)]
    parts += ["Own rewriter against others", differences(report)]
    return parts.joined(separator: "\n")  // a table ends with a line break of its own
  }

  private static func rows(_ report: EvaluationReport) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("task", .left), .init("metric", .left),
      .init("trivial", .right), .init("F", .right), .init("constant", .right),
      .init("look-up", .right), .init("S", .right), .init("M", .right),
      .init("M − F", .right), .init("kept", .right), .init("counted", .left),
    ])
    for row in report.rows {
      table.add([
        row.target, row.task, row.metric, score(row.trivial), score(row.original),
        score(row.constant), score(row.lookup), score(row.sft), score(row.mapo),
        difference(row.gain.mean, row.gain.low, row.gain.high), score(row.kept),
        row.counted ? "yes" : "no",
      ])
    }
    return table.plainText()
  }

  private static func summaries(_ summaries: [EvaluationReport.Summary]) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("held out", .left), .init("prompts", .right),
      .init("F", .right), .init("constant", .right), .init("look-up", .right),
      .init("S", .right), .init("M", .right), .init("M − F", .right),
      .init("M − constant", .right), .init("M − S", .right), .init("harmed", .right),
      .init("sign.", .right), .init("kept", .right), .init("distinct", .right),
    ])
    for row in summaries {
      table.add([
        row.target, row.group, "\(row.prompts)", score(row.original), score(row.constant),
        score(row.lookup), score(row.sft), score(row.mapo),
        difference(row.gain.mean, row.gain.low, row.gain.high),
        difference(row.overConstant.mean, row.overConstant.low, row.overConstant.high),
        difference(row.overSft.mean, row.overSft.low, row.overSft.high), score(row.harmedAny),
        score(row.harmedSignificant), score(row.kept), score(row.distinct),
      ])
    }
    return table.plainText()
  }

  private static func transfer(_ report: EvaluationReport) -> String {
    var table = TextTable(columns: [
      .init("rewriter of", .left), .init("used on", .left), .init("score", .right),
    ])
    for entry in report.transfer {
      table.add([entry.rewriterOf, entry.usedOn, score(entry.score)])
    }
    return table.plainText()
  }

  private static func differences(_ report: EvaluationReport) -> String {
    var table = TextTable(columns: [
      .init("target", .left), .init("difference", .left), .init("M", .right),
    ])
    for (label, entries) in [
      ("own − other", report.ownMinusOther), ("own − control", report.ownMinusControl),
    ] {
      for entry in entries {
        table.add([entry.target, label, difference(entry.mean, entry.low, entry.high)])
      }
    }
    return table.plainText()
  }
}

/// The comparison of targets as text for a terminal.
enum TargetTables {
  static func text(of comparison: TargetComparison) -> String {
    var spread = TextTable(columns: [
      .init("target", .left), .init("mean", .right), .init("deviation", .right),
      .init("best − worst", .right), .init("split-half τ", .right), .init("by task", .left),
    ])
    for row in comparison.spreads {
      let tasks = row.byTask.sorted { $0.key < $1.key }
        .map { "\($0.key) \(String(format: "%.2f", $0.value))" }
      spread.add([
        row.target, String(format: "%.3f", row.mean), String(format: "%.3f", row.deviation),
        String(format: "%.3f", row.range), String(format: "%.3f", row.splitHalfTau),
        tasks.joined(separator: ", "),
      ])
    }
    var agreement = TextTable(columns: [
      .init("a", .left), .init("b", .left), .init("τ", .right),
      .init("loss of b with a's best prompt", .right),
    ])
    for row in comparison.agreements {
      agreement.add([
        row.a, row.b, String(format: "%.3f", row.tau), String(format: "%.3f", row.bestPromptLoss),
      ])
    }
    return "Prompts of one content, compared on examples that nobody trained on\n\n"
      + spread.plainText() + "\n" + agreement.plainText()
  }
}
