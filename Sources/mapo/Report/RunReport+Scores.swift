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
    let rows = places(record.rewrites.map { ($0.target, $0.task) }).map { target, task in
      let rewrites = record.rewrites.filter { $0.target == target && $0.task == task }
      return StripChart.Row(
        "\(target) · \(task)",
        [rewrites.compactMap(\.originalScore), rewrites.compactMap(\.mapoScore)])
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
    let rows = places(record.scoreChanges.map { ($0.target, $0.task) }).map { target, task in
      let changes = record.scoreChanges.filter { $0.target == target && $0.task == task }
      return StripChart.Row(
        "\(target) · \(task)", [changes.map(\.original), changes.map(\.chosen)])
    }
    guard !rows.isEmpty else { return nil }
    return StripChart(
      title: "Training prompts, and what the search chose for them",
      explanation: "The pairs that the rewriter learns from: each original that a better "
        + "candidate was found for, and that candidate, on fresh examples that the search did not "
        + "choose by. Originals that nothing beat are left out.",
      axisLabel: "mean score of a prompt", series: ["original", "chosen"], rows: rows, range: 0...1)
  }

  /// Targets and tasks, each pair once, in the order of the targets and of appearance.
  private func places(
    _ pairs: [(target: String, task: String)]
  ) -> [(target: String, task: String)] {
    targets.flatMap { target in
      var seen: Set<String> = []
      return pairs.filter { $0.target == target && seen.insert($0.task).inserted }
    }
  }
}
