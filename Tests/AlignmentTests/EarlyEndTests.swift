import Alignment
import TestSupport
import Testing

private struct EarlyEndCase: Decodable {
  let estimator: KLEstimator
  let discount, decay, beta, clip, missingEndPenalty: Float
  let offsets: [Int]
  let hasEnd: [Bool]
  let logProbs, referenceLogProbs, values, scores, newLogProbs, newValues: [Float]
  let rewards, responseKL, finalScores, advantages, returns, whitened: [Double]
  let policyGradient, valueGradient: [Double]
  let kl, missingEndShare, policyLoss, approximateKL, clipFraction, meanRatio: Double
  let ratioVariance, valueLoss, valueClipFraction: Double
}

/// From log-probs to losses in one piece where responses end early, at the limit or not at all: the
/// score at the last token, no value after it, a fixed score without end token.
///
/// The reference has padded rectangles full of numbers that would be noticed, and n-step returns
/// instead of our recursion; each of our steps reads what the one before it gave, rounded to Float32.
@Suite struct EarlyEndTests {
  private let cases: [EarlyEndCase]

  init() throws { cases = try GoldenFile<EarlyEndCase>.cases("early-ends") }

  @Test func goldenRewards() {
    for golden in cases {
      let found = reward(golden)
      expectClose(found.rewards, golden.rewards)
      expectClose(found.responseKL, golden.responseKL)
      expectClose(found.scores, golden.finalScores)
      expectClose([found.kl, found.missingEndShare], [golden.kl, golden.missingEndShare])
    }
  }

  @Test func goldenAdvantages() {
    for golden in cases {
      let found = estimate(golden)
      expectClose(found.advantages, golden.advantages, tolerance: 2e-6)
      expectClose(found.returns, golden.returns, tolerance: 2e-6)
      expectClose(
        whitened(found.advantages, shiftMean: true), golden.whitened, tolerance: 2e-6)
    }
  }

  @Test func goldenLosses() {
    for golden in cases {
      let estimate = estimate(golden)
      let policy = clippedPolicyLoss(
        logProbs: golden.newLogProbs, oldLogProbs: golden.logProbs,
        advantages: whitened(estimate.advantages, shiftMean: true), clipRange: golden.clip)
      expectClose(policy.result.gradient, golden.policyGradient, tolerance: 2e-6)
      expectClose(
        [
          policy.result.loss, policy.approximateKL, policy.clipFraction, policy.meanRatio,
          policy.ratioVariance,
        ],
        [
          golden.policyLoss, golden.approximateKL, golden.clipFraction, golden.meanRatio,
          golden.ratioVariance,
        ], tolerance: 2e-6)
      let value = clippedValueLoss(
        values: golden.newValues, oldValues: golden.values, returns: estimate.returns,
        clipRange: golden.clip)
      expectClose(value.result.gradient, golden.valueGradient, tolerance: 2e-6)
      expectClose(
        [value.result.loss, value.clipFraction], [golden.valueLoss, golden.valueClipFraction],
        tolerance: 2e-6)
    }
  }

  private func reward(_ golden: EarlyEndCase) -> KLReward {
    klReward(
      scores: golden.scores, hasEnd: golden.hasEnd, logProbs: golden.logProbs,
      referenceLogProbs: golden.referenceLogProbs, offsets: golden.offsets,
      klCoefficient: golden.beta, estimator: golden.estimator,
      missingEndPenalty: golden.missingEndPenalty)
  }

  private func estimate(_ golden: EarlyEndCase) -> AdvantageEstimate {
    generalizedAdvantages(
      rewards: reward(golden).rewards, values: golden.values, offsets: golden.offsets,
      discount: golden.discount, lambda: golden.decay)
  }
}
