/// The reward model's loss on one batch of rankings, its gradient, and its accuracy.
public struct PairwiseRewardLoss: Sendable, Equatable {
  /// Loss, and gradient with respect to each candidate's reward, `[candidates]`.
  public var result: LossGradient
  /// Untied pairs in the batch.
  public var pairs: Int
  /// Share of pairs in the right order, an equal reward counting half; `nil` without a pair.
  public var accuracy: Float?
}

/// The loss of a reward model on rankings.
///
///     L = −mean over rankings of  mean over untied pairs (w, l) of  log σ(r_w − r_l)
///     ∂L/∂r_w = −σ(r_l − r_w) / (pairs · rankings),   ∂L/∂r_l = the opposite
///
/// Source: Ouyang et al. 2022, arXiv:2203.02155, equation 1 (W), as MAPO uses it (P). Ours (O): tied
/// pairs are left out, so the divisor is the number of pairs that remain and not C(K, 2); a ranking
/// without such a pair does not count.
///
/// - Parameters:
///   - rewards: r of each candidate, rankings one after another, `[candidates]`.
///   - scores: Measured score of each candidate, `[candidates]`, higher is better.
///   - groups: Where rankings begin, then the number of candidates, `[rankings + 1]`.
///   - minimumGap: Scores that differ by this or less are tied, 0 or more.
/// - Returns: Zeros without an untied pair.
/// - Precondition: Counts agree.
public func pairwiseRewardLoss(
  rewards: [Float], scores: [Float], groups: [Int], minimumGap: Float
) -> PairwiseRewardLoss {
  let rankings = untiedRankings(
    rewards: rewards, scores: scores, groups: groups, minimumGap: minimumGap)
  var gradient = [Double](repeating: 0, count: rewards.count)
  var loss = 0.0
  var right = 0.0
  for pairs in rankings {
    let scale = 1 / Double(pairs.count * rankings.count)
    for pair in pairs {
      let margin = Double(rewards[pair.higher]) - Double(rewards[pair.lower])
      loss -= logSigmoid(margin) * scale
      let slope = sigmoid(-margin) * scale
      gradient[pair.higher] -= slope
      gradient[pair.lower] += slope
      right += credit(margin)
    }
  }
  let count = rankings.reduce(0) { $0 + $1.count }
  return PairwiseRewardLoss(
    result: LossGradient(loss: Float(loss), gradient: gradient.map { Float($0) }), pairs: count,
    accuracy: count == 0 ? nil : Float(right / Double(count)))
}

/// How often the reward model is right where it claims a margin of a certain size.
public struct MarginAccuracy: Sendable, Equatable, Codable {
  /// The claimed margins |r_w − r_l| counted here start at this value.
  public var lowerBound: Float
  /// Pairs counted.
  public var pairs: Int
  /// Share of them in the right order; `nil` where there are none.
  public var accuracy: Float?
  /// Mean of σ(margin): the accuracy that a calibrated model would have; `nil` where none.
  public var expected: Float?
}

/// Accuracy by margin: the calibration of a reward model (O).
///
/// - Parameters:
///   - rewards: r of each candidate, `[candidates]`.
///   - scores: Measured score of each candidate, `[candidates]`.
///   - groups: Where rankings begin, then the number of candidates, `[rankings + 1]`.
///   - minimumGap: Scores that differ by this or less are tied.
///   - lowerBounds: Where the bins of |r_w − r_l| begin, ascending from 0; the last is open.
/// - Returns: One entry for each bin.
/// - Precondition: Counts agree; `lowerBounds` ascend from 0.
public func accuracyByMargin(
  rewards: [Float], scores: [Float], groups: [Int], minimumGap: Float, lowerBounds: [Float]
) -> [MarginAccuracy] {
  precondition(
    lowerBounds.first == 0 && zip(lowerBounds, lowerBounds.dropFirst()).allSatisfy { $0 < $1 },
    "accuracyByMargin: bounds must ascend from 0")
  let pairs = untiedRankings(
    rewards: rewards, scores: scores, groups: groups, minimumGap: minimumGap
  ).joined()
  let margins = pairs.map { Double(rewards[$0.higher]) - Double(rewards[$0.lower]) }
  return lowerBounds.enumerated().map { index, bound in
    let upper = index + 1 < lowerBounds.count ? Double(lowerBounds[index + 1]) : .infinity
    let inside = margins.filter { abs($0) >= Double(bound) && abs($0) < upper }
    let count = Double(inside.count)
    return MarginAccuracy(
      lowerBound: bound, pairs: inside.count,
      accuracy: inside.isEmpty ? nil : Float(inside.reduce(0) { $0 + credit($1) } / count),
      expected: inside.isEmpty ? nil : Float(inside.reduce(0) { $0 + sigmoid(abs($1)) } / count))
  }
}

/// The untied pairs of every ranking that has any.
private func untiedRankings(
  rewards: [Float], scores: [Float], groups: [Int], minimumGap: Float
) -> [[RankedPair]] {
  precondition(rewards.count == scores.count, "rewards and scores differ in count")
  checkOffsets(groups, count: rewards.count)
  return rows(groups).map { rankedPairs(in: $0, scores: scores, minimumGap: minimumGap) }
    .filter { !$0.isEmpty }
}

/// 1 for the right order, ½ for no order, 0 for the wrong one.
private func credit(_ margin: Double) -> Double {
  margin > 0 ? 1 : margin == 0 ? 0.5 : 0
}
