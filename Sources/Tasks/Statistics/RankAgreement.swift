/// How far targets rank prompts alike, against how far each agrees with itself.
///
/// For every halving of a task's examples, with H₁ and H₂ the halves and m the prompts' mean scores,
/// within a group of prompts that ask for the same:
///
///     τ(a, b) = ½ (τ(m_a on H₁, m_b on H₂) + τ(m_b on H₁, m_a on H₂)),   split-half τ of a = τ(a, a)
///
/// averaged over halvings, then groups, then tasks. Two targets are thus compared through as many
/// examples as a target is with itself: if they ranked the prompts alike, as reliably, and tied the
/// same ones, τ(a, b) would be the split-half τ. A τ over all examples is further from 0 for the
/// number of examples alone.
///
/// A τ(a, b) below both split-half τ is no proof of different tastes: where one target scores alike
/// what the other tells apart, as one does that answers many prompts perfectly, τ(a, b) is lower for
/// the ties and neither split-half τ is. What ties do not produce are pairs of prompts in opposite
/// order: see `oppositePairs`.
///
/// A halving on which one of two targets scores all prompts of a group alike says nothing of the two,
/// and counts neither for their τ nor for the split-half τ that it is compared with.
///
/// Intervals: on every resample prompts are drawn with replacement within each group, and examples
/// within each task, the same for all targets; the estimate is measured again with the drawn
/// numbers as weights (a pair of prompts counts wᵢwⱼ, a prompt makes no pair with itself), and the
/// interval is the estimate ± 1.96 standard deviations of these. Not their percentiles: means over
/// examples some of which are drawn twice are less reliable than those measured, so that resampled
/// τ lie too low. With independent noise in every score the interval is on the wide side, as that
/// noise is counted once with the prompts and once with the examples. One of τ ends at −1 and at 1.
///
/// Source: Kendall 1945 for τ-b; Owen 2007, arXiv:0712.1111, for drawing rows and columns; the
/// comparison of halves is ours.
public struct RankAgreement: Sendable {
  /// What was measured: by task, and the mean over tasks.
  private struct Measurement: Sendable {
    let tasks: [AgreementTables]
    let overall: AgreementTables
  }

  /// Which prompts two targets are compared on.
  public struct Coverage: Sendable, Equatable {
    /// Groups of prompts, and prompts in them that every target has answered.
    public internal(set) var groups = 0, prompts = 0
  }

  /// Fewer say too little of a spread.
  public static let fewestResamples = 20

  private let targetCount: Int
  private let coverages: [[Coverage]]
  private let estimate: Measurement
  private let resampled: [Measurement]

  /// Measures the targets on all tasks.
  ///
  /// - Parameters:
  ///   - tasks: The scores of each task, of the same targets in the same order.
  ///   - halvings: How many random halvings of each task's examples.
  ///   - resamples: How often to draw; 0 for estimates without intervals.
  ///   - generator: Draws halves, prompts and examples.
  /// - Precondition: The tasks have equally many targets; at least one halving; no resamples or at least
  ///   20.
  public init(
    _ tasks: [TargetScores], halvings: Int, resamples: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let count = tasks.first?.targetCount ?? 0
    precondition(tasks.allSatisfy { $0.targetCount == count }, "RankAgreement: unequal targets")
    precondition(halvings > 0, "RankAgreement: no halving")
    precondition(
      resamples == 0 || resamples >= Self.fewestResamples, "RankAgreement: too few resamples")
    targetCount = count
    let rankings = tasks.map { TaskRanking($0, halvings: halvings, using: &generator) }
    let all = rankings.map { $0.measure() }
    let usable = all.map { $0.map { Self.usable($0, count) } }
    coverages = (0..<count * count).map { pair in
      zip(rankings, usable).map { task, usable in
        zip(task.groups, usable).reduce(into: Coverage()) { result, group in
          guard group.1[pair] else { return }
          result.groups += 1
          result.prompts += group.0.comparedPrompts
        }
      }
    }
    estimate = Self.measurement(all, usable, count)
    resampled = (0..<resamples).map { _ in
      Self.measurement(rankings.map { $0.resample(using: &generator) }, usable, count)
    }
  }

