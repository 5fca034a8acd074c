import PromptSearch
import Tasks
import Tensors

/// What the methods found for one prompt, with the fresh scores behind every number.
struct JudgedSearch: Sendable {
  /// What the report says of it.
  let search: OptimizationReport.Search
  /// Score on each fresh example by prompt; nil where the call failed.
  private let fresh: [String: [Double?]]

  /// Judges what was found.
  ///
  /// - Precondition: The original, and each method's first and best prompt, have a fresh score.
  init(
    place: OptimizationReport.Place, subject: OptimizationSubject,
    outcomes: [(outcome: SearchOutcome, limit: Int?)], fresh: [String: [Double?]],
    _ configuration: RunConfiguration
  ) {
    self.fresh = fresh
    var random = SplitMix64(
      seed: configuration.seed,
      stream: "optimize intervals \(place.target) \(place.task) \(place.repetition)")
    let original = subject.original.prompt.text
    let scores = { (prompt: String) in (fresh[prompt] ?? []).compactMap(\.self) }
    let interval = { (values: [Double]) in
      resampled(values.map { [$0] }, configuration.evaluation.resamples, using: &random)
    }
    search = OptimizationReport.Search(
      place: place, originalPrompt: original,
      freshOriginal: RunningMoments(scores(original)).mean, exemplars: subject.exemplars.count,
      validationExamples: subject.validation.count, freshExamples: subject.fresh.count,
      freshCalls: fresh.count * subject.fresh.count,
      methods: outcomes.map { outcome, limit in
        let found = scores(outcome.prompt)
        return OptimizationReport.MethodResult(
          outcome: outcome, fresh: interval(found),
          freshInitial: RunningMoments(scores(outcome.initialPrompt)).mean,
          overOriginal: interval(
            sharedDifferences(fresh[outcome.prompt] ?? [], fresh[original] ?? [])),
          freshCount: found.count, freshFailed: subject.fresh.count - found.count,
          callLimit: limit)
      },
      keptFromTraining: subject.keptFromTraining)
  }

  /// The best of all methods by the validation examples, and its gain there; the original where none
  /// is better. nil where no method scored the original.
  var best: (prompt: String, gain: Double)? {
    let outcomes = search.methods.map(\.outcome)
    guard let original = outcomes.compactMap(\.original).first else { return nil }
    let first = outcomes.indices.max {
      (outcomes[$0].final, -$0) < (outcomes[$1].final, -$1)
    }
    guard let first, outcomes[first].final > original else { return (search.originalPrompt, 0) }
    return (outcomes[first].prompt, outcomes[first].final - original)
  }

  /// How much better a prompt is than the original on each fresh example that both have a score on.
  func freshGains(of prompt: String) -> [Double] {
    sharedDifferences(fresh[prompt] ?? [], fresh[search.originalPrompt] ?? [])
  }

  /// Score of Dual-Phase's best prompt less that of another method's, or of the original, on the fresh
  /// examples that both have.
  func dualPhaseMinus(_ method: String) -> [Double] {
    guard let own = search[.dualPhase]?.outcome.prompt else { return [] }
    let other = search.methods.first { $0.outcome.method == method }?.outcome.prompt
    return sharedDifferences(fresh[own] ?? [], fresh[other ?? search.originalPrompt] ?? [])
  }
}

/// The mean of clusters and its 95 % interval; 0 where there is no number.
func resampled(
  _ clusters: [[Double]], _ resamples: Int, using random: inout SplitMix64
) -> Interval {
  guard clusters.contains(where: { !$0.isEmpty }) else { return Interval(mean: 0, low: 0, high: 0) }
  return clusterBootstrap(clusters, resamples: resamples, confidence: 0.95, using: &random)
}
