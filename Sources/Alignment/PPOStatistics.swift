/// What one PPO update gives to a log. Means are over real tokens, rows or steps, never padding.
public struct PPOStatistics: Sendable, Equatable {
  /// `objective/kl`: KL to the reference summed over a response, mean over responses.
  public var kl: Float = 0
  /// `objective/scores`: mean score after the penalty for a missing end token.
  public var scores: Float = 0
  /// `objective/non_score_reward`: −β · KL, summed over a response, mean over responses.
  public var nonScoreReward: Float = 0
  /// `policy/entropy_avg`: mean entropy of the policy at a token, in nats.
  public var entropy: Float = 0
  /// `objective/entropy`: −log π of a response, summed over its tokens, mean over responses.
  public var responseEntropy: Float = 0
  /// `policy/approxkl_avg`.
  public var approximateKL: Float = 0
  /// `policy/clipfrac_avg`.
  public var clipFraction: Float = 0
  /// `loss/policy_avg`.
  public var policyLoss: Float = 0
  /// `loss/value_avg`.
  public var valueLoss: Float = 0
  /// `val/clipfrac_avg`.
  public var valueClipFraction: Float = 0
  /// `val/ratio`.
  public var ratio: Float = 0
  /// `val/ratio_var`.
  public var ratioVariance: Float = 0
  /// Mean ratio of the first minibatch of the first epoch: 1 exactly, or the shapes differ.
  public var firstRatio: Float = 1
  /// `val/explained_variance`; nil where the returns do not vary.
  public var explainedVariance: Float?
  /// `rrmf/rank`: the ranking term.
  public var rankingLoss: Float = 0
  /// `rrmf/cross_entropy`: of the best candidate, nats a token.
  public var rankingCrossEntropy: Float = 0
  /// `rrmf/accuracy`: share of all steps' pairs in the right order; nil without a pair.
  public var rankingAccuracy: Float?
  /// `loss/ptx`: nats a token.
  public var pretrainingLoss: Float = 0
  /// Norm of the policy's gradient before clipping.
  public var gradientNorm: Float = 0
  /// Norm of the critic's gradient before clipping.
  public var criticGradientNorm: Float = 0
  /// Steps of policy or critic that changed nothing, because a loss or gradient was not finite.
  public var skippedSteps = 0
  /// β of the batch.
  public var klCoefficient: Float = 0
  /// η of the policy.
  public var learningRate: Float = 0
  /// Mean tokens of a response.
  public var responseLength: Float = 0
  /// `val/missing_end`: share of responses without end token.
  public var missingEndShare: Float = 0
  /// Optimizer steps.
  public var steps = 0
  private var rankedPairs = 0

  /// Zeros.
  public init() {}

  /// Name and value of each metric, by the field's names.
  public var metrics: [(name: String, value: Float)] {
    [
      ("objective/kl", kl), ("objective/scores", scores),
      ("objective/non_score_reward", nonScoreReward),
      ("objective/rlhf_reward", scores + nonScoreReward), ("objective/entropy", responseEntropy),
      ("objective/kl_coef", klCoefficient), ("policy/approxkl_avg", approximateKL),
      ("policy/clipfrac_avg", clipFraction), ("policy/entropy_avg", entropy),
      ("policy/grad_norm", gradientNorm),
      ("val/grad_norm", criticGradientNorm), ("val/steps", Float(steps)),
      ("val/skipped_steps", Float(skippedSteps)),
      ("loss/policy_avg", policyLoss), ("loss/value_avg", valueLoss), ("loss/ptx", pretrainingLoss),
      ("val/clipfrac_avg", valueClipFraction), ("val/ratio", ratio),
      ("val/first_ratio", firstRatio),
      ("val/ratio_var", ratioVariance), ("val/missing_end", missingEndShare),
      ("val/response_length", responseLength), ("rrmf/rank", rankingLoss),
      ("rrmf/cross_entropy", rankingCrossEntropy), ("lr", learningRate),
    ] + (rankingAccuracy.map { [("rrmf/accuracy", $0)] } ?? [])
      + (explainedVariance.map { [("val/explained_variance", $0)] } ?? [])
  }

  mutating func add(_ loss: PolicyLoss) {
    policyLoss += loss.result.loss
    approximateKL += loss.approximateKL
    clipFraction += loss.clipFraction
    ratio += loss.meanRatio
    ratioVariance += loss.ratioVariance
  }

  mutating func add(_ loss: ValueLoss) {
    valueLoss += loss.result.loss
    valueClipFraction += loss.clipFraction
  }

  mutating func add(_ loss: RankingLoss) {
    rankingLoss += loss.rank
    rankingCrossEntropy += loss.crossEntropy
    guard let accuracy = loss.accuracy else { return }
    // A running mean that weighs each step by its pairs: steps of ties alone say nothing.
    rankedPairs += loss.pairs
    let earlier = rankingAccuracy ?? 0
    rankingAccuracy = earlier + (accuracy - earlier) * Float(loss.pairs) / Float(rankedPairs)
  }

  /// Counts a step of one network as taken or skipped.
  mutating func noteStep(loss: Float, norm: Float, _ normSum: WritableKeyPath<Self, Float>) {
    if loss.isFinite && norm.isFinite {
      self[keyPath: normSum] += norm
    } else {
      skippedSteps += 1
    }
  }

  /// Turns sums over steps into means.
  mutating func averageOverSteps() {
    let scale = 1 / Float(max(1, steps))
    let sums: [WritableKeyPath<Self, Float>] = [
      \.policyLoss, \.approximateKL, \.clipFraction, \.ratio, \.ratioVariance, \.valueLoss,
      \.valueClipFraction, \.rankingLoss, \.rankingCrossEntropy, \.pretrainingLoss,
      \.gradientNorm, \.criticGradientNorm,
    ]
    for sum in sums { self[keyPath: sum] *= scale }
  }
}
