import Pipeline
import Reports

// Searches for one better prompt: Dual-Phase step by step, and its baselines.
extension RunReport {
  /// Searches that are shown step by step, at most.
  private static let shownSearches = 24

  var optimizationSection: ReportSection? {
    guard let report = record.optimization else { return nil }
    let shown = report.searches.prefix(Self.shownSearches)
    return ReportSection(
      id: "optimization", title: "Single prompts, optimised",
      lead: "Dual-Phase improves one prompt for one target: a first prompt is drafted, then one "
        + "sentence at a time is revised, and a revision is kept where the target's answers get "
        + "better.",
      blocks: [
        .facts([
          ReportFact(
            "original", scoreText(report.original), explanation: "mean on fresh examples"),
          ReportFact(
            "after phase 1", scoreText(report.initial),
            explanation: "the prompts that the revisions began with, on the same examples"),
          ReportFact(
            "best", scoreText(report.final),
            explanation: "the prompts that the searches ended with, on the same examples"),
          ReportFact(
            "accepted steps", countText(report.steps), explanation: "of all searches together"),
          ReportFact(
            "answers scored", countText(report.targetCalls),
            explanation: "of the target, one for a prompt on an example, whether the store had it "
              + "or it was asked for: what budgets of a search count"),
          ReportFact(
            "generator calls", countText(report.generatorCalls),
            explanation: "texts that were asked for"),
        ]),
        .table(
          comparisonTable(
            report.comparison.filter { $0.target == "all" },
            caption: "Dual-Phase and its baselines, over all searches")),
        .intervalChart(comparisonChart(report)),
        .details(
          summary: "Every target and task",
          blocks: [
            .table(
              comparisonTable(
                report.comparison.filter { $0.target != "all" },
                caption: "Dual-Phase and its baselines, for each target and task"))
          ]), .heading("Search by search"),
      ] + shown.flatMap { search in blocks(of: search, in: report) },
      notes: notes(on: report))
  }

  private func notes(on report: OptimizationReport) -> [String] {
    var notes = [
      "Searches choose by validation examples; what counts is the score on fresh ones of the "
        + "\(report.split.rawValue) split that no search saw, up to "
        + "\(countText(report.freshExamples)) each. Their \(countText(report.freshCalls)) answers "
        + "are counted apart.",
      "Intervals are 95 %, by a bootstrap over searches; for a single search over its examples.",
      "Of each search: before and after, the mean scores of the original and of the best prompt on "
        + "fresh examples; gain, their difference on the examples that both were answered on; "
        + "accepted steps, the revisions of one sentence that were kept; ended, what ended it.",
      "Of each trial: chosen with probability, how probable it was that this sentence would be the "
        + "one to revise; validation, the score on all examples that the search chooses by, before "
        + "the revision and with it, “–” where the gate refused it.",
      "Gate: the score on the examples that the prompt fails; a revision must reach H_f there "
        + "before it is scored on all validation examples, and then gain at least H_v. Weights "
        + "say how often a sentence is chosen to be revised: with probability exp(w), divided by "
        + "the sum of exp(w) over the sentences.",
    ]
    let hidden = report.searches.count - Self.shownSearches
    if hidden > 0 {
      notes.append("\(countText(hidden)) more searches are in optimize/report.json alone.")
    }
    return notes + report.notices
  }

  private func comparisonTable(
    _ rows: [OptimizationReport.Comparison], caption: String
  ) -> ReportTable {
    var table = ReportTable(
      caption: caption,
      columns: [
        .init("target", .left), .init("task", .left),
        .init(
          "method", .left,
          explanation: "original: the prompt as it was; uniform: all sentences alike instead of by "
            + "weight; best of random: the best of many rewrites; APE-like: rewrites of the best "
            + "rewrites; OPRO-like: a language model that is shown scored prompts."),
        .init("searches", .right, explanation: "What the means are over."),
        .init("score", .right, explanation: "Mean score of the best prompt on fresh examples."),
        .init(
          "Dual-Phase − method", .right,
          explanation: "On the same fresh examples, with its 95 % interval."),
        .init("answers scored", .right, explanation: "Of one search, on average."),
        .init("generator calls", .right, explanation: "Of one search, on average."),
      ])
    for row in rows {
      table.add([
        .init(row.target), .init(row.task), .init(title(ofMethod: row.method)),
        .count(row.searches), scoreCell(row.fresh),
        row.method == dualPhase ? .init("–") : differenceCell(row.dualPhaseMinus),
        .number(row.targetCalls, decimals: 0), .number(row.generatorCalls, decimals: 0),
      ])
    }
    return table
  }

