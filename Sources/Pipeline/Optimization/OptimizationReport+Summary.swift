import PromptSearch
import Tasks
import Tensors

extension OptimizationReport {
  /// Sums, means and comparisons over all searches.
  ///
  /// - Precondition: There is a search, and Dual-Phase is in each.
  init(
    _ judged: [JudgedSearch], _ settings: OptimizeConfiguration, _ configuration: RunConfiguration
  ) {
    let searches = judged.map(\.search)
    let results = searches.compactMap { search in search[.dualPhase].map { (search, $0) } }
    precondition(
      !results.isEmpty && results.count == searches.count,
      "OptimizationReport: \(results.count) of \(searches.count) searches have Dual-Phase")
    let outcomes = results.map(\.1.outcome)
    self.init(
      original: RunningMoments(searches.map(\.freshOriginal)).mean,
      initial: RunningMoments(results.map(\.1.freshInitial)).mean,
      final: RunningMoments(results.map(\.1.fresh.mean)).mean,
      steps: outcomes.reduce(0) { $0 + $1.steps },
      generatorCalls: outcomes.reduce(0) { $0 + $1.generatorCalls },
      targetCalls: outcomes.reduce(0) { $0 + $1.targetCalls }, prompt: outcomes[0].prompt,
      trace: results.flatMap { search, result in
        result.outcome.trials.map { TraceEntry(place: search.place, trial: $0) }
      },
      searches: searches, comparison: [], notices: Self.notices(searches, settings),
      freshCalls: searches.reduce(0) { $0 + $1.freshCalls }, seed: configuration.seed, split: .dev,
      freshExamples: settings.freshExamples, validationExamples: settings.validationExamples)
    var random = SplitMix64(seed: configuration.seed, stream: "optimize comparison")
    let resamples = configuration.evaluation.resamples
    comparison = Self.comparisons(judged, "all", "all", resamples, using: &random)
    for (target, task) in Self.groups(searches) {
      let group = judged.filter { $0.search.place.target == target && $0.search.place.task == task }
      comparison += Self.comparisons(group, target, task, resamples, using: &random)
    }
  }

  private static func groups(_ searches: [Search]) -> [(target: String, task: String)] {
    searches.filter { $0.place.repetition == 1 }.map { ($0.place.target, $0.place.task) }
  }

  /// The originals and every method beside Dual-Phase.
  private static func comparisons(
    _ judged: [JudgedSearch], _ target: String, _ task: String, _ resamples: Int,
    using random: inout SplitMix64
  ) -> [Comparison] {
    let methods = judged[0].search.methods.map(\.outcome.method)
    return (["original"] + methods).map { method in
      let found = judged.compactMap { one in
        one.search.methods.first { $0.outcome.method == method }
      }
      let differences = judged.map { $0.dualPhaseMinus(method) }
      let clusters =
        differences.count > 1
        ? differences.filter { !$0.isEmpty }.map { [RunningMoments($0).mean] }
        : differences[0].map { [$0] }
      let isOriginal = method == "original"
      return Comparison(
        target: target, task: task, method: method, searches: judged.count,
        fresh: RunningMoments(
          isOriginal ? judged.map(\.search.freshOriginal) : found.map(\.fresh.mean)
        ).mean,
        dualPhaseMinus: resampled(clusters, resamples, using: &random),
        targetCalls: RunningMoments(
          isOriginal
            ? judged.map { Double($0.search.validationExamples) }
            : found.map { Double($0.outcome.targetCalls) }
        ).mean,
        generatorCalls: RunningMoments(found.map { Double($0.outcome.generatorCalls) }).mean)
    }
  }

  /// What was not done as asked.
  private static func notices(
    _ searches: [Search], _ settings: OptimizeConfiguration
  ) -> [String] {
    var notices: [String] = []
    if settings.methods.contains(.opro), searches[0][.opro] == nil {
      notices.append("opro was left out: it needs a generator that follows instructions")
    }
    for search in searches {
      let wanted = [
        ("solved", search.exemplars, settings.exemplars),
        ("validation", search.validationExamples, settings.validationExamples),
        ("fresh", search.freshExamples, settings.freshExamples),
      ]
      notices += wanted.filter { $0.1 < $0.2 }.map { what, count, asked in
        "task '\(search.place.task)': there are \(count) \(what) examples, not \(asked)"
      }
      if let reason = search.keptFromTraining {
        notices.append("the prompt is not trained on: \(reason)")
      }
    }
    var seen: Set<String> = []
    return notices.filter { seen.insert($0).inserted }
  }
}
