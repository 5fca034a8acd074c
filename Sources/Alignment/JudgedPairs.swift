/// One untied pair of a ranking, and what a reward model says of it.
public struct JudgedPair: Sendable, Equatable {
  /// Measured score of the better candidate less that of the other, above 0.
  public var gap: Float
  /// Reward of the better candidate less that of the other: above 0 where the model is right.
  public var margin: Float

  /// 1 for the right order, ½ for no order, 0 for the wrong one.
  public var credit: Double { margin > 0 ? 1 : margin == 0 ? 0.5 : 0 }
}

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
  precondition(rewards.count == scores.count, "rewards and scores differ in count")
  checkOffsets(groups, count: rewards.count)
  return rows(groups).map { group in
    rankedPairs(in: group, scores: scores, minimumGap: minimumGap).map { pair in
      JudgedPair(
        gap: scores[pair.higher] - scores[pair.lower],
        margin: rewards[pair.higher] - rewards[pair.lower])
    }
  }
}
