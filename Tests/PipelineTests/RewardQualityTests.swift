import Alignment
import FeedbackStore
import Foundation
import Pipeline
import TestSupport
import Testing

/// Figures about reward models, on rankings made by hand.
@Suite struct RewardQualityTests {
  /// Clusters of two rankings with `candidates` of random scores each.
  private func world(
    clusters: Int, candidates: Int = 6, seed: UInt64 = 1
  ) -> (rankings: [RankingExample], clusters: [String]) {
    var random = SeededGenerator(seed: seed)
    let rankings = (0..<2 * clusters).map { _ in
      RankingExample(
        prompt: [1], candidates: Array(repeating: [2], count: candidates),
        scores: (0..<candidates).map { _ in Float.random(in: 0...1, using: &random) })
    }
    return (rankings, rankings.indices.map { "cluster \($0 / 2)" })
  }

  private func quality(
    _ rankings: [RankingExample], _ clusters: [String], rewards: [Float], minimumGap: Float = 0.05
  ) -> RewardQuality {
    var random = SeededGenerator(seed: 2)
    return RewardQuality(
      of: rankings, rewards: rewards, clusters: clusters, minimumGap: minimumGap, using: &random)
  }

  @Test func aPerfectAndAnInvertedModel() throws {
    let (rankings, clusters) = world(clusters: 15)
    let scores = rankings.flatMap(\.scores)
    let perfect = quality(rankings, clusters, rewards: scores.map { 10 * $0 })
    #expect(perfect.clusters == 15 && perfect.rankings == 30)
    #expect(perfect.accuracy?.mean == 1 && perfect.accuracy?.low == 1)
    #expect(perfect.isAboveChance == true)
    #expect(perfect.byGap.allSatisfy { $0.accuracy == 1 || $0.pairs < RewardQuality.fewestPairs })
    #expect(perfect.byGap.map(\.lowerBound) == [0.05, 0.1, 0.2, 0.4])
    #expect(perfect.byGap.reduce(0) { $0 + $1.pairs } == perfect.pairs)
    #expect(perfect.byMargin.reduce(0) { $0 + $1.pairs } == perfect.pairs)
    let inverted = quality(rankings, clusters, rewards: scores.map { -10 * $0 })
    #expect(inverted.accuracy?.mean == 0 && inverted.isAboveChance == false)
    #expect(
      try #require(inverted.expectedCalibrationError) > 0.5, "sure of itself and always wrong")
    #expect(perfect.pairs == inverted.pairs && perfect.pairs < 30 * 15, "ties are left out")
  }

  /// A model that knows nothing is not called better than chance, seed after seed.
  @Test func aRandomModelIsNotAboveChance() throws {
    var above = 0
    for seed in 0..<20 as Range<UInt64> {
      let (rankings, clusters) = world(clusters: 20, seed: seed)
      var random = SeededGenerator(seed: 100 + seed)
      let rewards = rankings.flatMap(\.scores).map { _ in Float.random(in: -1...1, using: &random) }
      let quality = quality(rankings, clusters, rewards: rewards)
      let accuracy = try #require(quality.accuracy)
      #expect(accuracy.low < accuracy.mean && accuracy.mean < accuracy.high)
      #expect(abs(accuracy.mean - 0.5) < 0.15)
      if quality.isAboveChance == true { above += 1 }
    }
    #expect(above <= 3, "2.5 % are expected")
  }

  /// Pairs that are right with the probability that the margin claims have no calibration error.
  @Test func aCalibratedModelHasASmallError() throws {
    var random = SeededGenerator(seed: 3)
    var rewards: [Float] = []
    let rankings = (0..<1500).map { _ in
      let margin = Float.random(in: 0...3, using: &random)
      let isRight = Float.random(in: 0..<1, using: &random) < 1 / (1 + exp(-margin))
      rewards += [isRight ? margin : -margin, 0]
      return RankingExample(prompt: [1], candidates: [[2], [3]], scores: [1, 0])
    }
    let clusters = rankings.indices.map { "\($0)" }
    let calibrated = quality(rankings, clusters, rewards: rewards)
    let sure = quality(rankings, clusters, rewards: rewards.map { 20 * $0 })
    #expect(try #require(calibrated.expectedCalibrationError) < 0.04)
    #expect(try #require(sure.expectedCalibrationError) > 0.15)
    #expect(calibrated.accuracy == sure.accuracy)
  }

