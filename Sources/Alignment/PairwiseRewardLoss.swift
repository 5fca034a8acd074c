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
  let rankings = rankedPairs(
    rewards: rewards, scores: scores, groups: groups, minimumGap: minimumGap
  ).filter { !$0.isEmpty }
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
      right += orderCredit(margin)
    }
  }
  let count = rankings.reduce(0) { $0 + $1.count }
  return PairwiseRewardLoss(
    result: LossGradient(loss: Float(loss), gradient: gradient.map { Float($0) }), pairs: count,
    accuracy: count == 0 ? nil : Float(right / Double(count)))
}
