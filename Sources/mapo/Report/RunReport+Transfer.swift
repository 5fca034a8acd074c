import Pipeline
import Reports

// Every rewriter on every target: is what it learned about its own target?
extension RunReport {
  var transferSection: ReportSection? {
    guard let evaluation = record.evaluation, evaluation.transfer.count > 1 else { return nil }
    var blocks: [ReportBlock] = [.heatMap(transferMap(evaluation))]
    let rows =
      evaluation.ownMinusOther.map {
        IntervalChart.Row("\($0.target): own − other", ReportInterval($0))
      }
      + evaluation.ownMinusControl.map {
        IntervalChart.Row("\($0.target): own − control", ReportInterval($0))
      }
    if !rows.isEmpty {
      blocks.append(
        .intervalChart(
          IntervalChart(
            title: "Own rewriter against others",
            explanation: "Own − other: the target's own rewriter less the mean of the other "
              + "targets' rewriters, on the same prompts and examples; above zero where rewriters "
              + "fit their target. own − control: less a second rewriter for the same target, "
              + "trained from another seed; this should be about zero, and shows how much chance "
              + "alone moves.",
            axisLabel: "difference of scores", rows: rows, zero: 0, decimals: 3)))
    }
    return ReportSection(
      id: "transfer", title: "Whose rewriter on which target",
      lead: "If targets had the same taste, one rewriter would do for all of them, and every row "
        + "would look alike.",
      blocks: blocks,
      notes: ["Intervals are made as those under Evaluation."])
  }

  private func transferMap(_ evaluation: EvaluationReport) -> HeatMap {
    let asked = Set(evaluation.transfer.map(\.usedOn))
    let used = targets.filter(asked.contains)
    let scores = Dictionary(
      evaluation.transfer.map { ([$0.rewriterOf, $0.usedOn], $0.score) },
      uniquingKeysWith: { first, _ in first })
    let values = targets.map { rewriter in used.map { scores[[rewriter, $0]] } }
    return HeatMap(
      title: "Score of M",
      explanation: "Each row is the rewriter that was trained for one target, each column the "
        + "target that answers its prompts; the diagonal is each target with its own. Means over "
        + "the tasks that count.",
      rowTitle: "rewriter of", columnTitle: "used on", rows: targets, columns: used, values: values,
      decimals: 3)
  }
}
