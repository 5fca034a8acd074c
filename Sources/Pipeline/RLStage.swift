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
      let (reference, tokenizer, format) = try load(folder.model(.sft, rewriter.name))
      let rewardURL = folder.model(.reward, rewriter.name)
      let rewardModel = try load(rewardURL).model
      let originals = rolloutOriginals(rewriter, alignmentData(format))
      let calibration = try readCalibration(rewardURL)
      let trainer = try makeTrainer(
        rewriter, reference: reference, rewardModel: rewardModel, calibration,
        originals, format, targetID: scorer.targetID)
      let judge = RewriteJudge(
        run: self, scorer: scorer, originals: originals, tokenizer: tokenizer, format: format,
        rewardModel: rewardModel, calibration: calibration, seed: rewriter.seed)
      let updates = configuration.rl.ppo.updates
      var last = PPOStatistics()
      for update in 0..<updates {
        try Task.checkCancellation()
        let samples = trainer.sample()
        let verdict = try await judge.scores(of: samples, update: update)
        last = trainer.learn(from: samples, scores: verdict.scores)
        observer.record(
          .rl, rewriter.name, step: update,
          last.metrics + [("val/invalid", verdict.invalidShare)])
        observer.report(
          "rl \(rewriter.name)", update + 1, of: updates,
          String(
            format: "score %+.2f, KL %.2f, invalid %.2f", last.scores, last.kl,
            verdict.invalidShare))
        if trainer.exceedsLimit(last) { break }
      }
      try save(trainer.policy, tokenizer, to: folder.model(.rl, rewriter.name))
      return [
        "score": Double(last.scores), "kl": Double(last.kl), "entropy": Double(last.entropy),
      ]
    }
  }

  private func makeTrainer(
    _ rewriter: RewriterIdentity, reference: Transformer, rewardModel: Transformer,
    _ calibration: RewardCalibration, _ originals: [AlignmentData.Original],
    _ format: RewriterFormat, targetID: Int64
  ) throws -> PPOTrainer {
    let data = alignmentData(format)
    let measured = try store.rankings(target: targetID)
    var random = SplitMix64(seed: rewriter.seed, stream: "ranking variation")
    let rankings = data.rankingExamples(
      measured + augmentation.varied(measured, using: &random),
      candidates: configuration.rl.candidatesPerRanking)
    // Values are learned in calibrated units, so the critic starts in them; a shift it learns.
    let critic = rewardModel.copy()
    critic.scaleHead(by: calibration.scale)
    var corpus = PromptCorpus(self)
    return PPOTrainer(
      policy: reference.copy(), reference: reference, critic: critic,
      config: configuration.rl.ppo, endToken: format.endToken,
      maximumResponse: try responseLimit(originals, format),
      data: PPOTrainer.JointData(
        prompts: originals.map(data.prompt),
        rankings: rankings,
        pretraining: try corpus.nextBatch(512, format)),
      seed: rewriter.seed)
  }

  /// What rollouts rewrite: training prompts, and where nothing is measured a varied copy of each:
  /// the reward model can score content that no target knows.
  private func rolloutOriginals(
    _ rewriter: RewriterIdentity, _ data: AlignmentData
  ) -> [AlignmentData.Original] {
    let originals = data.originals(pool.tasks)
    guard configuration.rl.measuredShare == 0 else { return originals }
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

/// Scores rollouts: a rewrite that breaks a guard has a fixed low score; the others have that of
/// the reward model, the measured one, or a mix.
private struct RewriteJudge {
  let run: Run
  let scorer: PromptScorer
  let originals: [AlignmentData.Original]
  let tokenizer: Tokenizer
  let format: RewriterFormat
  let rewardModel: Transformer
  let calibration: RewardCalibration
  let seed: UInt64

  struct Verdict {
    var scores: [Float]
    var invalidShare: Float
  }

  func scores(of samples: [PPOTrainer.Sample], update: Int) async throws -> Verdict {
    let rewrites = samples.map { tokenizer.decode($0.response) }
    let isValid = zip(samples, rewrites).map { sample, rewrite in
      let original = originals[sample.promptIndex]
      // A special token inside is invisible in the text, but not to the reward model.
      return !sample.response.contains { tokenizer.bytes(of: $0).isEmpty }
        && run.configuration.guards.violation(
          original: original.text, rewritten: rewrite, required: original.required) == nil
    }
    let share = run.configuration.rl.measuredShare
    var scores = [Float](repeating: 0, count: samples.count)
    if share < 1 {
      for (index, value) in modelScores(samples).enumerated() {
        scores[index] += (1 - share) * value
      }
    }
    if share > 0 {
      let measured = try await measuredScores(samples, rewrites, isValid, update: update)
      for (index, value) in measured.enumerated() { scores[index] += share * value }
    }
    for index in scores.indices where !isValid[index] {
      scores[index] = run.configuration.rl.invalidScore
    }
    let invalid = isValid.count { !$0 }
    return Verdict(scores: scores, invalidShare: Float(invalid) / Float(max(1, samples.count)))
  }

  private func modelScores(_ samples: [PPOTrainer.Sample]) -> [Float] {
    let data = run.alignmentData(format)
    return rewards(
      of: rewardModel,
      samples.map {
        SequenceExample(
          prompt: data.prompt(originals[$0.promptIndex]),
          response: $0.tokens(endToken: format.endToken))
      }
    ).map { calibration($0) }
  }

  /// Gain over the original on a few training examples, in deviations of single-prompt gains.
  private func measuredScores(
    _ samples: [PPOTrainer.Sample], _ rewrites: [String], _ isValid: [Bool], update: Int
  ) async throws -> [Float] {
    var random = SplitMix64(seed: seed, stream: "measured \(update)")
    var result = [Float](repeating: 0, count: samples.count)
    for (promptIndex, group) in Dictionary(
      grouping: samples.indices, by: { samples[$0].promptIndex }
    )
    .sorted(by: { $0.key < $1.key }) {
      let original = originals[promptIndex]
      let examples = Array(
        original.task.examples(for: original.prompt, in: .train).shuffled(using: &random)
          .prefix(run.configuration.rl.measuredExamples))
      let valid = group.filter { isValid[$0] }
      let texts = [original.text] + valid.map { rewrites[$0] }
      let means = try await means(of: texts, original, examples)
      for (index, mean) in zip(valid, means.dropFirst()) {
        // A gain of a quarter counts like one deviation of the reward model.
        result[index] = Float((mean - means[0]) / 0.25)
      }
    }
    return result
  }

  private func means(
    of texts: [String], _ original: AlignmentData.Original, _ examples: [Example]
  ) async throws -> [Double] {
    let ids = try scorer.register(
      texts.map {
        PromptRecord(
          text: $0, family: original.cluster, style: original.prompt.style,
          content: original.prompt.content, origin: "rewriter", role: .train)
      }, of: original.task)
    let rows = try await scorer.scores(
      zip(ids, texts).map { id, text in
        PromptScorer.Item(
          promptID: id, prompt: original.prompt.reworded(text), task: original.task,
          examples: examples)
      }, purpose: .search)
    return rows.map { RunningMoments($0.compactMap(\.self)).mean }
  }
}
