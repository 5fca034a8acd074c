import Foundation

/// An estimator of KL(π ‖ π_ref) from samples of π, by the log-ratio d = log π − log π_ref.
///
/// Source (W): J. Schulman, "Approximating KL divergence" (2020).
public enum KLEstimator: String, Codable, Sendable, CaseIterable {
  /// d: unbiased, of either sign.
  case k1
  /// e⁻ᵈ − 1 + d: unbiased, never negative, of lower variance while π is near π_ref.
  case k3

  /// The estimate at one token.
  ///
  /// - Parameters:
  ///   - logProb: log π of the sampled token.
  ///   - referenceLogProb: log π_ref of the same token.
  public func estimate(logProb: Float, referenceLogProb: Float) -> Float {
    let difference = Double(logProb) - Double(referenceLogProb)
    switch self {
    case .k1: return Float(difference)
    case .k3: return Float(expm1(-difference) + difference)
    }
  }
}

/// The rewards that PPO maximises, with the statistics that belong to exactly these numbers.
public struct KLReward: Sendable, Equatable {
  /// Reward of each token, `[N]`.
  public var rewards: [Float]
  /// Score of each response after the penalty for a missing end token, `[rows]`.
  public var scores: [Float]
  /// The estimate summed over each response's tokens, `[rows]`.
  public var responseKL: [Float]
  /// `objective/kl`: mean of `responseKL`.
  public var kl: Float
  /// `objective/scores`: mean of `scores`.
  public var meanScore: Float
  /// `objective/non_score_reward`: −β · `kl`.
  public var meanPenalty: Float
  /// Share of responses without an end token.
  public var missingEndShare: Float
}

/// Rewards of each token: the score at the end, and a price for leaving the reference model.
///
///     Rₜ = −β · kₜ  +  [t is the last token] · score,   kₜ = log π(yₜ|·) − log π_ref(yₜ|·) for k1
///
/// Source (W): Ziegler et al. 2019, arXiv:1909.08593, equation 2; "The N implementation details of
/// RLHF with PPO" for the place of the score and the penalty. MAPO (P) adds the KL to the SFT
/// policy to the reward; its β is not given.
///
/// - Parameters:
///   - scores: Score of each response, `[rows]`, in calibrated reward-model units.
///   - hasEnd: Whether the response ended by itself, `[rows]`. Where it did not, the score is
///     *replaced* by `missingEndPenalty`: what an unfinished text earns means nothing.
///   - logProbs: log π of each token under the rollout policy, `[N]`.
///   - referenceLogProbs: log π_ref of the same tokens, at the same temperature, `[N]`.
///   - offsets: Where responses begin, then N, `[rows + 1]`.
///   - klCoefficient: β, 0 or more.
///   - estimator: The estimator; k1 in the sources.
///   - missingEndPenalty: The score of a response without end token, for example −1.
/// - Precondition: Counts agree and no response is empty (there is always at least the end token).
public func klReward(
  scores: [Float], hasEnd: [Bool], logProbs: [Float], referenceLogProbs: [Float], offsets: [Int],
  klCoefficient: Float, estimator: KLEstimator, missingEndPenalty: Float
) -> KLReward {
  precondition(logProbs.count == referenceLogProbs.count, "klReward: log-probs differ in count")
  precondition(
    scores.count == hasEnd.count && offsets.count == scores.count + 1, "klReward: rows differ")
  checkOffsets(offsets, count: logProbs.count)
  let estimates = zip(logProbs, referenceLogProbs).map {
    estimator.estimate(logProb: $0, referenceLogProb: $1)
  }
  let finalScores = zip(scores, hasEnd).map { $1 ? $0 : missingEndPenalty }
  var rewards = estimates.map { -klCoefficient * $0 }
  for (row, score) in zip(rows(offsets), finalScores) {
    precondition(!row.isEmpty, "klReward: the response at \(row.lowerBound) is empty")
    rewards[row.upperBound - 1] += score
  }
  let rowCount = Double(max(scores.count, 1))
  let kl = Float(estimates.reduce(0.0) { $0 + Double($1) } / rowCount)
  return KLReward(
    rewards: rewards, scores: finalScores,
    responseKL: rows(offsets).map { row in
      Float(estimates[row].reduce(0.0) { $0 + Double($1) })
    },
    kl: kl, meanScore: Float(mean(finalScores)), meanPenalty: -klCoefficient * kl,
    missingEndShare: Float(Double(hasEnd.count { !$0 }) / rowCount))
}
