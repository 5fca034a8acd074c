import Pipeline
import Reports

// The curves of every training, and what each ended with.
extension RunReport {
  /// A metric that is drawn, and what it means.
  private struct Chart {
    var stage: Stage
    var metric: String
    var title: String
    var explanation: String
    var unit: String
    var range: ClosedRange<Double>?
  }

  /// Of the metrics that docs/metrics.md lists, those that tell how a training went.
  private static let charts = [
    Chart(
      stage: .base, metric: "loss/nll", title: "Base model: loss",
      explanation: "How surprised the base model in training is by prompts as such; it should fall "
        + "and level off.", unit: "nats a token"),
    Chart(
      stage: .reward, metric: "loss/reward", title: "Reward model: loss",
      explanation: "−log of the probability of the right order of two candidates. 0.69 is chance; "
        + "it should fall.", unit: "loss"),
    Chart(
      stage: .reward, metric: "accuracy", title: "Reward model: accuracy in training",
      explanation: "Share of the batch's pairs of candidates in the right order; 0.5 is chance. "
        + "The table below has it on held-out rankings, which is what counts.", unit: "share",
      range: 0...1),
    Chart(
      stage: .rl, metric: "objective/scores", title: "Reinforcement learning: reward",
      explanation: "Mean score of the rewrites that the rewriter tries, by its reward; 0 is the "
        + "mean of the supervised rewriter. It should rise.", unit: "reward"),
    Chart(
      stage: .rl, metric: "objective/kl", title: "Reinforcement learning: KL",
      explanation: "How far the rewriter has moved from the supervised one. It rises from 0 and "
        + "should level off.", unit: "nats a rewrite"),
    Chart(
      stage: .rl, metric: "policy/entropy_avg", title: "Reinforcement learning: entropy",
      explanation: "How undecided the rewriter is at each token. It falls slowly; near 0 it "
        + "writes one text and tries nothing any more.", unit: "nats a token"),
    Chart(
      stage: .rl, metric: "policy/clipfrac_avg", title: "Reinforcement learning: clipped share",
      explanation: "Share of tokens whose change in one update is cut off; below 0.3 is usual.",
      unit: "share"),
    Chart(
      stage: .rl, metric: "val/invalid", title: "Reinforcement learning: refused by a guard",
      explanation: "Share of tried rewrites that lose a placeholder, a label word or the like. It "
        + "should fall.", unit: "share"),
  ]

  var trainingSection: ReportSection {
    guard !record.curves.isEmpty else {
      return pending("training", "Training", "No training has begun.")
    }
    let shared = Self.charts.compactMap(drawn)
    let measured = record.curves.contains { $0.metric.hasSuffix("_measured") } ? measuredChart : nil
    return ReportSection(
      id: "training", title: "Training",
      lead: "One curve for each rewriter; “-control” is the second rewriter for the same target, "
        + "from another seed. How each ended stands in the table.",
      blocks: [
        .heading("Supervised fine-tuning"),
        .text(
          "How surprised each rewriter is by the prompts that its target answers best. Both curves "
            + "should fall; held-out pairs that rise mean that it learns by heart, and an earlier "
            + "state is kept."), .lineCharts(supervisedCharts),
        .heading("Base model, reward model and reinforcement learning"),
        .lineCharts(shared + [measured].compactMap(\.self)), .table(endingTable),
      ],
      notes: [
        "Values are those of log.jsonl, step by step, not smoothed; of a log of more than "
          + "\(countText(MetricCurve.maximumPoints)) steps every second, fourth … is shown. "
          + "docs/metrics.md explains every metric there is."
      ])
  }

  /// Names of rewriters with curves, in the order of the run.
  private var rewriters: [String] {
    record.stages.filter { $0.source.stage == .rl }.compactMap(\.source.part)
  }

  private func drawn(_ chart: Chart) -> LineChart? {
    lineChart(chart, of: record.curves.filter { $0.metric == chart.metric })
  }

