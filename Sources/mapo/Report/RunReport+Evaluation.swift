import Pipeline
import Reports

// F, the baselines, S and M on held-out prompts.
extension RunReport {
  var evaluationSection: ReportSection {
    guard let evaluation = record.evaluation else {
      return pending(
        "evaluation", "Evaluation",
        record.unreadable.contains(.evaluation)
          ? "evaluation.json could not be read: the summary says why."
          : "The evaluation is not finished.")
    }
    let split = evaluation.split.rawValue
    return ReportSection(
      id: "evaluation", title: "Evaluation",
      lead: "Every target, with its own rewriter, on held-out prompts and held-out examples of the "
        + "\(split) split. The best of each row stands out.",
      blocks: [
        .table(
          scoreTable(
            evaluation.summary, caption: "Scores of each target, over the tasks that count",
            explained: true)),
        .table(
          differenceTable(
            evaluation.summary, caption: "What the final rewriter is better by", explained: true)),
        .intervalChart(gainChart(evaluation)),
        .details(summary: "Every task", blocks: [.table(taskTable(evaluation.rows))]),
      ],
      notes: [
        ReportTerms.score, ReportTerms.intervals(resamples: configuration.evaluation.resamples),
        "A task counts for a target where the target, given the look-up prompts, is at least "
          + "\(numberText(configuration.evaluation.minimumAboveTrivial, decimals: 0)) points (0.01 "
          + "each) above the trivial answer: what it cannot solve, no prompt can show.",
        "A call that failed has no score and is in no mean.",
      ])
  }

  var heldOutSection: ReportSection? {
    guard let rows = record.evaluation?.heldOut, !rows.isEmpty else { return nil }
    return ReportSection(
      id: "held-out", title: "By what was held out",
      lead: "Why a prompt was kept out of training decides how hard it is: family, a whole line of "
        + "descent; content, what it asks for (such as a pair of label words that no training "
        + "prompt has); wording, the way it is put, for every content.",
      blocks: [
        .table(
          scoreTable(
            rows, caption: "Scores of groups of held-out prompts, over the tasks that count",
            explained: false)),
        .table(
          differenceTable(rows, caption: "What the final rewriter is better by", explained: false)),
      ], )
  }

  /// Scores of every method, and what became of the prompts.
  private func scoreTable(
    _ rows: [EvaluationReport.Summary], caption: String, explained: Bool
  ) -> ReportTable {
    var columns: [ReportTable.Column] =
      [
        .init("target", .left), .init("held out", .left),
        .init("prompts", .right, explanation: ReportTerms.prompts),
      ] + methodColumns + shareColumns
    if !explained { for index in columns.indices { columns[index].explanation = nil } }
    columns[1].explanation = explained ? ReportTerms.heldOut : ReportTerms.asUnderEvaluation
    var table = ReportTable(caption: caption, columns: columns)
    for row in rows {
      table.add(
        [.init(row.target), .init(row.group), .count(row.prompts)]
          + [row.original, row.constant, row.lookup, row.sft, row.mapo].map(scoreCell)
          + [row.harmedAny, row.harmedSignificant, row.kept, row.distinct].map(scoreCell))
    }
    table.markBestInRows(among: [3, 4, 5, 6, 7])
    return table
  }

  /// What M is better by, with intervals.
  private func differenceTable(
    _ rows: [EvaluationReport.Summary], caption: String, explained: Bool
  ) -> ReportTable {
    func column(_ title: String, _ explanation: String) -> ReportTable.Column {
      .init(title, .right, explanation: explained ? explanation : nil)
    }
    var table = ReportTable(
      caption: caption,
      columns: [
        .init("target", .left),
        .init(
          "held out", .left,
          explanation: explained ? ReportTerms.heldOut : ReportTerms.asUnderEvaluation),
        column("M − F", ReportTerms.gain),
        column("M − constant", ReportTerms.overConstant), column("M − S", ReportTerms.overSft),
      ])
    for row in rows {
      table.add(
        [.init(row.target), .init(row.group)]
          + [row.gain, row.overConstant, row.overSft].map(differenceCell))
    }
    return table
  }

  private func taskTable(_ rows: [EvaluationReport.Row]) -> ReportTable {
    var table = ReportTable(
      caption: "Each task on each target",
      columns: [
        .init("target", .left), .init("task", .left),
        .init("metric", .left, explanation: ReportTerms.metric),
        .init("prompts", .right, explanation: ReportTerms.prompts),
        .init("examples", .right, explanation: "Held-out examples that each prompt is scored on."),
        .init("trivial", .right, explanation: ReportTerms.trivial),
      ] + methodColumns + [.init("M − F", .right, explanation: ReportTerms.gain)] + shareColumns + [
        .init("counts", .left, explanation: "Whether the task is in the target's means.")
      ])
    for row in rows {
      table.add(
        [
          .init(row.target), .init(row.task), .init(row.metric), .count(row.prompts),
          .count(row.examples), scoreCell(row.trivial),
        ] + [row.original, row.constant, row.lookup, row.sft, row.mapo].map(scoreCell)
          + [differenceCell(row.gain)]
          + [row.harmedAny, row.harmedSignificant, row.kept, row.distinct].map(scoreCell)
          + [.init(row.counted ? "yes" : "no")])
    }
    table.markBestInRows(among: [6, 7, 8, 9, 10])
    return table
  }

  private var methodColumns: [ReportTable.Column] {
    [
      .init("F", .right, explanation: ReportTerms.original),
      .init("constant", .right, explanation: ReportTerms.constant),
      .init("look-up", .right, explanation: ReportTerms.lookup),
      .init("S", .right, explanation: ReportTerms.sft),
      .init("M", .right, explanation: ReportTerms.mapo),
    ]
  }

  private var shareColumns: [ReportTable.Column] {
    [
      .init("harmed", .right, explanation: ReportTerms.harmedAny),
      .init("harmed (95 %)", .right, explanation: ReportTerms.harmedSignificant),
      .init("kept", .right, explanation: ReportTerms.kept),
      .init("distinct", .right, explanation: ReportTerms.distinct),
    ]
  }

  private func gainChart(_ evaluation: EvaluationReport) -> IntervalChart {
    let tasks = Dictionary(grouping: evaluation.rows, by: \.target)
    let means = Dictionary(grouping: evaluation.summary, by: \.target)
    let rows = targets.flatMap { target in
      (tasks[target] ?? []).map { row in
        IntervalChart.Row(
          "\(target) · \(row.task)" + (row.counted ? "" : " (does not count)"),
          ReportInterval(row.gain))
      }
        + (means[target] ?? []).map {
          IntervalChart.Row("\(target) · all", ReportInterval($0.gain), isSummary: true)
        }
    }
    return IntervalChart(
      title: "Gain over the prompts as they were (M − F)",
      explanation: "Right of zero the rewriter helps, left of it it harms. An interval that "
        + "crosses zero shows neither.",
      axisLabel: "difference of scores", rows: rows, zero: 0, decimals: 3)
  }

  /// A section whose stage has not come yet.
  func pending(_ id: String, _ title: String, _ sentence: String) -> ReportSection {
    ReportSection(
      id: id, title: title,
      blocks: [.callout(ReportCallout(.neutral, title: "Not there yet", text: sentence))])
  }
}
