import Alignment
import FeedbackStore
import Foundation
import LanguageModels
import Rewriting
import Tasks
import Tensors

extension Run {
  /// The reward model of one rewriter, trained on the rankings of its target, starting from the SFT
  /// policy, and calibrated on that policy's own samples.
  ///
  /// Source: MAPO (P), InstructGPT (W); calibration: Ziegler et al. 2019 (W).
  func trainReward(_ rewriter: RewriterIdentity, targetID: Int64) async throws {
    try await stage(.reward, rewriter.name) {
      try require(.sft, rewriter.name)
      let tuned = try load(folder.model(.sft, rewriter.name))
      let (policy, format) = (tuned.contents.model, tuned.format)
      let data = try rewardData(rewriter, targetID: targetID, format)
      let checks = exampleChecks(format, tuned.contents.tokenizer)
      for rankings in [data.training, data.heldOut] {
        try checkSamples(rankings, of: .reward, rewriter.name, "ranking") { checks.problem(of: $0) }
      }
      let model = policy.copy(head: .scalar)
      let accuracy = try await fitReward(model, data.training, rewriter)
      let originals = alignmentData(format).originals(pool.tasks)
      let quality = rewardQuality(
        of: model, on: data.heldOut, clusters: data.heldOutClusters, rewriter)
      let calibration = try calibrate(model, policy, originals, format, seed: rewriter.seed)
      try save(
        model, like: tuned.contents, to: folder.model(.reward, rewriter.name),
        extraFiles: [
          Self.calibrationFileName: Data(ConfigurationLoader.resolvedJSON(calibration).utf8),
          RewardQuality.fileName: Data(ConfigurationLoader.resolvedJSON(quality).utf8),
        ])
      return quality.summary.merging(
        ["rankings": Double(data.training.count), "trainingAccuracy": Double(accuracy)]
      ) { $1 }
    }
  }

  /// The rankings that the reward model learns from, and those that it is judged by.
  struct RewardData {
    var training: [RankingExample]
    var heldOut: [RankingExample]
    /// The cluster of each held-out original.
    var heldOutClusters: [String]
  }

  /// - Throws: `RunError.noData` where there is no ranking to learn from.
  func rewardData(
    _ rewriter: RewriterIdentity, targetID: Int64, _ format: RewriterFormat
  ) throws -> RewardData {
    let data = alignmentData(format)
    let split = try rankingSplit(rewriter, targetID: targetID)
    var random = SplitMix64(seed: rewriter.seed, stream: "reward variation")
    let training =
      data.rankingExamples(
        split.training + augmentation.varied(split.training, using: &random))
      + data.rankingExamples(try store.importedPairs(target: rewriter.target))
    guard !training.isEmpty else {
      throw RunError.noData("the dataset of target '\(rewriter.target)' has no ranking")
    }
    // A ranking that the rewriter cannot read has no example.
    let heldOut = split.heldOut.flatMap { ranking in
      data.rankingExamples([ranking]).map { ($0, RankingSplit.cluster(of: ranking)) }
    }
    return RewardData(
      training: training, heldOut: heldOut.map(\.0), heldOutClusters: heldOut.map(\.1))
  }

  /// Which originals neither SFT nor the reward model learns from: what judges both.
  func rankingSplit(_ rewriter: RewriterIdentity, targetID: Int64) throws -> RankingSplit {
    var random = SplitMix64(seed: rewriter.seed, stream: "held out")
    return RankingSplit(
      try poolRankings(targetID: targetID), heldOutShare: configuration.sft.heldOutShare,
      using: &random)
  }

  static let calibrationFileName = "calibration.json"

  /// Rankings whose original is a prompt of the pool, not a candidate that became one: those share
  /// their candidates with it.
  package func poolRankings(targetID: Int64) throws -> [PromptRanking] {
    let poolTexts = Set(pool.tasks.flatMap { $0.task.prompts.map(\.text) })
    return try store.rankings(target: targetID).filter { poolTexts.contains($0.originalText) }
  }

  private struct RewardNotes: Codable {
    var order: MinibatchOrder
    var accuracy = RunningMean(memory: 0.9)
  }

  private func fitReward(
    _ model: Transformer, _ rankings: [RankingExample], _ rewriter: RewriterIdentity
  ) async throws -> Float {
    let reward = configuration.reward
    let steps = max(1, rankings.count * reward.epochs / reward.batchSize)
    let trainer = RewardTrainer(
      model,
      config: RewardConfig(
        batchSize: reward.batchSize, schedule: reward.rate.schedule(steps: steps),
        optimizer: reward.optimizer, dropout: reward.dropout, minimumGap: reward.minimumGap),
      seed: rewriter.seed)
    var hash = TrainingDataHash()
    hash.combine(rankings)
    let first = RewardNotes(
      order: MinibatchOrder(
        count: rankings.count, random: SplitMix64(seed: rewriter.seed, stream: "reward order")))
    let last = try await loop(
      .reward, rewriter.name, trainer, notes: RewardNotes.self, data: hash
    ).run(steps, notes: first) { step, notes in
      let statistics = trainer.step(notes.order.next(reward.batchSize).map { rankings[$0] })
      if let accuracy = statistics.accuracy { notes.accuracy.add(accuracy) }
      observer.record(
        .reward, rewriter.name, step: step,
        [
          ("loss/reward", statistics.loss), ("grad_norm", statistics.gradientNorm),
          ("lr", statistics.learningRate),
        ] + (statistics.accuracy.map { [("accuracy", $0)] } ?? []))
      observer.report(
        "reward \(rewriter.name)", step + 1, of: steps,
        String(format: "loss %.3f, accuracy %.2f", statistics.loss, notes.accuracy.value))
      return statistics.isSkipped ? .skipped : .taken
    }
    return last.accuracy.value
  }

  private func calibrate(
    _ model: Transformer, _ policy: Transformer, _ originals: [AlignmentData.Original],
    _ format: RewriterFormat, seed: UInt64
  ) throws -> RewardCalibration {
    var random = SplitMix64(seed: seed, stream: "calibration")
    let data = alignmentData(format)
    let limit = try responseLimit(originals, format)
    let requests = (0..<configuration.reward.calibrationSamples).map { _ in
      GenerationRequest(
        prompt: data.prompt(originals[Int.random(in: 0..<originals.count, using: &random)]),
        maximumNewTokens: limit, temperature: configuration.rl.ppo.temperature,
        seed: random.next())
    }
    let samples = policy.generate(requests, endTokens: format.endTokens)
    let examples = zip(requests, samples).compactMap { request, sample in
      sample.endToken.map {
        SequenceExample(prompt: request.prompt, response: sample.tokens + [$0])
      }
    }
    guard examples.count > 1 else {
      throw RunError.noData("the SFT policy ends none of its rewrites; train base and SFT longer")
    }
    return RewardCalibration(fitting: rewards(of: model, examples))
  }
}
