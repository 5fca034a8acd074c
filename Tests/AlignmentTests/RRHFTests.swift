import Alignment
import TestSupport
import Testing

/// RRHF's loss as its published code computes it, not as its paper states it: the judge that shows
/// what our `rankingLoss` does otherwise. Rows are padded; padding has log-prob 0.
private enum RRHFCode {
  /// Σₜ log π / length, where the padding marks have been overwritten before they are counted: the
  /// length is that of the rectangle (RRHF#37).
  static func scores(_ logProbs: [[Double]]) -> [Double] {
    logProbs.map { $0.reduce(0, +) / Double($0.count) }
  }

  /// −Σ (pⱼ − pᵢ) over the rows i that are better than row 0 and less likely than it, and all j: what
  /// is left of the pairs after an index that is right for rewards of shape [1, k] only (RRHF#29).
  static func rank(_ scores: [Double], rewards: [Double]) -> Double {
    let rows = scores.indices.filter { rewards[$0] > rewards[0] && scores[$0] < scores[0] }
    return -rows.reduce(0.0) { sum, row in
      sum + scores.reduce(0.0) { $0 + $1 - scores[row] }
    }
  }

  /// −mean log π of the best row, padding included (RRHF#51).
  static func crossEntropy(_ logProbs: [[Double]], rewards: [Double]) -> Double {
    let best = rewards.indices.reduce(0) { rewards[$1] > rewards[$0] ? $1 : $0 }
    return -logProbs[best].reduce(0, +) / Double(logProbs[best].count)
  }
}

@Suite struct RRHFTests {
  /// RRHF#29: likelihoods 1, 2, 3, 4 against rewards 4, 3, 2, 1. Every pair is inverted, and the
  /// published code finds nothing to improve.
  @Test func anInvertedRankingCosts() {
    #expect(RRHFCode.rank([1, 2, 3, 4], rewards: [4, 3, 2, 1]) == 0)
    let found = loss([1, 2, 3, 4], scores: [4, 3, 2, 1])
    // Six pairs, with distances 1, 1, 1, 2, 2, 3.
    #expect(found.pairs == 6 && found.accuracy == 0)
    expectClose([found.rank], [10.0 / 6])
    expectClose(found.result.gradient, [-3, -1, 1, 3].map { $0 / 6 })
  }

  /// The loss is no hinge either: rows are summed whole, those in the right order with a negative sign.
  @Test func theLossIsNeverNegative() {
    #expect(RRHFCode.rank([2, 1, 3], rewards: [1, 2, 3]) == -3)
    let found = loss([2, 1, 3], scores: [1, 2, 3])
    expectClose([found.rank], [1 / 3.0])
    expectClose(found.result.gradient, [1, -1, 0].map { $0 / 3 })

    var random = SeededGenerator(seed: 16)
    for _ in 0..<50 {
      let means = random.symmetric(6, scale: 4)
      let scores = (0..<6).map { _ in Float(Int.random(in: 0..<4, using: &random)) }
      #expect(loss(means, scores: scores).rank >= 0)
    }
  }

  /// RRHF#37: two tokens of log-prob −2 against six of −1, in a rectangle of eight. Divided by the
  /// padded length the first is the likelier, and nothing is learned; it is the less likely by token.
  @Test func lengthsAreReal() {
    let short: [Double] = [-2, -2]
    let long = [Double](repeating: -1, count: 6)
    let padded = [short, long].map { $0 + [Double](repeating: 0, count: 8 - $0.count) }
    #expect(RRHFCode.scores(padded) == [-0.5, -0.75])
    #expect(RRHFCode.rank(RRHFCode.scores(padded), rewards: [1, 0]) == 0)
    #expect(RRHFCode.rank(RRHFCode.scores(padded.reversed()), rewards: [0, 1]) == 0)
    #expect(RRHFCode.crossEntropy(padded, rewards: [1, 0]) == 0.5)

    let means = rowMeans(of: (short + long).map { Float($0) }, offsets: [0, 2, 8])
    #expect(means == [-2, -1])
    let found = loss(means, scores: [1, 0], crossEntropyCoefficient: 1)
    #expect(found.rank == 1 && found.accuracy == 0 && found.crossEntropy == 2)
    #expect(found.result == LossGradient(loss: 3, gradient: [-2, 1]))
  }

  /// More padding changes RRHF's numbers; ours cannot see it.
  @Test func paddingIsNotDividedBy() {
    let rows: [[Double]] = [[-3, -1], [-1, -1, -2]]
    let scores = [4, 16].map { width in
      RRHFCode.scores(rows.map { $0 + [Double](repeating: 0, count: width - $0.count) })
    }
    #expect(scores == [[-1, -1], [-0.25, -0.25]])
    expectClose(
      rowMeans(of: rows.joined().map { Float($0) }, offsets: [0, 2, 5]), [-2, -4 / 3.0])
  }

  /// The paper's sum over pairs grows with k²; the mean of a ranking and of its double is the same.
  @Test func theMeanDoesNotGrowWithTheRanking() {
    let once = loss([1, 2], scores: [1, 0])
    let often = loss([1, 2, 1, 2, 1, 2], scores: [1, 0, 1, 0, 1, 0])
    #expect(once.pairs == 1 && often.pairs == 9)
    #expect(once.rank == 1 && often.rank == 1)
  }

  private func loss(
    _ means: [Float], scores: [Float], crossEntropyCoefficient: Float = 0
  ) -> RankingLoss {
    rankingLoss(
      meanLogProbs: means, lengths: means.map { _ in 1 }, scores: scores,
      groups: [0, means.count], form: .hinge, crossEntropyCoefficient: crossEntropyCoefficient,
      minimumGap: 0)
  }
}