  private func comparisonChart(_ report: OptimizationReport) -> IntervalChart {
    IntervalChart(
      title: "Dual-Phase less each method",
      explanation: "Right of zero Dual-Phase found the better prompt. Baselines may ask the target "
        + "\(baselineBudget)more often, so the comparison is in their favour.",
      axisLabel: "difference of scores on fresh examples",
      rows: report.comparison.filter { $0.target == "all" && $0.method != dualPhase }.map {
        IntervalChart.Row(title(ofMethod: $0.method), ReportInterval($0.dualPhaseMinus))
      }, zero: 0, decimals: 3)
  }

  /// "5 times ", where the configuration says it.
  private var baselineBudget: String {
    guard let factor = configuration.optimize?.budgetFactor else { return "" }
    return "\(numberText(factor, decimals: factor == factor.rounded() ? 0 : 1)) times "
  }

  private func blocks(
    of search: OptimizationReport.Search, in report: OptimizationReport
  ) -> [ReportBlock] {
    let place = search.place
    let title =
      "\(place.target) · \(place.task)"
      + (report.searches.contains { $0.place.repetition > 1 } ? " · \(place.repetition)" : "")
    guard let found = search[.dualPhase] else { return [] }
    let steps = report.trace.filter { $0.place == place }.map(step)
    let facts = [
      ReportFact("before", scoreText(search.freshOriginal)),
      ReportFact("after", scoreText(found.fresh.mean)),
      ReportFact("gain", ReportInterval(found.overOriginal).difference),
      ReportFact("accepted steps", countText(found.outcome.steps)),
      ReportFact("answers scored", countText(found.outcome.targetCalls)),
      ReportFact("ended", ending(found)),
    ]
    return [
      .details(
        summary: "\(title): \(scoreText(search.freshOriginal)) → \(scoreText(found.fresh.mean))",
        blocks: [
          .diffs([
            TextDiff(
              title: "Original and best prompt, scores on fresh examples",
              before: search.originalPrompt, after: found.outcome.prompt, facts: facts,
              note: search.keptFromTraining.map { "Not trained on: \($0)." } ?? "")
          ])
        ] + (steps.isEmpty ? [.text("No sentence was revised.")] : [.steps(steps)]))
    ]
  }

  private func ending(_ found: OptimizationReport.MethodResult) -> String {
    switch found.outcome.ending {
    case .noFailures: "no example fails any more"
    case .stepLimit: "as many steps as allowed"
    case .trialLimit: "no revision of the last step was good enough"
    case .budget: "the budget"
    case .finished: "all done"
    case .nothingToRevise: "nothing left to revise"
    }
  }

  private func step(_ entry: OptimizationReport.TraceEntry) -> SearchStep {
    let trial = entry.trial
    return SearchStep(
      label: "\(trial.step).\(trial.trial)", verdict: verdict(of: entry),
      isAccepted: trial.verdict == .accepted, before: trial.before, after: trial.after,
      facts: [
        ReportFact(
          "chosen with probability", numberText(trial.probability, decimals: 2)),
        ReportFact("examples failed before", countText(trial.failures)),
        ReportFact("gate", trial.failureScore.map(scoreText) ?? "–"),
        ReportFact(
          "validation",
          "\(scoreText(trial.currentScore)) → \(trial.validationScore.map(scoreText) ?? "–")"),
        ReportFact(
          "so far",
          "\(countText(trial.targetCalls)) answers scored, \(countText(trial.generatorCalls)) "
            + "generator calls"),
      ],
      weights: zip(trial.sentences, trial.weights).map { SearchStep.Weight($0, $1) },
      weightsTitle: "Weights of the sentences after the trial")
  }

  private func verdict(of entry: OptimizationReport.TraceEntry) -> String {
    switch entry.trial.verdict {
    case .accepted: "accepted"
    case .belowGate: "refused: mends too few failures"
    case .belowGain: "refused: gains too little"
    case .nothingWritten: "nothing was written"
    case .refused:
      "refused unread" + (entry.trial.refusal.map { " (\($0.rawValue))" } ?? "")
    case .notScored: "the target did not answer"
    }
  }

  private var dualPhase: String { OptimizationMethod.dualPhase.rawValue }

  private func title(ofMethod name: String) -> String {
    switch OptimizationMethod(rawValue: name) {
    case .dualPhase: "Dual-Phase"
    case .uniform: "Dual-Phase, uniform"
    case .bestOfRandom: "best of random"
    case .ape: "APE-like"
    case .opro: "OPRO-like"
    case nil: name
    }
  }

  private func scoreText(_ value: Double) -> String { numberText(value, decimals: 3) }
}
