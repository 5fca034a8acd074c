import Alignment
import TestSupport
import Testing

private struct LossCase: Decodable {
  let clip: Float
  let new, old, advantages, newValues, oldValues, returns: [Float]
  let policyLoss, approximateKL, policyClipFraction, meanRatio, ratioVariance: Double
  let valueLoss, valueClipFraction: Double
  let policyGradient, valueGradient: [Double]
  let explainedVariance: Double?
}

@Suite struct ClippedLossTests {
  @Test func goldenPolicyLoss() throws {
    for golden in try GoldenFile<LossCase>.cases("losses") {
      let found = clippedPolicyLoss(
        logProbs: golden.new, oldLogProbs: golden.old, advantages: golden.advantages,
        clipRange: golden.clip)
      expectClose(found.result.gradient, golden.policyGradient)
      expectClose(
        [
          found.result.loss, found.approximateKL, found.clipFraction, found.meanRatio,
          found.ratioVariance,
        ],
        [
          golden.policyLoss, golden.approximateKL, golden.policyClipFraction, golden.meanRatio,
          golden.ratioVariance,
        ])
    }
  }

  @Test func goldenValueLoss() throws {
    for golden in try GoldenFile<LossCase>.cases("losses") {
      let found = clippedValueLoss(
        values: golden.newValues, oldValues: golden.oldValues, returns: golden.returns,
        clipRange: golden.clip)
      expectClose(found.result.gradient, golden.valueGradient)
      expectClose(
        [found.result.loss, found.clipFraction], [golden.valueLoss, golden.valueClipFraction])
      let explained = explainedVariance(values: golden.newValues, returns: golden.returns)
      expectClose(
        explained.map { [$0] } ?? [], golden.explainedVariance.map { [$0] } ?? [], tolerance: 1e-5)
    }
  }

  @Test(arguments: [1, 5, 32])
  func gradients(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    func values(_ range: ClosedRange<Float>) -> [Float] {
      (0..<count).map { _ in Float.random(in: range, using: &random) }
    }
    let old = values(-3...0)
    let advantages = values(-1...1)
    let new = zip(old, values(-0.5...0.5)).map { $0 + $1 }
    expectGradient(at: new) { input in
      let result = clippedPolicyLoss(
        logProbs: input, oldLogProbs: old, advantages: advantages, clipRange: 0.2
      ).result
      return (result.loss, result.gradient)
    }
    expectGradient(at: new) { input in
      let result = clippedValueLoss(
        values: input, oldValues: old, returns: advantages, clipRange: 0.2
      ).result
      return (result.loss, result.gradient)
    }
  }

  /// On the first minibatch the policy is the old one: ratio exactly 1, KL exactly 0.
  @Test func anUnchangedPolicyHasRatioOne() {
    let found = clippedPolicyLoss(
      logProbs: [-1.5, -0.25], oldLogProbs: [-1.5, -0.25], advantages: [2, -4], clipRange: 0.2)
    #expect(found.meanRatio == 1 && found.ratioVariance == 0 && found.approximateKL == 0)
    #expect(found.clipFraction == 0)
    #expect(found.result == LossGradient(loss: 1, gradient: [-1, 2]))
  }

  /// Beyond the clip range only steps back are rewarded.
  @Test func clippingStopsTheGradientOnOneSideOnly() {
    let found = clippedPolicyLoss(
      logProbs: [1, 1, -1, -1], oldLogProbs: [0, 0, 0, 0], advantages: [1, -1, 1, -1],
      clipRange: 0.2)
    #expect(found.result.gradient[0] == 0 && found.result.gradient[3] == 0)
    #expect(found.result.gradient[1] > 0 && found.result.gradient[2] < 0)
    #expect(found.clipFraction == 0.5)
  }

  @Test func nothingGivesZeros() {
    let policy = clippedPolicyLoss(logProbs: [], oldLogProbs: [], advantages: [], clipRange: 0.2)
    #expect(policy.result == LossGradient(loss: 0, gradient: []))
    let value = clippedValueLoss(values: [], oldValues: [], returns: [], clipRange: 0.2)
    #expect(value.result == LossGradient(loss: 0, gradient: []))
  }

  @Test func explainedVarianceOfPerfectConstantAndUndefined() {
    #expect(explainedVariance(values: [1, 2, 4], returns: [1, 2, 4]) == 1)
    #expect(explainedVariance(values: [3, 3, 3], returns: [1, 2, 4]) == 0)
    #expect(explainedVariance(values: [1, 2], returns: [5, 5]) == nil)
  }

  @Test func likelihoodWeightsSumToOneAndSkipThePrompt() {
    let isTarget = [false, true, true, false, false, true]
    let offsets = [0, 3, 6]
    let byToken = likelihoodWeights(isTarget: isTarget, offsets: offsets, averaging: .tokens)
    expectClose(byToken, [0, 1 / 3.0, 1 / 3.0, 0, 0, 1 / 3.0])
    let byRow = likelihoodWeights(isTarget: isTarget, offsets: offsets, averaging: .rows)
    #expect(byRow == [0, 0.25, 0.25, 0, 0, 0.5])
    let loss = negativeLogLikelihood(logProbs: [-.infinity, -1, -2, -9, -9, -4], weights: byRow)
    #expect(loss == LossGradient(loss: 2.75, gradient: [0, -0.25, -0.25, 0, 0, -0.5]))
  }

  @Test func aRowWithoutTargetIsRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = likelihoodWeights(isTarget: [true, false], offsets: [0, 1, 2], averaging: .rows)
    }
  }
}
