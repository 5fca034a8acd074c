import Alignment
import FeedbackStore
import Foundation
import LanguageModels
import Rewriting
import TargetModels
import Tasks
import Tensors
import Tokenizers

extension Run {
  /// Reinforcement learning of one rewriter: PPO and RRMF jointly, with ptx mixed in.
  ///
  /// Source: MAPO (P); weights of the terms and the treatment of invalid rewrites are ours (O).
  func trainRL(_ rewriter: RewriterIdentity, scorer: PromptScorer) async throws {
    try await stage(.rl, rewriter.name) {
      try require(.reward, rewriter.name)
      let tuned = try load(folder.model(.sft, rewriter.name))
      let (reference, format) = (tuned.contents.model, tuned.format)
      let rewardURL = folder.model(.reward, rewriter.name)
      let rewardModel = try load(rewardURL, sharing: reference).contents.model
      let originals = rolloutOriginals(rewriter, alignmentData(format))
      let data = try jointData(originals, rewriter, targetID: scorer.targetID, format)
      try check(data, exampleChecks(format, tuned.contents.tokenizer), rewriter)
      let calibration = try readCalibration(rewardURL)
      let trainer = PPOTrainer(
        policy: reference.copy(), reference: reference,
        critic: makeCritic(rewardModel, calibration), config: configuration.rl.ppo,
        endTokens: format.endTokens, maximumResponse: try responseLimit(originals, format),
        data: data, seed: rewriter.seed)
      let judge = try RewriteJudge(
        run: self, scorer: scorer, originals: originals,
        tokenizer: tuned.contents.tokenizer, format: format,
        rewardModel: rewardModel, calibration: calibration, seed: rewriter.seed)
      let curve = try await improve(trainer, judge, data, rewriter)
      try save(trainer.policy, like: tuned.contents, to: folder.model(.rl, rewriter.name))
      return curve.summary
    }
  }

  /// What RL has come to, update by update.
  private struct RLCurve: Codable {
    var scores: [Float] = []
    var kls: [Float] = []
    var entropies: [Float] = []

    mutating func add(_ statistics: PPOStatistics) {
      scores.append(statistics.scores)
      kls.append(statistics.kl)
      entropies.append(statistics.entropy)
    }

    /// The beginning, and the mean of the last updates: single ones are noisy.
    var summary: [String: Double] {
      func end(_ values: [Float]) -> Double {
        RunningMoments(values.suffix(5).map(Double.init)).mean
      }
      return [
        "scoreAtStart": Double(scores.first ?? 0), "score": end(scores), "kl": end(kls),
        "entropy": end(entropies), "updates": Double(scores.count),
      ]
    }
  }

  private func improve(
    _ trainer: PPOTrainer, _ judge: RewriteJudge, _ data: PPOTrainer.JointData,
    _ rewriter: RewriterIdentity
  ) async throws -> RLCurve {
    let updates = configuration.rl.ppo.updates
    var hash = TrainingDataHash()
    for prompt in data.prompts { hash.combine(prompt) }
    hash.combine(data.rankings)
    hash.combine(data.pretraining)
    return try await loop(.rl, rewriter.name, trainer, notes: RLCurve.self, data: hash).run(
      updates, notes: RLCurve()
    ) { update, curve in
      let samples = trainer.sample()
      let verdict = try await judge.scores(of: samples, update: update)
      let rollout = trainer.evaluate(samples, scores: verdict.scores)
      guard trainer.keepIfWithinLimit(rollout) else {
        guard trainer.restorePolicyWithinLimit() else { throw RunError.diverged(.rl) }
        observer.logger.warning(
          """
          rl \(rewriter.name): ends before update \(update) with the policy of the one before, \
          since the KL is \(rollout.kl); rl.ppo.klLimit is \(configuration.rl.ppo.klLimit)
          """)
        return .finished
      }
      let statistics = trainer.learn(from: rollout, trainer.estimateAdvantages(rollout))
      curve.add(statistics)
      observer.record(
        .rl, rewriter.name, step: update,
        statistics.metrics + verdict.metrics)
      show(verdict, rollout, update: update, rewriter)
      observer.report(
        "rl \(rewriter.name)", update + 1, of: updates,
        String(
          format: "score %+.2f, KL %.2f, invalid %.2f", statistics.scores, statistics.kl,
          verdict.invalidShare))
      // Both networks step once for each minibatch of each epoch.
      return statistics.skippedSteps == 2 * statistics.steps ? .skipped : .taken
    }
  }

