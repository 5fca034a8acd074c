/// One untied pair of a ranking, and what a reward model says of it.
public struct JudgedPair: Sendable, Equatable {
  /// Measured score of the better candidate less that of the other, above 0.
  public var gap: Float
  /// Reward of the better candidate less that of the other: above 0 where the model is right.
  public var margin: Float

  /// 1 for the right order, ½ for no order, 0 for the wrong one.
  public var credit: Double { orderCredit(Double(margin)) }
}

/// 1 for the right order, ½ for no order, 0 for the wrong one.
func orderCredit(_ margin: Double) -> Double { margin > 0 ? 1 : margin == 0 ? 0.5 : 0 }

/// The untied pairs of every ranking: what the figures about a reward model are made of.
///
/// - Parameters:
///   - rewards: r of each candidate, rankings one after another, `[candidates]`.
///   - scores: Measured score of each candidate, `[candidates]`, higher is better.
///   - groups: Where rankings begin, then the number of candidates, `[rankings + 1]`.
///   - minimumGap: Scores that differ by this or less are tied, 0 or more.
/// - Returns: `[rankings][pairs]`; no pair where a ranking is all ties.
/// - Precondition: Counts agree.
public func judgedPairs(
  rewards: [Float], scores: [Float], groups: [Int], minimumGap: Float
) -> [[JudgedPair]] {
  let rankings = rankedPairs(
    rewards: rewards, scores: scores, groups: groups, minimumGap: minimumGap)
  return rankings.map { pairs in
    pairs.map { pair in
      JudgedPair(
        gap: scores[pair.higher] - scores[pair.lower],
        margin: rewards[pair.higher] - rewards[pair.lower])
    }
  }
}

/// The untied pairs of every ranking, `[rankings][pairs]`.
func rankedPairs(
  rewards: [Float], scores: [Float], groups: [Int], minimumGap: Float
) -> [[RankedPair]] {
  precondition(rewards.count == scores.count, "rewards and scores differ in count")
  checkOffsets(groups, count: rewards.count)
  return rows(groups).map { rankedPairs(in: $0, scores: scores, minimumGap: minimumGap) }
}

/// How often the reward model is right where it claims a margin of a certain size.
public struct MarginAccuracy: Sendable, Equatable, Codable {
  /// The claimed margins |r_w − r_l| counted here start at this value.
  public var lowerBound: Float
  /// Pairs counted.
  public var pairs: Int
  /// Share of them in the right order; `nil` where there are none.
  public var accuracy: Float?
  /// Mean of σ(|margin|): the accuracy that a calibrated model would have; `nil` where none.
  public var expected: Float?
}

/// Accuracy by margin: the calibration of a reward model (O).
///
/// - Parameters:
///   - pairs: The untied pairs, in any order.
///   - lowerBounds: Where the bins of |r_w − r_l| begin, ascending from 0; the last is open.
/// - Returns: One entry for each bin.
/// - Precondition: `lowerBounds` ascend from 0.
public func accuracyByMargin(_ pairs: [JudgedPair], lowerBounds: [Float]) -> [MarginAccuracy] {
  precondition(
    lowerBounds.first == 0 && zip(lowerBounds, lowerBounds.dropFirst()).allSatisfy { $0 < $1 },
    "accuracyByMargin: bounds must ascend from 0")
  return lowerBounds.enumerated().map { index, bound in
    let upper = index + 1 < lowerBounds.count ? lowerBounds[index + 1] : .infinity
    let inside = pairs.filter { abs($0.margin) >= bound && abs($0.margin) < upper }
    let mean = { (value: (JudgedPair) -> Double) -> Float? in
      inside.isEmpty ? nil : Float(inside.reduce(0) { $0 + value($1) } / Double(inside.count))
    }
    return MarginAccuracy(
      lowerBound: bound, pairs: inside.count, accuracy: mean(\.credit),
      expected: mean { sigmoid(Double(abs($0.margin))) })
  }
}
