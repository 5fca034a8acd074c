import Alignment
import TestSupport
import Testing

@Suite struct JudgedPairsTests {
  @Test func gapsAndMarginsOfEveryUntiedPair() {
    let pairs = judgedPairs(
      rewards: [1, 3, 3, 0.5, 0.25], scores: [0.5, 0.25, 0, 1, 1], groups: [0, 3, 5],
      minimumGap: 0.25)
    // 0.5 and 0.25 are tied at this gap, and so are 0.25 and 0.
    #expect(pairs.map { $0.map(\.gap) } == [[0.5], []] && pairs[0][0].margin == -2)
    let all = judgedPairs(
      rewards: [1, 3, 3], scores: [0.5, 0.25, 0], groups: [0, 3], minimumGap: 0)
    #expect(all[0].map(\.margin) == [-2, -2, 0] && all[0].map(\.credit) == [0, 0, 0.5])
    #expect(all[0].map(\.gap) == [0.25, 0.5, 0.25])
  }

  /// They are the pairs that the loss counts.
  @Test func creditsGiveTheAccuracyOfTheLoss() {
    var random = SeededGenerator(seed: 1)
    let groups = [0, 5, 5, 6, 14]
    let rewards = (0..<14).map { _ in Float.random(in: -2...2, using: &random) }
    let scores = (0..<14).map { _ in Float.random(in: 0...1, using: &random) }
    let credits = judgedPairs(rewards: rewards, scores: scores, groups: groups, minimumGap: 0.1)
      .joined().map(\.credit)
    let loss = pairwiseRewardLoss(
      rewards: rewards, scores: scores, groups: groups, minimumGap: 0.1)
    #expect(credits.count == loss.pairs)
    #expect(Float(credits.reduce(0, +) / Double(credits.count)) == loss.accuracy)
  }
}