  private func lineChart(_ chart: Chart, of curves: [MetricCurve]) -> LineChart? {
    let series = curves.filter { $0.source.stage == chart.stage }.map {
      self.series($0, named: $0.source.part ?? "base")
    }
    guard !series.isEmpty else { return nil }
    return LineChart(
      title: chart.title, explanation: chart.explanation,
      xLabel: chart.stage == .rl ? "update" : "step", yLabel: chart.unit, series: series,
      yRange: chart.range)
  }

  private func series(_ curve: MetricCurve, named name: String) -> LineChart.Series {
    LineChart.Series(
      name: name, points: curve.points.map { LineChart.Point(x: Double($0.step), y: $0.value) })
  }

  /// Training and held-out loss of each rewriter, side by side.
  private var supervisedCharts: [LineChart] {
    rewriters.compactMap { rewriter in
      let series = [("loss/nll", "training batch"), ("eval/nll", "held-out pairs")].compactMap {
        metric, name in
        record.curves.first {
          $0.metric == metric && $0.source == MetricSource(.sft, rewriter)
        }.map { self.series($0, named: name) }
      }
      guard !series.isEmpty else { return nil }
      return LineChart(
        title: rewriter, explanation: "",
        xLabel: "step", yLabel: "nats a token", series: series)
    }
  }

  /// What rewrites measure on the target itself, where that is part of the reward.
  private var measuredChart: LineChart? {
    lineChart(
      Chart(
        stage: .rl, metric: "", title: "Reinforcement learning: measured gain",
        explanation: "Mean gain that the target itself shows on tried rewrites. Where the reward "
          + "rises and this falls, the rewriter deceives its reward model.", unit: "reward"),
      of: record.curves.filter { $0.metric.hasSuffix("_measured") })
  }

  private var endingTable: ReportTable {
    var table = ReportTable(
      caption: "How each rewriter's training ended",
      columns: [
        .init("rewriter", .left),
        .init(
          "pairs", .right,
          explanation: "Pairs of prompt and better prompt that it learned "
            + "from."),
        .init(
          "held-out loss", .right,
          explanation: "Nats a token on held-out pairs after supervised fine-tuning."),
        .init(
          "reward model right", .right,
          explanation: "Share of pairs of candidates, from rankings of held-out prompts, that the "
            + "reward model puts in the right order, with its 95 % interval (families of prompts "
            + "drawn again)."),
        .init(
          "calibration error", .right,
          explanation: "How far the probability that the reward model gives to an order is from "
            + "how often it is right, on average; 0 is perfect."),
        .init(
          "reward", .right,
          explanation: "Mean reward of tried rewrites in the first updates and in the last."),
        .init(
          "KL", .right,
          explanation: "Distance from the supervised rewriter at the end, in "
            + "nats."),
        .init("entropy", .right, explanation: "At the end, in nats a token."),
      ])
    for rewriter in rewriters {
      let (sft, reward, rl) = (
        record.summary(.sft, rewriter), record.summary(.reward, rewriter),
        record.summary(.rl, rewriter)
      )
      table.add([
        .init(rewriter), .count(sft?["pairs"].flatMap(Int.init(exactly:))),
        scoreCell(sft?["heldOutLoss"]), accuracy(reward), scoreCell(reward?["calibrationError"]),
        scores(rl), scoreCell(rl?["kl"]), scoreCell(rl?["entropy"]),
      ])
    }
    return table
  }

  private func accuracy(_ summary: [String: Double]?) -> ReportTable.Cell {
    guard let mean = summary?["heldOutAccuracy"] else { return scoreCell(nil) }
    guard let low = summary?["heldOutAccuracyLow"], let high = summary?["heldOutAccuracyHigh"]
    else {
      return scoreCell(mean)
    }
    return .interval(
      ReportInterval(mean: mean, low: low, high: high), decimals: 3, signed: false)
  }

  private func scores(_ summary: [String: Double]?) -> ReportTable.Cell {
    guard let start = summary?["scoreAtStart"], let end = summary?["score"] else {
      return scoreCell(nil)
    }
    return .init(
      "\(numberText(start, decimals: 2)) → \(numberText(end, decimals: 2))", value: end)
  }
}
