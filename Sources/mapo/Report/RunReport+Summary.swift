import Foundation
import Pipeline
import Reports

// What was trained for which target, and what came of it, before any table.
extension RunReport {
  /// The numbers in large type.
  var headline: [ReportFact] {
    var facts = (record.evaluation?.summary ?? []).prefix(3).map { row in
      ReportFact(
        "gain for \(row.target)", numberText(row.gain.mean, decimals: 3, signed: true),
        explanation: "M − F, the final rewriter against the prompts as they were, 95 % interval "
          + "\(numberText(row.gain.low, decimals: 3, signed: true)) to "
          + numberText(row.gain.high, decimals: 3, signed: true))
    }
    if let optimization = record.optimization {
      facts.append(
        ReportFact(
          "gain of single prompts",
          numberText(optimization.final - optimization.original, decimals: 3, signed: true),
          explanation: "Dual-Phase, best prompt against the original one, on fresh examples"))
    }
    if let calls = targetCalls {
      facts.append(
        ReportFact("target calls", countText(calls), explanation: "by the ledger, all stages"))
    }
    if let seconds = totalSeconds {
      facts.append(
        ReportFact(
          "time", durationText(seconds),
          explanation: "of the finished stages, one after the "
            + "other"))
    }
    return facts
  }

  var summarySection: ReportSection {
    var blocks: [ReportBlock] = (record.evaluation?.summary ?? []).map { .callout(callout(of: $0)) }
    if let evaluation = record.evaluation {
      let silent = targets.filter { name in !evaluation.summary.contains { $0.target == name } }
      blocks += silent.map {
        .callout(
          ReportCallout(
            .warning, title: $0,
            text: "No task counts for this target: it solves none of them at least "
              + "\(numberText(configuration.evaluation.minimumAboveTrivial, decimals: 0)) points "
              + "better than the trivial answer."))
      }
    }
    if let verdict = record.study?.verdict {
      blocks.append(
        .callout(ReportCallout(.neutral, title: "Do the targets differ?", text: verdict)))
    }
    if !missing.isEmpty {
      blocks.append(
        .callout(
          ReportCallout(.neutral, title: "Not in this report", text: sentences(missing))))
    }
    if !record.notes.isEmpty {
      blocks.append(
        .callout(ReportCallout(.warning, title: "Not read", text: sentences(record.notes))))
    }
    return ReportSection(
      id: "summary", title: "Summary",
      lead: "A rewriter was trained for each target model: it reads a prompt and writes one that "
        + "says the same in the way that this model answers best. Whether it does is measured on "
        + "prompts and examples that no training saw.",
      blocks: blocks, notes: [ReportTerms.score])
  }

  /// Remarks as sentences, one after another.
  private func sentences(_ remarks: [String]) -> String {
    remarks.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }.joined(separator: " ")
  }

  private func callout(of row: EvaluationReport.Summary) -> ReportCallout {
    let gain = ReportInterval(row.gain)
    var sentences = [
      "Held-out prompts score \(numberText(row.original, decimals: 3)) as they were and "
        + "\(numberText(row.mapo, decimals: 3)) as its rewriter leaves them: "
        + "\(gain.difference), \(gain.standing)."
    ]
    let overConstant = ReportInterval(row.overConstant)
    sentences.append(
      "Against the one best training prompt of each task, used for every input: "
        + "\(overConstant.difference), \(overConstant.standing).")
    if let other = record.evaluation?.ownMinusOther.first(where: { $0.target == row.target }) {
      let difference = ReportInterval(other)
      sentences.append(
        "Against the rewriters of the other targets: \(difference.difference)"
          + (difference.low > 0
            ? "; what it has learned is about this target."
            : "; that it fits this target better than others do is not shown."))
    }
    if row.harmedSignificant > 0 {
      sentences.append(
        "\(numberText(100 * row.harmedSignificant, decimals: 1)) % of the prompts lose more than "
          + "chance explains.")
    }
    return ReportCallout(
      gain.low > 0 ? .good : gain.high < 0 ? .warning : .neutral, title: row.target,
      text: sentences.joined(separator: " "))
  }

  /// Calls to targets, by the ledger; nil without a store.
  private var targetCalls: Int? {
    record.dataset.map { dataset in
      dataset.spending.filter { $0.party == "target" }.reduce(0) { $0 + $1.calls }
    }
  }

  /// Seconds of all finished stages; nil without one.
  var totalSeconds: Double? {
    let seconds = record.stages.compactMap { $0.summary?["seconds"] }
    return seconds.isEmpty ? nil : seconds.reduce(0, +)
  }
}

extension ReportInterval {
  /// A difference between two rewriters on one target.
  init(_ difference: EvaluationReport.Difference) {
    self.init(mean: difference.mean, low: difference.low, high: difference.high)
  }
}

/// A time for a reader: "0.6 s", "42 s", "3 min 5 s", "2 h 10 min".
func durationText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
  if seconds < 9.95 { return "\(numberText(seconds, decimals: 1)) s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
