import Alignment
import Foundation
import TestSupport
import Testing

private struct KLCase: Decodable {
  let target, horizon, start: Float
  let differences, series: [Float]
  let episodes: [Int]
  let k1, k3, coefficients: [Double]
}

/// What holds for every batch, and golden values of the KL estimators and of the coefficient.
@Suite struct PPOPropertyTests {
  @Test func goldenEstimators() throws {
    for golden in try GoldenFile<KLCase>.cases("kl") {
      for (estimator, expected) in [(KLEstimator.k1, golden.k1), (.k3, golden.k3)] {
        let found = golden.differences.map {
          estimator.estimate(logProb: $0, referenceLogProb: 0)
        }
        // Relative even next to 0: k3 of 1e-6 is 5e-13, and not the noise of its terms.
        for (value, exact) in zip(found, expected) {
          #expect(abs(Double(value) - exact) <= 1e-6 * abs(exact))
        }
      }
    }
  }

  /// Over thirty batches; each rounds β to Float32 once or twice.
  @Test func goldenCoefficientSeries() throws {
    for golden in try GoldenFile<KLCase>.cases("kl") {
      var controller = KLController(
        rule: .adaptive(target: golden.target, horizonEpisodes: golden.horizon),
        coefficient: golden.start)
      let found = zip(golden.series, golden.episodes).map { kl, episodes in
        controller.update(kl: kl, episodes: episodes)
        return controller.coefficient
      }
      #expect(found.count == golden.coefficients.count)
      for (value, exact) in zip(found, golden.coefficients) {
        #expect(abs(Double(value) / exact - 1) <= 1e-5)
      }
    }
  }

  /// Exactly on the border both terms are equal, and the gradient is that of the unclipped one.
  @Test func bordersOfTheValueRange() {
    let found = clippedValueLoss(
      values: [0.25, 0.5, -0.25, -0.5], oldValues: [0, 0, 0, 0], returns: [-1, -1, -1, -1],
      clipRange: 0.25)
    #expect(found.result.gradient == [0.3125, 0.375, 0.1875, 0])
    #expect(found.clipFraction == 0.25)
  }

  /// log 1.2 is 0.18232 and log 0.8 is −0.22314: a hair inside a border the gradient is whole, a hair
  /// outside it is 0 where the step was a gain.
  @Test(arguments: [
    (0.1823, 2, false), (0.1824, 2, true), (0.1824, -2, false), (-0.2231, -2, false),
    (-0.2232, -2, true), (-0.2232, 2, false),
  ])
  func bordersOfTheRatio(difference: Float, advantage: Float, isClipped: Bool) {
    let found = clippedPolicyLoss(
      logProbs: [difference], oldLogProbs: [0], advantages: [advantage], clipRange: 0.2)
    #expect(found.clipFraction == (isClipped ? 1 : 0))
    expectClose(
      found.result.gradient, [isClipped ? 0 : -exp(Double(difference)) * Double(advantage)])
  }

  @Test func aSingleTokenIsWhitenedToZero() {
    #expect(whitened([3.5], shiftMean: true) == [0])
    #expect(whitened([3.5], shiftMean: false) == [3.5])
    let policy = clippedPolicyLoss(
      logProbs: [-1], oldLogProbs: [-2], advantages: whitened([7], shiftMean: true), clipRange: 0.2)
    #expect(policy.result.loss == 0 && policy.result.gradient == [0])
  }

