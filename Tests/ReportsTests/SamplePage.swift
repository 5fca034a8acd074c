import Foundation
import Reports
import TestSupport

/// A page with every kind of block, about a run that never was.
///
/// - Parameter text: What to put in place of each text that could be someone else's.
func samplePage(_ text: (String) -> String = { $0 }) -> ReportPage {
  var random = SeededGenerator(seed: 7)
  return ReportPage(
    title: text("Report of quickstart"),
    subtitle: text("One rewriter for each of amber and slate, on three tasks"),
    facts: [
      ReportFact(
        text("Gain of MAPO over the original"), text("+0.061 (+0.042 … +0.080)"),
        explanation: text("Mean over held-out prompts; 95 % of resampled means lie in between.")),
      ReportFact(text("Target calls"), countText(41_210)),
      ReportFact(text("Time"), text("4 min 12 s")),
    ],
    sections: [
      ReportSection(
        id: text("evaluation"), title: text("Evaluation"),
        lead: text("How good the prompts are on examples that no stage has seen."),
        blocks: [
          .callout(
            .init(.good, title: text("It helps"), text: text("Both intervals are above zero."))),
          .table(evaluation(text)), .intervalChart(gains(text)),
        ],
        notes: [text("Intervals: prompts and examples are resampled 2000 times.")]),
      ReportSection(
        id: text("curves"), title: text("Training"), lead: text("One curve for each rewriter."),
        blocks: [.lineCharts(curves(text, &random)), .stripChart(scores(text, &random))]),
      ReportSection(
        id: text("transfer"), title: text("Transfer"),
        blocks: [.heatMap(transfer(text))]),
      ReportSection(
        id: text("search"), title: text("Dual-Phase"), lead: text("Sentences are revised in turn."),
        blocks: [
          .heading(text("amber on sentiment")), .steps(steps(text)),
          .diffs([change(text)]), .quotation(title: text("Best prompt"), text: text(prompt)),
          .details(
            summary: text("Failures"),
            blocks: [
              .text(text("No call failed.")),
              .callout(.init(.warning, title: text("Unfinished"), text: text("No export yet."))),
              .facts([ReportFact(text("Failed calls"), countText(0))]),
            ]),
        ]),
    ],
    footer: text("mapo 0.9, seed 1"))
}

private let prompt = """
  ###Task type###
  This is a sentiment classification task.
  ###Tips###
  Answer with one word: positive or negative.

  Text: {{text}}
  Answer:
  """

private func evaluation(_ text: (String) -> String) -> ReportTable {
  var table = ReportTable(
    caption: text("Scores on held-out examples"),
    columns: [
      .init(text("task"), .left),
      .init(text("target"), .left),
      .init(text("F"), .right, explanation: text("Score of the original prompt.")),
      .init(text("constant"), .right, explanation: text("The best training prompt, for all.")),
      .init(text("S"), .right, explanation: text("After supervised training alone.")),
      .init(text("M"), .right, explanation: text("After MAPO.")),
      .init(text("M − F"), .right, explanation: text("Mean gain with its 95 % interval.")),
    ])
  let rows: [(String, String, [Double?])] = [
    ("sentiment", "amber", [0.612, 0.655, 0.668, 0.702]),
    ("questions", "amber", [0.441, 0.452, 0.470, 0.468]),
    ("summaries", "slate", [0.284, nil, 0.301, 0.309]),
  ]
  for (task, target, scores) in rows {
    let gain = ReportInterval(mean: 0.0612, low: -0.0021, high: 0.0804)
    table.add(
      [.init(text(task)), .init(text(target))] + scores.map { .number($0, decimals: 3) }
        + [.interval(gain, decimals: 3, signed: true)])
  }
  table.markBestInRows(among: [2, 3, 4, 5])
  return table
}

private func gains(_ text: (String) -> String) -> IntervalChart {
  IntervalChart(
    title: text("Gain of MAPO over the original prompt"),
    explanation: text("Right of zero the rewritten prompt is better."),
    axisLabel: text("difference in score"),
    rows: [
      .init(text("amber, sentiment"), .init(mean: 0.09, low: 0.05, high: 0.13)),
      .init(text("amber, questions"), .init(mean: 0.027, low: -0.01, high: 0.06)),
      .init(text("slate, summaries"), .init(mean: -0.012, low: -0.04, high: 0.02)),
      .init(text("all"), .init(mean: 0.061, low: 0.042, high: 0.08), isSummary: true),
    ], zero: 0, decimals: 3)
}