  @Test func tooFewSayNothing() {
    // Few clusters of many pairs; enough clusters of a pair each.
    let worlds = [
      world(clusters: RewardQuality.fewestClusters - 1, candidates: 20),
      world(clusters: RewardQuality.fewestPairs / 2 - 1, candidates: 2),
    ]
    for (index, (rankings, _)) in worlds.enumerated() {
      let clusters = rankings.indices.map { "\(index == 0 ? $0 / 2 : $0)" }
      let quality = quality(rankings, clusters, rewards: rankings.flatMap(\.scores))
      #expect(quality.clusters >= RewardQuality.fewestClusters || index == 0)
      #expect(quality.pairs >= RewardQuality.fewestPairs || index == 1)
      #expect(quality.accuracy == nil && quality.isAboveChance == nil)
      #expect(quality.byGap.allSatisfy { $0.accuracy == nil })
      #expect(quality.byMargin.allSatisfy { $0.accuracy == nil && $0.expected == nil })
      #expect(quality.expectedCalibrationError == nil)
      #expect(quality.byMargin.reduce(0) { $0 + $1.pairs } == quality.pairs, "still counted")
    }
  }

  @Test func tooFewAreCountedInOneLine() {
    let (rankings, clusters) = world(clusters: RewardQuality.fewestClusters - 1)
    let few = quality(rankings, clusters, rewards: rankings.flatMap(\.scores))
    #expect(
      few.lines == [
        "held-out pairs in the right order: too few to say "
          + "(\(few.pairs) pairs, 9 originals apart from near-duplicates)"
      ])
    let none = quality([], [], rewards: [])
    #expect(none.pairs == 0 && none.clusters == 0 && none.lines.count == 1)
  }

  @Test func theTableSaysWhatIsKnown() {
    let (rankings, clusters) = world(clusters: 12, candidates: 4)
    let quality = quality(rankings, clusters, rewards: rankings.flatMap(\.scores))
    let lines = quality.lines
    #expect(lines.count == 1 + 4 + 5 + 1)
    #expect(lines[0].contains("1.000 (1.000 … 1.000), above chance"))
    #expect(lines[4].hasPrefix("  measured gap above 0.40:") && lines[4].hasSuffix("1.000 right"))
    #expect(lines[9] == "  claimed margin from 2.00:      0 pairs, too few")
    #expect(lines[5].hasSuffix(" claimed"))
  }

  // MARK: The split

  @Test func aClusterIsHeldOutAsAWhole() {
    var random = SeededGenerator(seed: 4)
    let rankings = (0..<60).map { index in
      PromptRanking(
        task: index % 2 == 0 ? "a" : "b", kind: "qa", role: .train, family: "f\(index / 6)",
        content: "", originalID: Int64(index), originalText: "\(index)", candidates: [])
    }
    let split = RankingSplit(rankings, heldOutShare: 0.25, using: &random)
    #expect(split.heldOut.count > 8 && split.heldOut.count <= 15)
    #expect(
      (split.heldOut + split.training).map(\.originalID).sorted() == rankings.map(\.originalID))
    let names = { (rankings: [PromptRanking]) in Set(rankings.map { $0.task + $0.family }) }
    #expect(names(split.heldOut).isDisjoint(with: names(split.training)))
    var again = SeededGenerator(seed: 4)
    #expect(
      RankingSplit(rankings, heldOutShare: 0.25, using: &again).heldOut == split.heldOut)
    #expect(RankingSplit(rankings, heldOutShare: 0, using: &random).heldOut.isEmpty)
    #expect(RankingSplit([], heldOutShare: 0.5, using: &random).training.isEmpty)
  }

  @Test func aRunLeavesItsFigures() async throws {
    let run = try await FinishedRun.make().run
    for rewriter in ["amber", "birch-control"] {
      let file = run.folder.model(.reward, rewriter).appendingPathComponent("quality.json")
      let quality = try JSONDecoder().decode(RewardQuality.self, from: Data(contentsOf: file))
      #expect(quality.byMargin.reduce(0) { $0 + $1.pairs } == quality.pairs)
      let summary = try #require(run.folder.summary(.reward, rewriter))
      #expect(summary["heldOutPairs"] == Double(quality.pairs))
      #expect((summary["heldOutAccuracy"] == nil) == (quality.accuracy == nil))
    }
  }
}
