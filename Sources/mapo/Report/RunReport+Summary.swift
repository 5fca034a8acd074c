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
        explanation:
          "score of held-out prompts as the final rewriter leaves them, less their score "
          + "as they were, \(range(row.gain))")
    }
    if let gain = singleGain {
      facts.append(
        ReportFact(
          "gain of single prompts", numberText(gain.mean, decimals: 3, signed: true),
          explanation: "best prompt of Dual-Phase less the original one, on fresh examples, "
            + range(gain)))
    }
    if let calls = targetCalls {
      facts.append(
        ReportFact("target calls", countText(calls), explanation: "sent, by the ledger"))
    }
    if let seconds = totalSeconds {
      facts.append(
        ReportFact(
          "time", durationText(seconds),
          explanation: "of the finished stages, one after the other, without optimize and study"))
    }
    return facts
  }

  /// What Dual-Phase gains over the original prompts, over all searches.
  private var singleGain: RunRecord.Interval? {
    record.optimization?.comparison
      .first { $0.target == "all" && $0.task == "all" && $0.method == "original" }?.dualPhaseMinus
  }

  private func range(_ interval: RunRecord.Interval) -> String {
    "95 % interval \(numberText(interval.low, decimals: 3, signed: true)) to "
      + numberText(interval.high, decimals: 3, signed: true)
  }

  var summarySection: ReportSection {
    var blocks: [ReportBlock] = (record.evaluation?.summary ?? []).map { .callout(callout(of: $0)) }
    if let evaluation = record.evaluation {
      let heard = Set(evaluation.summary.map(\.target))
      let silent = targets.filter { !heard.contains($0) }
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
      lead: concernsTraining
        ? "A rewriter is trained for each target model: it reads a prompt and writes one that says "
          + "the same in the way that this model answers best. Whether it does is measured on "
          + "prompts and examples that no training saw."
        : "No rewriter has been trained in this folder: the targets were asked prompts as they "
          + "are, or one prompt at a time was improved.",
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
    if row.harmedSignificant > ReportTerms.harmedByChance {
      sentences.append(
        "\(numberText(100 * row.harmedSignificant, decimals: 1)) % of the prompts have a drop whose "
          + "95 % bound is below 0; about "
          + "\(numberText(100 * ReportTerms.harmedByChance, decimals: 1)) % would by chance alone.")
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
