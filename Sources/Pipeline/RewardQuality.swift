import Alignment
import FeedbackStore
import Foundation
import LanguageModels
import Tasks
import Tensors

/// How well a reward model orders candidates of prompts that it was not trained on: the contents of
/// `reward/<rewriter>/quality.json`.
///
/// Source: pairwise accuracy on held-out rankings, as MAPO and InstructGPT report it (W); intervals,
/// gaps and calibration are ours (O). Where there is too little to say a number, there is none.
public struct RewardQuality: Codable, Equatable, Sendable {
  /// Accuracy on pairs whose measured scores differ by about the same.
  public struct GapAccuracy: Codable, Equatable, Sendable {
    /// Differences above this are counted here, up to the next bound, in units of the metric.
    public var lowerBound: Float
    /// Untied pairs.
    public var pairs: Int
    /// Share of them in the right order; nil with too few pairs or clusters.
    public var accuracy: Double?
  }

  /// Held-out clusters of originals, near-duplicates joined, with an untied pair.
  public var clusters: Int
  /// Their rankings and untied pairs.
  public var rankings, pairs: Int
  /// Share of pairs in the right order with its 95 % interval, clusters resampled; nil with too few.
  public var accuracy: Interval?
  /// Whether the whole interval is above ½; nil with too few.
  public var isAboveChance: Bool?
  /// Accuracy by difference of the measured scores: small ones are mostly noise of measuring.
  public var byGap: [GapAccuracy]
  /// Accuracy by claimed margin |r_w − r_l|, beside what a calibrated model would have; both nil
  /// with too few pairs or clusters.
  public var byMargin: [MarginAccuracy]
  /// Mean of |accuracy − expected| over the margins that have both, weighted by pairs; nil where
  /// none has.
  public var expectedCalibrationError: Double?

  /// Fewer clusters than this say nothing of the next one.
  public static let fewestClusters = 10
  /// Fewer pairs than this have no accuracy of their own.
  public static let fewestPairs = 20

  static let fileName = "quality.json"
  private static let resamples = 2000
  private static let gapBounds: [Float] = [0.1, 0.2, 0.4]
  private static let marginBounds: [Float] = [0, 0.25, 0.5, 1, 2]

  /// The figures of a model's rewards.
  ///
  /// - Parameters:
  ///   - rankings: Held-out rankings.
  ///   - rewards: Reward of every candidate, in the order of the rankings.
  ///   - clusters: The cluster of each ranking's original: what is resampled as a whole.
  ///   - minimumGap: Scores that differ by this or less are tied.
  ///   - generator: Draws clusters.
  /// - Precondition: Counts agree.
  package init(
    of rankings: [RankingExample], rewards: [Float], clusters: [String], minimumGap: Float,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(rankings.count == clusters.count, "RewardQuality: a cluster for each ranking")
    let scores = rankings.flatMap(\.scores)
    let judged = judgedPairs(
      rewards: rewards, scores: scores, groups: rankings.groups, minimumGap: minimumGap)
    let byCluster = Dictionary(grouping: judged.indices) { clusters[$0] }
      .sorted { $0.key < $1.key }
      .map { $0.value.flatMap { judged[$0].map(\.credit) } }.filter { !$0.isEmpty }
    self.clusters = byCluster.count
    self.rankings = judged.count { !$0.isEmpty }
    let all = Array(judged.joined())
    pairs = all.count
    let fewestPairs = byCluster.count < Self.fewestClusters ? .max : Self.fewestPairs
    byGap = Self.byGap(all, minimumGap: minimumGap, fewestPairs: fewestPairs)
    byMargin = Self.byMargin(all, fewestPairs: fewestPairs)
    guard pairs >= fewestPairs else { return }
    let interval = clusterBootstrap(
      byCluster, resamples: Self.resamples, confidence: 0.95, using: &generator)
    accuracy = interval
    isAboveChance = interval.low > 0.5
    expectedCalibrationError = Self.calibrationError(byMargin)
  }

  private static func byGap(
    _ pairs: [JudgedPair], minimumGap: Float, fewestPairs: Int
  ) -> [GapAccuracy] {
    let bounds = [minimumGap] + gapBounds.filter { $0 > minimumGap }
    return bounds.enumerated().map { index, bound in
      let upper = index + 1 < bounds.count ? bounds[index + 1] : .infinity
      let credits = pairs.filter { $0.gap > bound && $0.gap <= upper }.map(\.credit)
      return GapAccuracy(
        lowerBound: bound, pairs: credits.count,
        accuracy: credits.count < fewestPairs ? nil : RunningMoments(credits).mean)
    }
  }

