import Pipeline
import Reports

// Rewrites to read: the best, the worst, and what the guards kept.
extension RunReport {
  /// Rewrites of each target that lost most, and that were kept, at most.
  private static let shown = 5
  /// Targets, and tasks of each, that rewrites are shown of, at most.
  private static let (shownTargets, shownTasks) = (16, 24)

  var rewriteSection: ReportSection? {
    let rewrites = record.rewrites
    guard !rewrites.isEmpty else { return nil }
    let own = Dictionary(grouping: rewrites, by: \.target)
    let blocks = targets.filter { own[$0] != nil }.prefix(Self.shownTargets).flatMap { target in
      [.heading("For \(target): the largest gain of each task")]
        + self.blocks(of: own[target] ?? [])
    }
    return ReportSection(
      id: "rewrites", title: "Rewrites",
      lead: "What the final rewriters make of held-out prompts, with the target's mean score "
        + "before and after. Words that are struck through were taken out, underlined ones put in.",
      blocks: blocks,
      notes: [
        "Shown are, for each target (\(Self.shownTargets) at most): of every task "
          + "(\(Self.shownTasks) at most) the prompt that gained most; the \(Self.shown) "
          + "prompts that lost most, where any lost; and the first \(Self.shown) that a guard "
          + "kept, with its reason. rewrites.jsonl in the run folder has all "
          + "\(countText(rewrites.count)).",
        "A gain is over the examples that both texts were answered on; ± is one standard error "
          + "over these examples.",
      ])
  }

  private func blocks(of rewrites: [EvaluatedRewrite]) -> [ReportBlock] {
    let best = grouped(rewrites, by: \.task).prefix(Self.shownTasks).compactMap { task in
      task.rows.filter { ($0.gain ?? 0) > 0 }.max { ($0.gain ?? 0) < ($1.gain ?? 0) }
    }
    let worst = rewrites.filter { ($0.gain ?? 0) < 0 }
      .sorted { ($0.gain ?? 0) < ($1.gain ?? 0) }.prefix(Self.shown)
    let kept = rewrites.filter { $0.reason != nil }.prefix(Self.shown)
    return [
      best.isEmpty ? .text("No rewrite gained.") : .diffs(best.map(diff)),
      .details(
        summary: "Largest losses (\(worst.count))",
        blocks: [worst.isEmpty ? .text("No rewrite lost.") : .diffs(worst.map(diff))]),
      .details(
        summary: "Kept by a guard (\(kept.count))",
        blocks: [kept.isEmpty ? .text("No guard kept an original.") : .diffs(kept.map(diff))]),
    ]
  }

  private func diff(_ rewrite: EvaluatedRewrite) -> TextDiff {
    let error = rewrite.gainStandardError.map { " ± \(numberText($0, decimals: 3))" } ?? ""
    let gain = rewrite.gain.map { numberText($0, decimals: 3, signed: true) + error } ?? "–"
    return TextDiff(
      title: "\(rewrite.task), held out by \(rewrite.heldOut)", before: rewrite.original,
      after: rewrite.rewritten,
      facts: [
        ReportFact("before", text(rewrite.originalScore), explanation: "mean score under F"),
        ReportFact("after", text(rewrite.mapoScore), explanation: "mean score under M"),
        ReportFact("gain", gain), ReportFact("examples", countText(rewrite.examples)),
      ],
      note: rewrite.reason.map { "Kept as it was: \($0)." } ?? "")
  }

  private func text(_ score: Double?) -> String {
    score.map { numberText($0, decimals: 3) } ?? "–"
  }
}
