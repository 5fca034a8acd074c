import Pipeline
import Reports

// Whether the targets differ in taste at all.
extension RunReport {
  var studySection: ReportSection? {
    guard let study = record.study else { return nil }
    return ReportSection(
      id: "study", title: "Do the targets differ?",
      lead: "The same prompts on every target. Where targets agree on which prompt is better, one "
        + "prompt would do for all of them.",
      blocks: [
        .callout(ReportCallout(.neutral, title: "Verdict", text: study.verdict)),
        .intervalChart(agreementChart(study)), .intervalChart(lossChart(study)),
        .stripChart(scoreStrips(study)),
        .details(
          summary: "Every task",
          blocks: [
            .table(agreementTable(study)), .table(lossTable(study)), .table(spreadTable(study)),
          ]),
      ],
      notes: [
        "Kendall τ: of all pairs of prompts, the share that two rankings put in the same order "
          + "less the share that they put in opposite order; 1 is the same ranking, 0 no "
          + "relation, −1 the reverse. Pairs that one of the two rankings ties count for neither "
          + "share, and the form τ-b divides by the pairs that are not tied. It is computed among prompts of one content of one task, on "
          + "\(countText(study.groups)) such groups; \(countText(study.groupsLeftOut)) of fewer "
          + "than five prompts are left out.",
        "With itself (split-half τ): a target against itself, each ranking from another half of "
          + "the examples; what chance leaves of full agreement. All other τ are from halves of "
          + "the examples, too, so that they compare. twin: a model that learned the same from "
          + "another seed.",
        "Up to \(countText(study.examples)) examples of the \(study.split.rawValue) split for each "
          + "prompt, \(countText(study.halvings)) halvings. Intervals are 95 %, by a bootstrap "
          + "with \(countText(study.resamples)) resamples.",
      ])
  }

  private func name(_ entry: StudyReport.Agreement) -> String {
    switch entry.relation {
    case .splitHalf: "\(entry.a) with itself"
    case .twin: "\(entry.a) with its twin \(entry.b)"
    case .other: "\(entry.a) with \(entry.b)"
    }
  }

  private func agreementChart(_ study: StudyReport) -> IntervalChart {
    IntervalChart(
      title: "Agreement on which prompt is better (Kendall τ)",
      explanation: "How alike two rankings of the same prompts are, over all tasks. Two targets "
        + "differ where their τ, with its interval, lies left of each one's agreement with itself, "
        + "and pairs of prompts are clearly in opposite order: a lower τ alone may come from ties "
        + "among prompts that one target answers perfectly.",
      axisLabel: "Kendall τ, 95 % interval",
      rows: study.kendallTau.filter { $0.task == "all" }.map {
        IntervalChart.Row(
          name($0), ReportInterval(mean: $0.tau, low: $0.low, high: $0.high),
          isSummary: $0.relation == .splitHalf)
      }, zero: 0, signed: false, decimals: 3)
  }

  private func lossChart(_ study: StudyReport) -> IntervalChart {
    IntervalChart(
      title: "Loss from another target's best prompt",
      explanation: "What a target loses in score where it is given the prompt that is best for "
        + "another target instead of its own best one: the best of each content, averaged over "
        + "contents; chosen on one half of the examples, judged on the other. The intervals are a "
        + "little narrow: in simulations 79 to 93 % of them held the true loss.",
      axisLabel: "loss of score, 95 % interval",
      rows: study.bestPromptLoss.filter { $0.task == "all" }.map {
        IntervalChart.Row(
          "\($0.b) given \($0.a)'s best",
          ReportInterval(mean: $0.loss, low: $0.low, high: $0.high))
      }, zero: 0, decimals: 3)
  }

  private func scoreStrips(_ study: StudyReport) -> StripChart {
    let scores = Dictionary(grouping: study.scores) { [$0.target, $0.task] }
    let rows = study.distributions.map { entry in
      StripChart.Row(
        "\(entry.target) · \(entry.task)",
        [(scores[[entry.target, entry.task]] ?? []).compactMap(\.mean)])
    }
    return StripChart(
      title: "How much depends on the wording",
      explanation: "Each dot is one prompt's mean score on one target; prompts of one line ask "
        + "for the same task.",
      axisLabel: "mean score of a prompt", series: ["prompts"], rows: rows, range: 0...1)
  }

  private func agreementTable(_ study: StudyReport) -> ReportTable {
    var table = ReportTable(
      caption: "Kendall τ of each task",
      columns: [
        .init("rankings", .left), .init("task", .left),
        .init("τ", .right, explanation: "With its 95 % interval, examples halved."),
        .init(
          "on all examples", .right,
          explanation: "τ with every example in both means: further from 0, as less is left to "
            + "chance."),
        .init(
          "opposite pairs (%)", .right,
          explanation:
            "Of all pairs of prompts those that both targets order clearly, by more than "
            + "three standard errors, in opposite ways."),
        .init("groups", .right, explanation: "Sets of prompts of one content."),
        .init("prompts", .right, explanation: "Prompts in them."),
      ])
    for entry in study.kendallTau {
      table.add([
        .init(name(entry)), .init(entry.task),
        .interval(
          ReportInterval(mean: entry.tau, low: entry.low, high: entry.high), decimals: 3,
          signed: false),
        scoreCell(entry.tauOnAllExamples),
        .number(entry.oppositePairs.map { 100 * $0 }, decimals: 1), .count(entry.groups),
        .count(entry.prompts),
      ])
    }
    return table
  }

  private func lossTable(_ study: StudyReport) -> ReportTable {
    var table = ReportTable(
      caption: "Loss from another target's best prompt, each task",
      columns: [
        .init("target", .left, explanation: "Who is asked."),
        .init("best prompt of", .left, explanation: "The best of each content, averaged."),
        .init("task", .left),
        .init("loss", .right, explanation: "Of score, with its 95 % interval."),
      ])
    for entry in study.bestPromptLoss {
      table.add([
        .init(entry.b), .init(entry.a), .init(entry.task),
        .interval(
          ReportInterval(mean: entry.loss, low: entry.low, high: entry.high), decimals: 3,
          signed: true),
      ])
    }
    return table
  }

  private func spreadTable(_ study: StudyReport) -> ReportTable {
    var table = ReportTable(
      caption: "Scores of the prompts",
      columns: [
        .init("target", .left), .init("task", .left), .init("prompts", .right),
        .init("mean", .right),
        .init("deviation", .right, explanation: "Standard deviation between prompts."),
        .init(
          "within content", .right,
          explanation: "The same between prompts that ask for the same: what wording alone does."),
        .init("least", .right),
        .init("lower quartile", .right, explanation: "A quarter of the prompts score less."),
        .init("median", .right),
        .init("upper quartile", .right, explanation: "A quarter of the prompts score more."),
        .init("greatest", .right),
      ])
    for row in study.distributions {
      table.add(
        [.init(row.target), .init(row.task), .count(row.prompts)]
          + [
            row.mean, row.deviation, row.deviationWithinContent, row.minimum, row.lowerQuartile,
            row.median, row.upperQuartile, row.maximum,
          ].map(scoreCell))
    }
    return table
  }
}