  /// The losses of a batch are the means of those of its rows, weighed by their tokens.
  @Test func lossesOfABatchAreThoseOfItsRows() {
    var batch = RandomBatch(rowCounts: [5, 1, 8, 2], seed: 17)
    let advantages = batch.numbers(2)
    let new = zip(batch.logProbs, batch.numbers(0.5)).map { $0 + $1 }
    let whole = clippedPolicyLoss(
      logProbs: new, oldLogProbs: batch.logProbs, advantages: advantages, clipRange: 0.2)
    let values = clippedValueLoss(
      values: new, oldValues: batch.logProbs, returns: advantages, clipRange: 0.2)
    var policyLoss = 0.0
    var valueLoss = 0.0
    for row in batch.rows {
      let share = Double(row.count) / Double(new.count)
      let policy = clippedPolicyLoss(
        logProbs: Array(new[row]), oldLogProbs: Array(batch.logProbs[row]),
        advantages: Array(advantages[row]), clipRange: 0.2)
      let value = clippedValueLoss(
        values: Array(new[row]), oldValues: Array(batch.logProbs[row]),
        returns: Array(advantages[row]), clipRange: 0.2)
      policyLoss += share * Double(policy.result.loss)
      valueLoss += share * Double(value.result.loss)
      expectClose(
        Array(whole.result.gradient[row]), policy.result.gradient.map { share * Double($0) })
      expectClose(
        Array(values.result.gradient[row]), value.result.gradient.map { share * Double($0) })
    }
    expectClose([whole.result.loss, values.result.loss], [policyLoss, valueLoss])
  }

  /// Rewards and advantages of a row do not depend on the others, nor on their order.
  @Test(arguments: KLEstimator.allCases)
  func rewardsOfABatchAreThoseOfItsRows(estimator: KLEstimator) {
    let batch = RandomBatch(rowCounts: [4, 9, 1, 6], seed: 18)
    let whole = batch.rewards(of: Array(batch.rows.indices), estimator)
    let estimate = batch.advantages(whole, of: Array(batch.rows.indices))
    let reversed = Array(batch.rows.indices.reversed())
    let turned = batch.rewards(of: reversed, estimator)
    let turnedEstimate = batch.advantages(turned, of: reversed)
    var end = turned.rewards.count
    for (index, row) in batch.rows.enumerated() {
      let alone = batch.rewards(of: [index], estimator)
      let place = end - row.count..<end
      end -= row.count
      #expect(Array(whole.rewards[row]) == alone.rewards)
      #expect(Array(turned.rewards[place]) == alone.rewards)
      let expected = batch.advantages(alone, of: [index])
      #expect(Array(estimate.advantages[row]) == expected.advantages)
      #expect(Array(estimate.returns[row]) == expected.returns)
      #expect(Array(turnedEstimate.advantages[place]) == expected.advantages)
    }
    #expect(abs(whole.kl - turned.kl) < 1e-6)
  }
}

/// Rows of random log-probs, values and scores.
private struct RandomBatch {
  private var random: SeededGenerator
  let rows: [Range<Int>]
  private(set) var logProbs: [Float] = []
  private var reference: [Float] = []
  private var values: [Float] = []
  private var scores: [Float] = []

  init(rowCounts: [Int], seed: UInt64) {
    random = SeededGenerator(seed: seed)
    var start = 0
    rows = rowCounts.map { count in
      defer { start += count }
      return start..<start + count
    }
    logProbs = numbers(2).map { $0 - 2 }
    reference = zip(logProbs, numbers(0.5)).map { $0 + $1 }
    values = numbers(1)
    scores = random.symmetric(rowCounts.count)
  }

  /// One for each token, within ±scale.
  mutating func numbers(_ scale: Float) -> [Float] {
    random.symmetric(rows.reduce(0) { $0 + $1.count }, scale: scale)
  }

  func rewards(of order: [Int], _ estimator: KLEstimator) -> KLReward {
    klReward(
      scores: order.map { scores[$0] }, hasEnd: order.map { $0 % 2 == 0 },
      logProbs: order.flatMap { logProbs[rows[$0]] },
      referenceLogProbs: order.flatMap { reference[rows[$0]] }, offsets: offsets(order),
      klCoefficient: 0.25, estimator: estimator, missingEndPenalty: -1)
  }

  func advantages(_ reward: KLReward, of order: [Int]) -> AdvantageEstimate {
    generalizedAdvantages(
      rewards: reward.rewards, values: order.flatMap { values[rows[$0]] },
      offsets: offsets(order), discount: 0.9, lambda: 0.8)
  }

  private func offsets(_ order: [Int]) -> [Int] {
    order.reduce(into: [0]) { $0.append($0[$0.count - 1] + rows[$1].count) }
  }
}
