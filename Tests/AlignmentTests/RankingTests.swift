import Alignment
import TestSupport
import Testing

private struct RankingCase: Decodable {
  let offsets, lengths: [Int]
  let gap: Float
  let scores, sums, rewards: [Float]
  let pairs: Int
  let hinge, bradleyTerry, crossEntropy, rewardLoss: Double
  let hingeGradient, bradleyTerryGradient, rewardGradient: [Double]
}

@Suite struct RankingTests {
  @Test func goldenRankingLoss() throws {
    for golden in try GoldenFile<RankingCase>.cases("rankings") {
      for (form, rank, gradient) in [
        (RankingForm.hinge, golden.hinge, golden.hingeGradient),
        (.bradleyTerry, golden.bradleyTerry, golden.bradleyTerryGradient),
      ] {
        let found = rankingLoss(
          meanLogProbs: zip(golden.sums, golden.lengths).map { $0 / Float($1) },
          lengths: golden.lengths, scores: golden.scores, groups: golden.offsets, form: form,
          crossEntropyCoefficient: 1, minimumGap: golden.gap)
        expectClose(
          [found.rank, found.crossEntropy, found.result.loss],
          [rank, golden.crossEntropy, rank + golden.crossEntropy])
        expectClose(found.result.gradient, gradient)
        #expect(found.pairs == golden.pairs)
      }
    }
  }

  @Test func goldenRewardLoss() throws {
    for golden in try GoldenFile<RankingCase>.cases("rankings") {
      let found = pairwiseRewardLoss(
        rewards: golden.rewards, scores: golden.scores, groups: golden.offsets,
        minimumGap: golden.gap)
      expectClose([found.result.loss], [golden.rewardLoss])
      expectClose(found.result.gradient, golden.rewardGradient)
      #expect(found.pairs == golden.pairs)
    }
  }

  @Test(arguments: [[0, 2], [0, 4, 9], [0, 1, 5, 13]])
  func gradients(groups: [Int]) {
    var random = SeededGenerator(seed: 8)
    let count = groups.last ?? 0
    let scores = (0..<count).map { _ in Float(Int.random(in: 0..<4, using: &random)) }
    let input = (0..<count).map { _ in Float.random(in: -2...2, using: &random) }
    let lengths = [Int](repeating: 1, count: count)
    for form in RankingForm.allCases {
      expectGradient(at: input) { input in
        let result = rankingLoss(
          meanLogProbs: input, lengths: lengths, scores: scores, groups: groups, form: form,
          crossEntropyCoefficient: 0.5, minimumGap: 0
        ).result
        return (result.loss, result.gradient)
      }
    }
    expectGradient(at: input) { input in
      let result = pairwiseRewardLoss(
        rewards: input, scores: scores, groups: groups, minimumGap: 0
      ).result
      return (result.loss, result.gradient)
    }
  }

  @Test func invertedRankingCostsAndTheRightOneDoesNot() {
    func loss(_ means: [Float]) -> RankingLoss {
      rankingLoss(
        meanLogProbs: means, lengths: [1, 1, 1, 1], scores: [4, 3, 2, 1], groups: [0, 4],
        form: .hinge, crossEntropyCoefficient: 0, minimumGap: 0)
    }
    let inverted = loss([-4, -3, -2, -1])
    #expect(inverted.result.loss > 0 && inverted.accuracy == 0 && inverted.pairs == 6)
    let right = loss([-1, -2, -3, -4])
    #expect(right.result == LossGradient(loss: 0, gradient: [0, 0, 0, 0]))
    #expect(right.accuracy == 1)
    // An inversion outside of the first row counts as well.
    #expect(loss([-1, -4, -3, -2]).result.loss > 0)
  }

  /// Equal totals over different lengths: the longer candidate is the likelier per token.
  @Test func realLengthsDecide() {
    let offsets = [0, 2, 8]
    let logProbs: [Float] = [-4, -2, -1, -1, -1, -1, -1, -1]
    let found = rankingLoss(
      meanLogProbs: rowMeans(of: logProbs, offsets: offsets), lengths: [2, 6], scores: [1, 0],
      groups: [0, 2], form: .hinge,
      crossEntropyCoefficient: 1, minimumGap: 0)
    #expect(found.rank == 2 && found.crossEntropy == 3)
    #expect(found.result.gradient == [-2, 1])
    expectClose(
      rowMeansGradient(found.result.gradient, offsets: offsets),
      [-1, -1] + [Double](repeating: 1 / 6.0, count: 6))
  }