  /// A few samples for those who want to read what the policy writes.
  private func show(
    _ verdict: RewriteJudge.Verdict, _ rollout: PPOTrainer.Rollout, update: Int,
    _ rewriter: RewriterIdentity
  ) {
    let ppo = configuration.rl.ppo
    let every = configuration.rl.samplesEvery
    guard every > 0, update % every == 0 || update + 1 == ppo.updates else { return }
    let judged = Array(zip(verdict.rewrites, rollout.responseKL))
    let rows = stride(from: 0, to: judged.count, by: ppo.samplesPerPrompt).prefix(8).map { index in
      let (rewrite, kl) = judged[index]
      return SampleRow(
        original: rewrite.original.text, rewritten: rewrite.text,
        reward: rewrite.sample.ended ? rewrite.score : ppo.missingEndPenalty, kl: kl,
        ended: rewrite.sample.ended, valid: rewrite.isValid)
    }
    observer.recordSamples(.rl, rewriter.name, step: update, rows)
  }

  private func check(
    _ data: PPOTrainer.JointData, _ checks: ExampleChecks, _ rewriter: RewriterIdentity
  ) throws {
    try checkSamples(data.rankings, of: .rl, rewriter.name, "ranking") { checks.problem(of: $0) }
    try checkSamples(data.pretraining, of: .rl, rewriter.name, "text") {
      checks.problem(of: $0, allowingPlainText: true)
    }
  }

  /// What RL learns from besides its own rollouts.
  func jointData(
    _ originals: [AlignmentData.Original], _ rewriter: RewriterIdentity, targetID: Int64,
    _ format: RewriterFormat
  ) throws -> PPOTrainer.JointData {
    let data = alignmentData(format)
    let measured = try store.rankings(target: targetID)
    var random = SplitMix64(seed: rewriter.seed, stream: "ranking variation")
    let rankings = data.rankingExamples(
      measured + augmentation.varied(measured, using: &random),
      candidates: configuration.rl.candidatesPerRanking)
    var corpus = PromptCorpus(self)
    return PPOTrainer.JointData(
      prompts: originals.map(data.prompt), rankings: rankings,
      pretraining: try corpus.nextBatch(512, format))
  }

  /// Values are learned in calibrated units, so the critic starts in them; a shift it learns.
  private func makeCritic(
    _ rewardModel: Transformer, _ calibration: RewardCalibration
  ) -> Transformer {
    let critic = rewardModel.copy()
    critic.scaleHead(by: calibration.scale)
    return critic
  }

  /// What rollouts rewrite: training prompts, and where it is wanted and the reward model alone scores
  /// them a varied copy of each: it can score content that no target knows.
  func rolloutOriginals(
    _ rewriter: RewriterIdentity, _ data: AlignmentData
  ) -> [AlignmentData.Original] {
    let originals = data.originals(pool.tasks)
    let rl = configuration.rl
    guard rl.variedRollouts && rl.isScoredByModelAlone else { return originals }
    var random = SplitMix64(seed: rewriter.seed, stream: "rollout variation")
    return originals
      + augmentation.varied(originals, using: &random).filter {
        data.fits(data.prompt($0))
      }
  }

  private func readCalibration(_ url: URL) throws -> RewardCalibration {
    let file = url.appendingPathComponent(Self.calibrationFileName)
    do {
      return try JSONDecoder().decode(RewardCalibration.self, from: Data(contentsOf: file))
    } catch {
      throw RunError.noData("\(file.path) is missing or damaged; run the reward stage again")
    }
  }

  /// Longest rewrite in tokens: twice the longest original, within the model.
  ///
  /// - Throws: `RunError.noData` where the rewriter can read no original.
  func responseLimit(
    _ originals: [AlignmentData.Original], _ format: RewriterFormat
  ) throws -> Int {
    guard let longest = originals.map({ format.response($0.text).count }).max() else {
      throw RunError.noData(
        "no training prompt fits into the rewriter: rewriter.maximumLength is too small")
    }
    return min(2 * longest, configuration.rewriter.maximumLength / 2)
  }

  var augmentation: PromptAugmentation { PromptAugmentation(pool, configuration.augmentation) }

  func alignmentData(_ format: RewriterFormat) -> AlignmentData {
    AlignmentData(format: format, maximumLength: configuration.rewriter.maximumLength)
  }
}
