/// The scores of one task's prompts by several targets, all on the same examples, and which of the
/// prompts may be compared with each other.
public struct TargetScores: Sendable {
  /// How many targets, prompts and examples there are.
  public let targetCount, promptCount, exampleCount: Int
  /// Prompts that ask for the same, by number.
  public let groups: [[Int]]
  /// The scores by target, prompt and example, 0 where there is none.
  private let values: [Double]
  /// 1 where there is a score, otherwise 0.
  private let present: [Double]

  /// The scores `[target][prompt][example]`; nil where there is none.
  /// - Precondition: As many prompts for every target, as many examples for every prompt, and groups
  ///   of prompts that are there.
  public init(_ scores: [[[Double?]]], groups: [[Int]]) {
    targetCount = scores.count
    promptCount = scores.first?.count ?? 0
    exampleCount = scores.first?.first?.count ?? 0
    let (prompts, examples) = (promptCount, exampleCount)
    precondition(
      scores.allSatisfy { $0.count == prompts && $0.allSatisfy { $0.count == examples } },
      "TargetScores: ragged scores")
    precondition(
      groups.joined().allSatisfy { (0..<prompts).contains($0) },
      "TargetScores: a group names a prompt that is not there")
    self.groups = groups
    let cells = scores.joined().joined()
    values = cells.map { $0 ?? 0 }
    present = cells.map { $0 == nil ? 0 : 1 }
  }

  /// Weighted mean scores of one prompt on one target: over each half of the examples and over all.
  ///
  /// - Parameters:
  ///   - weights: How often each example counts.
  ///   - half: Whether an example is in the first half.
  /// - Returns: nil where a half has no score.
  func means(target: Int, prompt: Int, weights: [Double], half: [Bool]) -> SplitMeans? {
    var (sum, count, sumOfHalf, countOfHalf) = (0.0, 0.0, 0.0, 0.0)
    let row = (target * promptCount + prompt) * exampleCount
    for (example, weight) in weights.enumerated() {
      let (score, isThere) = (weight * values[row + example], weight * present[row + example])
      sum += score
      count += isThere
      if half[example] {
        sumOfHalf += score
        countOfHalf += isThere
      }
    }
    guard countOfHalf > 0, count > countOfHalf else { return nil }
    return SplitMeans(
      first: sumOfHalf / countOfHalf, second: (sum - sumOfHalf) / (count - countOfHalf),
      all: sum / count)
  }
}

extension TargetScores {
  /// The order of some prompts on one target as far as it is clear: two prompts are in order where
  /// the mean of their scores' difference, over the examples that both have, is more than three
  /// standard errors from 0, and tied otherwise. With a dozen examples or more,
  /// chance puts one pair in 700 in a wrong order.
  func clearOrder(of prompts: [Int], target: Int) -> PairOrder {
    let rows = prompts.map { (target * promptCount + $0) * exampleCount }
    return PairOrder(count: prompts.count) { i, j in
      var differences = RunningMoments()
      for example in 0..<exampleCount {
        let (first, second) = (rows[i] + example, rows[j] + example)
        if present[first] * present[second] > 0 { differences.add(values[first] - values[second]) }
      }
      guard abs(differences.mean) > 3 * differences.standardError else { return 0 }
      return differences.mean > 0 ? 1 : -1
    }
  }
}

/// A prompt's mean scores over the first half of the examples, over the second, and over all.
struct SplitMeans {
  let first, second, all: Double
}