  @Test func tiesAreLeftOut() {
    let tied = rankingLoss(
      meanLogProbs: [-1, -2, -3], lengths: [1, 1, 1], scores: [1, 1, 1], groups: [0, 3],
      form: .bradleyTerry, crossEntropyCoefficient: 1, minimumGap: 0)
    #expect(tied.result == LossGradient(loss: 0, gradient: [0, 0, 0]))
    #expect(tied.pairs == 0 && tied.accuracy == nil)
    let near = pairwiseRewardLoss(
      rewards: [0, 5, 1], scores: [0.5, 0.75, 1], groups: [0, 3], minimumGap: 0.25)
    #expect(near.pairs == 1 && near.accuracy == 1)
    #expect(near.result.gradient[1] == 0)
  }

  /// Repeating a ranking changes neither loss nor scale (no growth with k²).
  @Test func rankingsOfABatchAverage() {
    var random = SeededGenerator(seed: 9)
    let rewards = (0..<5).map { _ in Float.random(in: -1...1, using: &random) }
    let scores: [Float] = [0, 1, 2, 3, 3]
    let once = pairwiseRewardLoss(rewards: rewards, scores: scores, groups: [0, 5], minimumGap: 0)
    let twice = pairwiseRewardLoss(
      rewards: rewards + rewards, scores: scores + scores, groups: [0, 5, 10], minimumGap: 0)
    #expect(abs(once.result.loss - twice.result.loss) < 1e-6)
    expectClose(
      twice.result.gradient,
      (once.result.gradient + once.result.gradient).map { Double($0) / 2 })
  }

  @Test func bestOfEqualScoresIsTheShorter() {
    let found = rankingLoss(
      meanLogProbs: [-2, -1, -1], lengths: [4, 2, 1], scores: [1, 1, 0], groups: [0, 3],
      form: .hinge, crossEntropyCoefficient: 1, minimumGap: 0)
    #expect(found.crossEntropy == 1)
  }

  @Test func accuracyByMarginCountsEachPairOnce() {
    let pairs = judgedPairs(
      rewards: [0, 0, 1, 3], scores: [0, 1, 2, 1.5], groups: [0, 4], minimumGap: 0)
    let bins = accuracyByMargin(pairs[0], lowerBounds: [0, 0.5, 2])
    #expect(bins.map(\.pairs) == [1, 2, 3])
    #expect(bins.map(\.accuracy) == [0.5, 1, 2 / 3])
    #expect(bins[0].expected == 0.5)
    let empty = accuracyByMargin([], lowerBounds: [0])
    #expect(empty.map(\.pairs) == [0] && empty[0].accuracy == nil && empty[0].expected == nil)
  }

  @Test func calibrationGivesMeanZeroAndDeviationOne() {
    var random = SeededGenerator(seed: 10)
    let rewards = (0..<300).map { _ in Float.random(in: 5...9, using: &random) }
    let calibrated = rewards.map { RewardCalibration(fitting: rewards)($0) }
    #expect(abs(calibrated.reduce(0, +) / 300) < 1e-5)
    #expect(abs(calibrated.reduce(0) { $0 + $1 * $1 } / 300 - 1) < 1e-4)
    #expect(RewardCalibration(fitting: [3, 3])(5) == 2)
    // Differences of rounding are not blown up.
    #expect(RewardCalibration(fitting: [300, Float(300).nextUp]).scale == 1)
    #expect(RewardCalibration(scale: 1, shift: 0)(0.7) == 0.7)
  }

  @Test func rowMeansAreMeansOfRows() {
    #expect(rowMeans(of: [1, 3, 5], offsets: [0, 2, 3]) == [2, 5])
    #expect(rowMeans(of: [], offsets: [0]).isEmpty)
    #expect(rowMeansGradient([6, 1], offsets: [0, 2, 3]) == [3, 3, 1])
  }
}
