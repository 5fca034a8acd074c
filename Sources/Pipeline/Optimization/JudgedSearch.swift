import PromptSearch
import Tasks
import Tensors

/// What the methods found for one prompt, with the fresh scores behind every number.
struct JudgedSearch: Sendable {
  /// What the report says of it.
  private(set) var search: OptimizationReport.Search
  /// Score on each fresh example by prompt; nil where the call failed.
  private var fresh: [String: [Double?]] = [:]
  private let configuration: RunConfiguration

  /// A search that no method has ended of yet.
  init(
    _ place: OptimizationReport.Place, _ subject: OptimizationSubject,
    _ configuration: RunConfiguration
  ) {
    self.configuration = configuration
    search = OptimizationReport.Search(
      place: place, originalPrompt: subject.original.prompt.text, freshOriginal: 0,
      exemplars: subject.exemplars.count, validationExamples: subject.validation.count,
      freshExamples: subject.fresh.count, freshCalls: 0, methods: [],
      keptFromTraining: subject.keptFromTraining)
  }

  /// The prompts whose fresh scores are needed to judge an outcome, and are not there yet.
  func unjudged(_ outcome: SearchOutcome) -> [String] {
    var seen = Set(fresh.keys)
    return [search.originalPrompt, outcome.initialPrompt, outcome.prompt]
      .filter { seen.insert($0).inserted }
  }

  /// Judges what a method found.
  ///
  /// - Parameter rows: Fresh scores of the prompts that were unjudged.
  /// - Precondition: Each has a score.
  mutating func add(
    _ outcome: SearchOutcome, limit: Int?, fresh rows: [String: [Double?]]
  ) -> OptimizationReport.MethodResult {
    fresh.merge(rows) { $1 }
    search.freshOriginal = mean(of: search.originalPrompt)
    search.freshCalls = fresh.count * search.freshExamples
    let found = scores(of: outcome.prompt)
    let result = OptimizationReport.MethodResult(
      outcome: outcome, fresh: interval(found), freshInitial: mean(of: outcome.initialPrompt),
      overOriginal: interval(freshGains(of: outcome.prompt)), freshCount: found.count,
      freshFailed: search.freshExamples - found.count, callLimit: limit)
    search.methods.append(result)
    return result
  }

  /// The best of all methods by the validation examples, and its gain there, among what may be
  /// learned; the original where none is better. nil where no method scored the original.
  func best(where isAllowed: (String) -> Bool) -> (prompt: String, gain: Double)? {
    let outcomes = search.methods.map(\.outcome)
    guard let original = outcomes.compactMap(\.original).first else { return nil }
    let allowed = outcomes.filter { isAllowed($0.prompt) }
    let first = allowed.indices.max {
      (allowed[$0].final, -$0) < (allowed[$1].final, -$1)
    }
    guard let first, allowed[first].final > original else { return (search.originalPrompt, 0) }
    return (allowed[first].prompt, allowed[first].final - original)
  }

  /// How much better a prompt is than the original on each fresh example that both have a score on.
  func freshGains(of prompt: String) -> [Double] {
    sharedDifferences(fresh[prompt] ?? [], fresh[search.originalPrompt] ?? [])
  }

  /// Score of Dual-Phase's best prompt less that of another method's, or of the original, on each
  /// fresh example; nil where one of them has none.
  func dualPhaseMinus(_ method: String) -> [Double?] {
    let other = search.methods.first { $0.outcome.method == method }?.outcome.prompt
    guard let own = search[.dualPhase]?.outcome.prompt, let left = fresh[own],
      let right = fresh[other ?? search.originalPrompt]
    else { return [] }
    return zip(left, right).map { left, right in
      left.flatMap { left in right.map { left - $0 } }
    }
  }

  private func scores(of prompt: String) -> [Double] { (fresh[prompt] ?? []).compactMap(\.self) }

  private func mean(of prompt: String) -> Double { RunningMoments(scores(of: prompt)).mean }

  /// Equal values have equal intervals: the draws begin anew for each.
  private func interval(_ values: [Double]) -> Interval {
    let place = search.place
    return resampled(
      values.map { [$0] }, configuration,
      stream: "optimize intervals \(place.target) \(place.task) \(place.repetition)")
  }
}

/// The mean of clusters and its 95 % interval; 0 where there is no number.
func resampled(
  _ clusters: [[Double]], _ configuration: RunConfiguration, stream: String
) -> Interval {
  guard clusters.contains(where: { !$0.isEmpty }) else { return Interval(mean: 0, low: 0, high: 0) }
  var random = SplitMix64(seed: configuration.seed, stream: stream)
  return clusterBootstrap(
    clusters, resamples: configuration.evaluation.resamples, confidence: 0.95, using: &random)
}
