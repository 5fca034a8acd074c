import Alignment
import TestSupport
import Testing

private struct AdvantageCase: Decodable {
  let discount, decay, beta: Float
  let offsets: [Int]
  let logProbs, referenceLogProbs, values, scores, rewards, whiteningInput: [Float]
  let hasEnd: [Bool]
  let rewardsK1, rewardsK3, advantages, returns, whitened, whitenedKeepingMean: [Double]
  let kl: Double
}

@Suite struct GeneralizedAdvantageTests {
  @Test func goldenAdvantages() throws {
    for golden in try GoldenFile<AdvantageCase>.cases("advantages") {
      let found = generalizedAdvantages(
        rewards: golden.rewards, values: golden.values, offsets: golden.offsets,
        discount: golden.discount, lambda: golden.decay)
      expectClose(found.advantages, golden.advantages)
      expectClose(found.returns, golden.returns)
    }
  }

  @Test func goldenRewards() throws {
    for golden in try GoldenFile<AdvantageCase>.cases("advantages") {
      for (estimator, expected) in [
        (KLEstimator.k1, golden.rewardsK1), (.k3, golden.rewardsK3),
      ] {
        let found = klReward(
          scores: golden.scores, hasEnd: golden.hasEnd, logProbs: golden.logProbs,
          referenceLogProbs: golden.referenceLogProbs, offsets: golden.offsets,
          klCoefficient: golden.beta, estimator: estimator, missingEndPenalty: -1)
        expectClose(found.rewards, expected)
        if estimator == .k1 { expectClose([found.kl], [golden.kl]) }
      }
    }
  }

  @Test func goldenWhitening() throws {
    for golden in try GoldenFile<AdvantageCase>.cases("advantages") {
      expectClose(whitened(golden.whiteningInput, shiftMean: true), golden.whitened)
      expectClose(whitened(golden.whiteningInput, shiftMean: false), golden.whitenedKeepingMean)
    }
  }

  @Test func lambdaZeroGivesErrorsAndOneGivesReturnsMinusValues() {
    var random = SeededGenerator(seed: 3)
    let rewards = (0..<20).map { _ in Float.random(in: -1...1, using: &random) }
    let values = (0..<20).map { _ in Float.random(in: -1...1, using: &random) }
    let following = values.dropFirst() + [0]
    let errors = zip(zip(rewards, values), following).map { token, next in
      Double(token.0) + Double(Float(0.9)) * Double(next) - Double(token.1)
    }
    expectClose(
      generalizedAdvantages(
        rewards: rewards, values: values, offsets: [0, 20], discount: 0.9, lambda: 0
      ).advantages,
      errors)
    var discounted = [Double](repeating: 0, count: 21)
    for token in (0..<20).reversed() {
      discounted[token] = Double(rewards[token]) + Double(Float(0.9)) * discounted[token + 1]
    }
    expectClose(
      generalizedAdvantages(
        rewards: rewards, values: values, offsets: [0, 20], discount: 0.9, lambda: 1
      ).advantages,
      (0..<20).map { discounted[$0] - Double(values[$0]) })
  }

  @Test func aBatchEqualsItsRows() {
    var random = SeededGenerator(seed: 4)
    let offsets = [0, 4, 5, 5, 12]
    let rewards = (0..<12).map { _ in Float.random(in: -1...1, using: &random) }
    let values = (0..<12).map { _ in Float.random(in: -1...1, using: &random) }
    let batch = generalizedAdvantages(
      rewards: rewards, values: values, offsets: offsets, discount: 1, lambda: 0.95)
    let single = zip(offsets, offsets.dropFirst()).flatMap {
      generalizedAdvantages(
        rewards: Array(rewards[$0..<$1]), values: Array(values[$0..<$1]), offsets: [0, $1 - $0],
        discount: 1, lambda: 0.95
      ).advantages
    }
    #expect(batch.advantages == single)
  }

  @Test func whiteningGivesMeanZeroAndDeviationOne() {
    var random = SeededGenerator(seed: 5)
    let white = whitened(
      (0..<500).map { _ in Float.random(in: 2...9, using: &random) }, shiftMean: true)
    #expect(abs(white.reduce(0, +) / 500) < 1e-5)
    #expect(abs(white.reduce(0) { $0 + $1 * $1 } / 500 - 1) < 1e-4)
    #expect(whitened([4], shiftMean: true) == [0])
    #expect(whitened([4, 4], shiftMean: false) == [4, 4])
    #expect(whitened([], shiftMean: true).isEmpty)
  }

  @Test func countsMustAgree() async {
    await #expect(processExitsWith: .failure) {
      _ = generalizedAdvantages(
        rewards: [1], values: [1, 2], offsets: [0, 1], discount: 1, lambda: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = generalizedAdvantages(
        rewards: [1, 2], values: [1, 2], offsets: [0, 1], discount: 1, lambda: 1)
    }
  }
}