  /// τ between two targets, or split-half τ of one where they are the same.
  ///
  /// - Parameter task: Number of the task; the mean over tasks where nil.
  /// - Returns: nil where no group of prompts has one, or fewer than 20 resamples have. An interval without
  ///   resamples has no width.
  public func tau(_ a: Int, _ b: Int, task: Int? = nil) -> Interval? {
    interval(task) { $0.tau[a, b] }.map {
      Interval(mean: $0.mean, low: max(-1, $0.low), high: min(1, $0.high))
    }
  }

  /// τ between two targets with every example in both means; for the same target it is 1.
  public func tauOnAllExamples(_ a: Int, _ b: Int, task: Int? = nil) -> Double? {
    value(estimate, task) { $0.onAllExamples[a, b] }
  }

  /// The share of the pairs of prompts that two targets clearly put in opposite order: on each, the
  /// mean difference of the two prompts' scores is more than three standard errors from 0. Where both
  /// share one order, ties and all, it is 0 but for one pair in 700 at most.
  public func oppositePairs(_ a: Int, _ b: Int, task: Int? = nil) -> Double? {
    value(estimate, task) { $0.opposite[a, b] }
  }

  /// Split-half τ of `a` less τ between `a` and `b`, on the prompts on which the two are compared.
  public func gap(splitHalfOf a: Int, over b: Int, task: Int? = nil) -> Interval? {
    interval(task) { tables in
      guard let own = tables.splitHalf[a, b], let between = tables.tau[a, b] else { return nil }
      return own - between
    }
  }

  /// What `b` loses with the best prompt of `a` instead of its own, chosen on one half of the examples
  /// and judged on the other.
  public func loss(of b: Int, givenBestOf a: Int, task: Int? = nil) -> Interval? {
    interval(task) { $0.loss[a, b] }
  }

  /// The prompts that `tau` of two targets is over.
  public func coverage(_ a: Int, _ b: Int, task: Int? = nil) -> Coverage {
    let byTask = coverages[a * targetCount + b]
    if let task { return byTask[task] }
    return byTask.reduce(into: Coverage()) {
      $0.groups += $1.groups
      $0.prompts += $1.prompts
    }
  }

  private func interval(_ task: Int?, _ value: (AgreementTables) -> Double?) -> Interval? {
    guard let mean = self.value(estimate, task, value) else { return nil }
    if resampled.isEmpty { return Interval(mean: mean, low: mean, high: mean) }
    let moments = RunningMoments(resampled.compactMap { self.value($0, task, value) })
    guard moments.count >= Self.fewestResamples else { return nil }
    let reach = 1.959964 * moments.standardDeviation
    return Interval(mean: mean, low: mean - reach, high: mean + reach)
  }

  private func value(
    _ measurement: Measurement, _ task: Int?, _ value: (AgreementTables) -> Double?
  ) -> Double? {
    value(task.map { measurement.tasks[$0] } ?? measurement.overall)
  }

  /// For every ordered pair of targets, whether a group tells them anything.
  private static func usable(_ group: AgreementTables, _ count: Int) -> [Bool] {
    (0..<count * count).map { group.tau[$0 / count, $0 % count] != nil }
  }

  /// Means over groups and tasks, of the groups that are usable for each pair.
  private static func measurement(
    _ tasks: [[AgreementTables]], _ usable: [[[Bool]]], _ count: Int
  ) -> Measurement {
    let means = zip(tasks, usable).map { groups, usable in
      AgreementTables.mean(
        of: zip(groups, usable).map { compared($0, $1, count) }, count: count)
    }
    return Measurement(
      tasks: means, overall: AgreementTables.mean(of: means, count: count))
  }

  private static func compared(
    _ group: AgreementTables, _ usable: [Bool], _ count: Int
  ) -> AgreementTables {
    var result = AgreementTables(count)
    result.loss = group.loss
    for a in 0..<count {
      for b in 0..<count where usable[a * count + b] {
        result.tau[a, b] = group.tau[a, b]
        result.splitHalf[a, b] = group.splitHalf[a, b]
        result.onAllExamples[a, b] = group.onAllExamples[a, b]
        result.opposite[a, b] = group.opposite[a, b]
      }
    }
    return result
  }
}
