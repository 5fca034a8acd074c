import PromptSearch
import Tasks
import Tensors

extension OptimizationReport {
  /// Sums, means and comparisons over all searches.
  ///
  /// - Parameter failures: Why searches are missing.
  /// - Precondition: There is a search, and Dual-Phase is in each.
  init(
    _ judged: [JudgedSearch], failures: [String], _ settings: OptimizeConfiguration,
    _ configuration: RunConfiguration
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
      searches: searches, comparison: [], notices: failures + Self.notices(searches, settings),
      freshCalls: searches.reduce(0) { $0 + $1.freshCalls }, seed: configuration.seed, split: .dev,
      freshExamples: settings.freshExamples, validationExamples: settings.validationExamples,
      settings: settings, version: Run.version)
    comparison = Self.comparisons(judged, "all", "all", configuration)
    for (target, task) in Self.groups(searches) {
      let group = judged.filter { $0.search.place.target == target && $0.search.place.task == task }
      comparison += Self.comparisons(group, target, task, configuration)
    }
  }

  private static func groups(_ searches: [Search]) -> [(target: String, task: String)] {
    var seen: Set<[String]> = []
    return searches.map { ($0.place.target, $0.place.task) }
      .filter { seen.insert([$0.0, $0.1]).inserted }
  }

  /// How much better Dual-Phase is. What was searched with the same prompt and examples is drawn
  /// together: all targets of a task and repeat. Where there is one of these alone, its examples are
  /// drawn.
  private static func clusters(_ judged: [JudgedSearch], _ method: String) -> [[Double]] {
    let rows = judged.map { $0.dualPhaseMinus(method) }
    let keys = judged.map { [$0.search.place.task, "\($0.search.place.repetition)"] }
    let distinct = Set(keys)
    if distinct.count == 1 {
      let examples = rows.map(\.count).max() ?? 0
      return (0..<examples).map { place in
        rows.compactMap { place < $0.count ? $0[place] : nil }
      }
    }
    let means = rows.map { row in
      let known = row.compactMap(\.self)
      return known.isEmpty ? nil : RunningMoments(known).mean
    }
    return distinct.sorted { $0.lexicographicallyPrecedes($1) }.map { key in
      judged.indices.compactMap { keys[$0] == key ? means[$0] : nil }
    }
  }

  /// The originals and every method beside Dual-Phase.
  private static func comparisons(
    _ judged: [JudgedSearch], _ target: String, _ task: String, _ configuration: RunConfiguration
  ) -> [Comparison] {
    let methods = judged[0].search.methods.map(\.outcome.method)
    return (["original"] + methods).map { method in
      let found = judged.compactMap { one in
        one.search.methods.first { $0.outcome.method == method }
      }
      let isOriginal = method == "original"
      return Comparison(
        target: target, task: task, method: method, searches: judged.count,
        fresh: RunningMoments(
          isOriginal ? judged.map(\.search.freshOriginal) : found.map(\.fresh.mean)
        ).mean,
        dualPhaseMinus: resampled(
          clusters(judged, method), configuration, stream: "optimize comparison \(target) \(task)"),
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
    var notices = settings.omissions
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
