import Tasks
import Tensors

/// How differently targets answer prompts that ask for the same thing.
///
/// Prompts are compared within a task and content. The control for agreement between two targets is
/// the agreement of one target's two halves of the examples with each other: nothing can agree
/// better than that.
public struct TargetComparison: Codable, Equatable, Sendable {
  /// One target.
  public struct Spread: Codable, Equatable, Sendable {
    /// Name of the target.
    public var target: String
    /// Mean score over the pool.
    public var mean: Double
    /// Standard deviation of prompt means within a content.
    public var deviation: Double
    /// Best less worst prompt within a content.
    public var range: Double
    /// Kendall τ between halves of the examples.
    public var splitHalfTau: Double
    /// Mean score by task.
    public var byTask: [String: Double]
  }

  /// Two targets.
  public struct Agreement: Codable, Equatable, Sendable {
    public var a, b: String
    /// Kendall τ of the prompts' mean scores.
    public var tau: Double
    /// Mean loss of b when it is given a's best prompt instead of its own.
    public var bestPromptLoss: Double
  }

  /// Each target.
  public var spreads: [Spread]
  /// Each pair of targets.
  public var agreements: [Agreement]

  /// - Parameter scores: Of each target, by task, prompt and example.
  init(targets: [String], tasks: [PromptTask], scores: [String: [[[Double?]]]]) {
    let groups = Self.groups(of: tasks)
    spreads = targets.map { Self.spread($0, tasks, groups, scores[$0] ?? []) }
    agreements = []
    for (index, a) in targets.enumerated() {
      for b in targets.dropFirst(index + 1) {
        agreements.append(Self.agreement(a, b, groups, scores[a] ?? [], scores[b] ?? []))
      }
    }
  }

  /// Prompts of one task and content: at least five, or τ says nothing.
  private static func groups(of tasks: [PromptTask]) -> [(task: Int, prompts: [Int])] {
    tasks.enumerated().flatMap { index, task in
      Dictionary(grouping: task.prompts.indices) { task.prompts[$0].content }
        .sorted { $0.key < $1.key }.map { (index, $0.value) }.filter { $0.1.count >= 5 }
    }
  }

  private static func means(_ rows: [[Double?]]) -> [Double] {
    rows.map { RunningMoments($0.compactMap(\.self)).mean }
  }

  private static func spread(
    _ target: String, _ tasks: [PromptTask], _ groups: [(task: Int, prompts: [Int])],
    _ scores: [[[Double?]]]
  ) -> Spread {
    var random = SplitMix64(seed: 0, stream: "halves")
    var (deviations, ranges, taus) = ([Double](), [Double](), [Double]())
    for (task, prompts) in groups {
      let rows = prompts.map { scores[task][$0] }
      let values = means(rows)
      deviations.append(RunningMoments(values).standardDeviation)
      ranges.append((values.max() ?? 0) - (values.min() ?? 0))
      if let tau = splitHalfTau(scores: rows, repeats: 10, using: &random) { taus.append(tau) }
    }
    let byTask = zip(tasks, scores).map { ($0.name, RunningMoments(means($1)).mean) }
    return Spread(
      target: target, mean: RunningMoments(byTask.map(\.1)).mean,
      deviation: RunningMoments(deviations).mean, range: RunningMoments(ranges).mean,
      splitHalfTau: RunningMoments(taus).mean,
      byTask: Dictionary(uniqueKeysWithValues: byTask))
  }

  private static func agreement(
    _ a: String, _ b: String, _ groups: [(task: Int, prompts: [Int])], _ left: [[[Double?]]],
    _ right: [[[Double?]]]
  ) -> Agreement {
    var (taus, losses) = ([Double](), [Double]())
    for (task, prompts) in groups {
      let (first, second) = (
        means(prompts.map { left[task][$0] }), means(prompts.map { right[task][$0] })
      )
      if let tau = kendallTau(first, second) { taus.append(tau) }
      let best = first.indices.max { first[$0] < first[$1] } ?? 0
      losses.append((second.max() ?? 0) - second[best])
    }
    return Agreement(
      a: a, b: b, tau: RunningMoments(taus).mean, bestPromptLoss: RunningMoments(losses).mean)
  }
}