private func curves(
  _ text: (String) -> String, _ random: inout SeededGenerator
) -> [LineChart] {
  func curve(_ name: String, from start: Double, to end: Double) -> LineChart.Series {
    .init(
      name: text(name),
      points: (0..<300).map { step in
        let noise = Double.random(in: -0.03...0.03, using: &random)
        let y = end + (start - end) * exp(-Double(step) / 70) + noise
        return .init(x: Double(step), y: step == 140 ? .nan : y)
      })
  }
  return [
    LineChart(
      title: text("Supervised loss"), explanation: text("Lower is better."),
      xLabel: text("step"), yLabel: text("nats per token"),
      series: [
        curve("amber, training", from: 2.4, to: 0.6),
        curve("amber, held out", from: 2.5, to: 0.9),
      ]),
    LineChart(
      title: text("Reward-model accuracy"),
      explanation: text("Share of held-out pairs in the right order; guessing gives 0.5."),
      xLabel: text("step"), yLabel: text("share of pairs"),
      series: [curve("amber", from: 0.5, to: 0.78)], yRange: 0.5...1),
    LineChart(
      title: text("Divergence from the supervised policy"), explanation: "",
      xLabel: text("update"), yLabel: text("nats per response"),
      series: ["amber", "slate", "flint", "ochre", "umber", "lapis", "jade"].enumerated().map {
        curve($1, from: 0, to: Double($0) * 0.4 + 0.3)
      }),
  ]
}

private func scores(
  _ text: (String) -> String, _ random: inout SeededGenerator
) -> StripChart {
  func values(_ count: Int, around mean: Double) -> [Double] {
    (0..<count).map { _ in
      let bell = (0..<6).reduce(0.0) { sum, _ in
        sum + Double.random(in: -0.06...0.06, using: &random)
      }
      return ((mean + bell) * 60).rounded() / 60
    }
  }
  return StripChart(
    title: text("Scores before and after"),
    explanation: text("Each dot is a prompt's mean score on its examples."),
    axisLabel: text("score"), series: [text("before"), text("after")],
    rows: [
      .init(text("amber, sentiment"), [values(120, around: 0.6), values(120, around: 0.7)]),
      .init(text("amber, questions"), [values(60, around: 0.44), values(60, around: 0.47)]),
      .init(text("slate, summaries"), [values(8, around: 0.28), [0.31]]),
    ], range: 0...1)
}

private func transfer(_ text: (String) -> String) -> HeatMap {
  HeatMap(
    title: text("Scores when a rewriter is used on another target"),
    explanation: text("The diagonal is each rewriter on the target that it was trained for."),
    rowTitle: text("rewriter of"), columnTitle: text("used on"),
    rows: [text("amber"), text("slate"), text("flint")],
    columns: [text("amber"), text("slate"), text("flint")],
    values: [[0.702, 0.611, 0.598], [0.634, 0.688, 0.601], [0.629, 0.605, nil]], decimals: 3)
}

private func steps(_ text: (String) -> String) -> [SearchStep] {
  func step(_ label: String, _ isAccepted: Bool) -> SearchStep {
    SearchStep(
      label: text(label), verdict: text(isAccepted ? "accepted" : "gains too little"),
      isAccepted: isAccepted, before: text("Say whether the text is positive or negative."),
      after: text("Decide whether the review is positive or negative."),
      facts: [
        ReportFact(
          text("on the failures"), text("0.42 of 0.30 asked for"),
          explanation: text("Share of the failed examples that the revision solves.")),
        ReportFact(text("validation"), text("0.61 → 0.74")),
        ReportFact(text("calls so far"), countText(1_184)),
      ],
      weights: [
        .init(text("This is a sentiment classification task."), 1.031),
        .init(text("Decide whether the review is positive or negative."), 1.064),
        .init(text("Answer with one word."), 1),
      ], weightsTitle: text("Weights of the sentences after this trial"))
  }
  return [step("1.1", false), step("1.2", true), step("2.1", false), step("2.2", true)]
}

private func change(_ text: (String) -> String) -> TextDiff {
  TextDiff(
    title: text("amber, sentiment"),
    before: text("Is this text positive or negative?\n{{text}}"),
    after: text("###Task type###\nIs this review positive or negative?\n{{text}}\nAnswer:"),
    facts: [
      ReportFact(text("before"), text("0.55")), ReportFact(text("after"), text("0.71")),
    ], note: text("Chosen: the largest gain."))
}
