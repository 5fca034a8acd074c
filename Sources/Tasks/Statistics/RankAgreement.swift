/// How far targets rank prompts alike, against how far each agrees with itself.
///
/// For every halving of a task's examples, with H₁ and H₂ the halves and m the prompts' mean scores,
/// within a group of prompts that ask for the same:
///
///     τ(a, b) = ½ (τ(m_a on H₁, m_b on H₂) + τ(m_b on H₁, m_a on H₂)),   split-half τ of a = τ(a, a)
///
/// averaged over halvings, then groups, then tasks. Two targets are thus compared through as many
/// examples as a target is with itself: if they ranked the prompts alike, and as reliably, τ(a, b)
/// would be the split-half τ. A τ over all examples is higher than that for the number of examples
/// alone.
///
/// A group in which one of two targets scores all prompts alike says nothing of the two, and counts
/// neither for their τ nor for the split-half τ that it is compared with.
///
/// Intervals: on every resample prompts are drawn with replacement within each group, and examples
/// within each task, the same for all targets; the estimate is measured again with the drawn
/// numbers as weights (a pair of prompts counts wᵢwⱼ, a prompt makes no pair with itself), and the
/// interval is the estimate ± 1.96 standard deviations of these. Not their percentiles: means over
/// examples some of which are drawn twice are less reliable than those measured, so that resampled
/// τ lie too low. With independent noise in every score the interval is on the wide side, as that
/// noise is counted once with the prompts and once with the examples.
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
    /// Groups of prompts, and prompts in them.
    public internal(set) var groups = 0, prompts = 0
  }

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
  /// - Precondition: The tasks have equally many targets; at least one halving.
  public init(
    _ tasks: [TargetScores], halvings: Int, resamples: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let count = tasks.first?.targetCount ?? 0
    precondition(tasks.allSatisfy { $0.targetCount == count }, "RankAgreement: unequal targets")
    precondition(halvings > 0 && resamples >= 0, "RankAgreement: nothing to average")
    targetCount = count
    let rankings = tasks.map { TaskRanking($0, halvings: halvings, using: &generator) }
    let all = rankings.map { $0.measure() }
    let usable = all.map { $0.map { Self.usable($0, count) } }
    coverages = (0..<count * count).map { pair in
      zip(tasks, usable).map { task, usable in
        zip(task.groups, usable).reduce(into: Coverage()) { result, group in
          guard group.1[pair] else { return }
          result.groups += 1
          result.prompts += group.0.count
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
  /// - Returns: nil where no group of prompts has one. An interval without resamples has no width.
  public func tau(_ a: Int, _ b: Int, task: Int? = nil) -> Interval? {
    interval(task) { $0.tau[a, b] }
  }

  /// τ between two targets with every example in both means; for the same target it is 1.
  public func tauOnAllExamples(_ a: Int, _ b: Int, task: Int? = nil) -> Interval? {
    interval(task) { $0.onAllExamples[a, b] }
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

  private func interval(
    _ task: Int?, _ value: (AgreementTables) -> Double?
  ) -> Interval? {
    func read(_ measurement: Measurement) -> Double? {
      value(task.map { measurement.tasks[$0] } ?? measurement.overall)
    }
    guard let mean = read(estimate) else { return nil }
    let reach = 1.959964 * RunningMoments(resampled.compactMap(read)).standardDeviation
    return Interval(mean: mean, low: mean - reach, high: mean + reach)
  }

  /// For every ordered pair of targets, whether a group tells them anything.
  private static func usable(_ group: AgreementTables, _ count: Int) -> [Bool] {
    (0..<count * count).map { pair in
      let (a, b) = (pair / count, pair % count)
      return group.tau[a, a] != nil && group.tau[b, b] != nil && group.tau[a, b] != nil
    }
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
        result.splitHalf[a, b] = group.tau[a, a]
        result.onAllExamples[a, b] = group.onAllExamples[a, b]
      }
    }
    return result
  }
}

/// One task with its halvings.
private struct TaskRanking {
  private let scores: TargetScores
  private let groups: [GroupRanking]

  init(
    _ scores: TargetScores, halvings: Int, using generator: inout some RandomNumberGenerator
  ) {
    self.scores = scores
    let count = scores.exampleCount
    let halves = (0..<halvings).map { _ in
      (0..<count).map { $0 < count / 2 }.shuffled(using: &generator)
    }
    groups = scores.groups.map { GroupRanking(scores, prompts: $0, halves: halves) }
  }

  /// Every prompt and example once.
  func measure() -> [AgreementTables] {
    let examples = [Double](repeating: 1, count: scores.exampleCount)
    return zip(groups, scores.groups).map { group, prompts in
      group.tables(weights: prompts.map { _ in 1 }, exampleWeights: examples)
    }
  }

  /// Prompts and examples drawn with replacement.
  func resample(using generator: inout some RandomNumberGenerator) -> [AgreementTables] {
    var examples = [Double](repeating: 0, count: scores.exampleCount)
    drawMultiplicities(into: &examples, using: &generator)
    var result: [AgreementTables] = []
    for (group, prompts) in zip(groups, scores.groups) {
      var weights = [Double](repeating: 0, count: prompts.count)
      drawMultiplicities(into: &weights, using: &generator)
      result.append(group.tables(weights: weights, exampleWeights: examples))
    }
    return result
  }
}
