import Pipeline
import Reports

// How the scores of prompts are distributed before and after.
extension RunReport {
  var scoreSection: ReportSection? {
    let blocks = [heldOutStrips, datasetStrips].compactMap(\.self).map(ReportBlock.stripChart)
    guard !blocks.isEmpty else { return nil }
    return ReportSection(
      id: "scores", title: "Scores before and after",
      lead: "A mean hides whether all prompts gain a little or a few gain much. Here every prompt "
        + "is one dot.",
      blocks: blocks)
  }

  /// Evaluated prompts under F and M.
  private var heldOutStrips: StripChart? {
    let rows = byPlace(record.rewrites, target: \.target, task: \.task).map { place, rewrites in
      StripChart.Row(
        place, [rewrites.compactMap(\.originalScore), rewrites.compactMap(\.mapoScore)])
    }
    guard !rows.isEmpty else { return nil }
    return StripChart(
      title: "Held-out prompts, as they were and rewritten",
      explanation: "Each dot is the mean score of one held-out prompt over its held-out examples; "
        + "the box spans the middle half of them, the line in it is the median. Dots should move "
        + "right.",
      axisLabel: "mean score of a prompt", series: ["before (F)", "after (M)"], rows: rows,
      range: 0...1)
  }

  /// Originals of the dataset and what the search chose for them.
  private var datasetStrips: StripChart? {
    let rows = byPlace(record.scoreChanges, target: \.target, task: \.task).map { place, changes in
      StripChart.Row(place, [changes.map(\.original), changes.map(\.chosen)])
    }
    guard !rows.isEmpty else { return nil }
    return StripChart(
      title: "Prompts of the dataset, and what a search chose for them",
      explanation: "The pairs that a rewriter learns from: each original that a better candidate "
        + "was found for, by the dataset or by optimize, and that candidate, on examples that no "
        + "search of the two used. Originals that nothing beat are left out.",
      axisLabel: "mean score of a prompt", series: ["original", "chosen"], rows: rows, range: 0...1)
  }

  /// Rows of one target and task together, in the order of the targets and of appearance.
  private func byPlace<Row>(
    _ rows: [Row], target: (Row) -> String, task: (Row) -> String
  ) -> [(place: String, rows: [Row])] {
    let own = Dictionary(grouping: rows, by: target)
    return targets.flatMap { target in
      grouped(own[target] ?? [], by: task).map { ("\(target) · \($0.key)", $0.rows) }
    }
  }
}