  private static func byMargin(_ pairs: [JudgedPair], fewestPairs: Int) -> [MarginAccuracy] {
    accuracyByMargin(pairs, lowerBounds: marginBounds).map { bin in
      var bin = bin
      if bin.pairs < fewestPairs { (bin.accuracy, bin.expected) = (nil, nil) }
      return bin
    }
  }

  private static func calibrationError(_ bins: [MarginAccuracy]) -> Double? {
    var (sum, count) = (0.0, 0)
    for bin in bins {
      guard let accuracy = bin.accuracy, let expected = bin.expected else { continue }
      sum += Double(bin.pairs) * Double(abs(accuracy - expected))
      count += bin.pairs
    }
    return count == 0 ? nil : sum / Double(count)
  }

  /// The numbers among a stage's.
  var summary: [String: Double] {
    var numbers = ["heldOutPairs": Double(pairs), "heldOutClusters": Double(clusters)]
    if let accuracy {
      numbers["heldOutAccuracy"] = accuracy.mean
      numbers["heldOutAccuracyLow"] = accuracy.low
      numbers["heldOutAccuracyHigh"] = accuracy.high
    }
    if let expectedCalibrationError { numbers["calibrationError"] = expectedCalibrationError }
    return numbers
  }

  /// A small table for people, line by line.
  package var lines: [String] {
    let head = "held-out pairs in the right order: "
    let counts = " (\(pairs) pairs, \(clusters) originals apart from near-duplicates)"
    guard let accuracy else { return [head + "too few to say" + counts] }
    let interval = String(
      format: "%.3f (%.3f … %.3f), ", accuracy.mean, accuracy.low, accuracy.high)
    let verdict = isAboveChance == true ? "above chance" : "not above chance"
    let gaps = byGap.map {
      line("measured gap above", $0.lowerBound, $0.pairs, $0.accuracy, expected: nil)
    }
    let margins = byMargin.map {
      line(
        "claimed margin from", $0.lowerBound, $0.pairs, $0.accuracy.map(Double.init),
        expected: $0.expected)
    }
    let error = expectedCalibrationError.map {
      String(format: "expected calibration error: %.3f", $0)
    }
    return [head + interval + verdict + counts] + gaps + margins + [error].compactMap(\.self)
  }

  private func line(
    _ what: String, _ bound: Float, _ pairs: Int, _ accuracy: Double?, expected: Float?
  ) -> String {
    let start = "  \(what) " + String(format: "%.2f: %6d pairs, ", bound, pairs)
    guard let accuracy else { return start + "too few" }
    return start + String(format: "%.3f right", accuracy)
      + (expected.map { String(format: ", %.3f claimed", $0) } ?? "")
  }
}

/// Rankings that are trained on, and rankings to judge the model by.
///
/// Whole clusters of originals are held out: a near-duplicate of a training prompt would tell nothing
/// about new ones. Ours (O).
package struct RankingSplit {
  package var training: [PromptRanking] = []
  package var heldOut: [PromptRanking] = []

  /// Draws clusters until the share of rankings is reached, or would be passed.
  package init(
    _ rankings: [PromptRanking], heldOutShare: Double,
    using generator: inout some RandomNumberGenerator
  ) {
    let wanted = Int(Double(rankings.count) * heldOutShare)
    let clusters = Dictionary(grouping: rankings, by: Self.cluster).mapValues(\.count)
    var chosen: Set<String> = []
    var count = 0
    for name in clusters.keys.sorted().shuffled(using: &generator) {
      guard let size = clusters[name], count + size <= wanted else { continue }
      chosen.insert(name)
      count += size
    }
    for ranking in rankings {
      if chosen.contains(Self.cluster(of: ranking)) {
        heldOut.append(ranking)
      } else {
        training.append(ranking)
      }
    }
  }

  /// Families are named within their task, near-duplicates joined.
  static func cluster(of ranking: PromptRanking) -> String { "\(ranking.task)\n\(ranking.family)" }
}

extension Run {
  /// Judges a reward model by rankings that it has not seen, and says what it finds.
  ///
  /// - Parameter clusters: The cluster of each ranking's original.
  func rewardQuality(
    of model: Transformer, on rankings: [RankingExample], clusters: [String],
    _ rewriter: RewriterIdentity
  ) -> RewardQuality {
    let values = rewards(
      of: model,
      rankings.flatMap { ranking in
        ranking.candidates.map { SequenceExample(prompt: ranking.prompt, response: $0) }
      })
    var random = SplitMix64(seed: rewriter.seed, stream: "reward quality")
    let quality = RewardQuality(
      of: rankings, rewards: values, clusters: clusters,
      minimumGap: configuration.reward.minimumGap, using: &random)
    for line in quality.lines { observer.logger.info("reward \(rewriter.name): \(line)") }
    return quality
  }
}
