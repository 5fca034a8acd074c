import Tasks
import Tensors

/// How differently targets answer prompts that ask for the same thing.
///
/// Prompts are compared within a task and content. The control for agreement between two targets is
/// the agreement of one target's two halves of the examples with each other: targets that rank
/// prompts alike, and tie the same ones, agree as well as that. See `RankAgreement`.
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
    /// Kendall τ of the prompts' mean scores, each target's from another half of the examples.
    public var tau: Double
    /// Mean loss of b when it is given a's best prompt instead of its own, chosen on one half of the
    /// examples and judged on the other.
    public var bestPromptLoss: Double
  }

  /// Each target.
  public var spreads: [Spread]
  /// Each pair of targets.
  public var agreements: [Agreement]

  /// - Parameter scores: Of each target, by task, prompt and example.
  init(targets: [String], tasks: [PromptTask], scores: [String: [[[Double?]]]]) {
    let groups = tasks.map { ContentGroups($0.prompts).groups }
    let rows = targets.map { scores[$0] ?? [] }
    var random = SplitMix64(seed: 0, stream: "halves")
    let agreement = RankAgreement(
      tasks.indices.map { task in
        TargetScores(rows.map { $0[task] }, groups: groups[task])
      }, halvings: 10, resamples: 0, using: &random)
    spreads = targets.indices.map { target in
      Self.spread(
        targets[target], tasks, groups, rows[target],
        splitHalfTau: agreement.tau(target, target)?.mean ?? 0)
    }
    agreements = targets.indices.flatMap { a in
      targets.indices[(a + 1)...].map { b in
        Agreement(
          a: targets[a], b: targets[b], tau: agreement.tau(a, b)?.mean ?? 0,
          bestPromptLoss: agreement.loss(of: b, givenBestOf: a)?.mean ?? 0)
      }
    }
  }

  private static func means(_ rows: [[Double?]]) -> [Double] {
    rows.map { RunningMoments($0.compactMap(\.self)).mean }
  }

  private static func spread(
    _ target: String, _ tasks: [PromptTask], _ groups: [[[Int]]], _ scores: [[[Double?]]],
    splitHalfTau: Double
  ) -> Spread {
    let byTask = scores.map(means)
    var (deviations, ranges) = (RunningMoments(), RunningMoments())
    for (values, groups) in zip(byTask, groups) {
      for group in groups.map({ $0.map { values[$0] } }) {
        deviations.add(RunningMoments(group).standardDeviation)
        ranges.add((group.max() ?? 0) - (group.min() ?? 0))
      }
    }
    let taskMeans = byTask.map { RunningMoments($0).mean }
    return Spread(
      target: target, mean: RunningMoments(taskMeans).mean, deviation: deviations.mean,
      range: ranges.mean, splitHalfTau: splitHalfTau,
      byTask: Dictionary(uniqueKeysWithValues: zip(tasks.map(\.name), taskMeans)))
  }
}
