import Alignment
import LanguageModels
import Rewriting
import Tokenizers

/// Scores rollouts: a rewrite that breaks a guard has a fixed low score; the others have the weighted
/// sum of what the sources of the reward say, less what they pay for their length. One without its end
/// token has the trainer's penalty, so that no source is asked about it.
///
///     score = Σ weight · score of the source − lengthCoefficient · max(0, n / n₀ − lengthAllowance)
///
/// The sum of sources and the control of length are ours (O).
package struct RewriteJudge {
  private let originals: [AlignmentData.Original]
  private let tokenizer: Tokenizer
  private let run: Run
  private let format: RewriterFormat
  private let rewardModel: Transformer
  private let calibration: RewardCalibration
  private let measured: MeasuredReward
  /// Sources that are asked with texts alone, by their place in the configuration.
  private let others: [Int: any RewardSource]

  /// - Throws: `RewardError` where a source cannot be opened.
  package init(
    run: Run, scorer: PromptScorer, originals: [AlignmentData.Original], tokenizer: Tokenizer,
    format: RewriterFormat, rewardModel: Transformer, calibration: RewardCalibration, seed: UInt64
  ) throws {
    (self.run, self.originals) = (run, originals)
    (self.tokenizer, self.format) = (tokenizer, format)
    (self.rewardModel, self.calibration) = (rewardModel, calibration)
    measured = MeasuredReward(scorer: scorer, seed: seed)
    others = try run.openRewardSources()
  }

  /// What a batch of rollouts is worth.
  package struct Verdict {
    /// In the order of the samples.
    package let rewrites: [JudgedRewrite]
    /// Names of the sources in metrics, in the order of the configuration.
    let sources: [String]

    /// What the trainer learns from.
    package var scores: [Float] { rewrites.map(\.score) }

    /// Whether each rewrite breaks no guard, and is one that the target answers to.
    package var isValid: [Bool] { rewrites.map(\.isValid) }

    /// Share of those that are not valid.
    package var invalidShare: Float {
      Float(isValid.count { !$0 }) / Float(max(1, rewrites.count))
    }

    /// What is logged: the share of invalid rewrites; of the others that ended, the mean of each source,
    /// unweighted, the mean payment for length, and the share that some source could not score.
    var metrics: [(name: String, value: Float)] {
      let scored = rewrites.filter { $0.isValid && $0.sample.ended }
      func mean(_ value: (JudgedRewrite) -> Float) -> Float {
        scored.reduce(0) { $0 + value($1) } / Float(scored.count)
      }
      guard !scored.isEmpty else { return [("val/invalid", invalidShare)] }
      return [
        ("val/invalid", invalidShare), ("reward/length_penalty", mean(\.lengthPenalty)),
        ("reward/unscored", mean { $0.parts.contains(nil) ? 1 : 0 }),
      ]
        + sources.enumerated().map { index, source in
          ("reward/\(source)", mean { $0.parts[index] ?? 0 })
        }
    }
  }

  /// Judges a batch.
  ///
  /// - Parameter update: Its number, which decides the examples that a gain is measured on.
  /// - Throws: `RewardError`, and what the target's scorer throws.
  package func scores(
    of samples: [PPOTrainer.Sample], update: Int
  ) async throws -> Verdict {
    let settings = run.configuration.rl
    var rewrites = samples.map(read)
    for (index, source) in settings.reward.enumerated() {
      let valid = rewrites.indices.filter { rewrites[$0].isValid && rewrites[$0].sample.ended }
      let scores = try await ask(index, about: valid.map { rewrites[$0] }, update)
      for (place, score) in zip(valid, scores) {
        rewrites[place].parts.append(score)
        rewrites[place].score += source.weight * (score ?? 0)
      }
    }
    let length = LengthControl(
      coefficient: settings.lengthCoefficient, allowance: settings.lengthAllowance)
    for index in rewrites.indices {
      guard rewrites[index].isValid else {
        rewrites[index].score = settings.invalidScore
        continue
      }
      rewrites[index].lengthPenalty = length.penalty(
        tokens: rewrites[index].sample.response.count,
        original: tokenizer.encode(rewrites[index].original.text).count)
      rewrites[index].score -= rewrites[index].lengthPenalty
    }
    return Verdict(
      rewrites: rewrites,
      sources: settings.reward.enumerated().map { "\($0.offset)_\($0.element.title)" })
  }

  private func read(_ sample: PPOTrainer.Sample) -> JudgedRewrite {
    let original = originals[sample.promptIndex]
    let text = tokenizer.decode(sample.response)
    // A special token inside is invisible in the text, but not to the reward model.
    let isPlain = !sample.response.contains { tokenizer.bytes(of: $0).isEmpty }
    let violation = run.configuration.guards.violation(
      original: original.text, rewritten: text, required: original.required)
    return JudgedRewrite(
      sample: sample, original: original, text: text, isValid: isPlain && violation == nil)
  }

  /// One source's scores, unweighted; nil where it knows none: that counts as 0, neither good nor bad.
  private func ask(
    _ index: Int, about rewrites: [JudgedRewrite], _ update: Int
  ) async throws -> [Float?] {
    let source = run.configuration.rl.reward[index]
    let scores: [Float?]
    switch source.source {
    case .model: scores = modelScores(rewrites)
    case .measured(let examples):
      scores = try await measured.scores(of: rewrites, examples: examples, update: update)
    case .executable, .http, .closure:
      guard let other = others[index], !rewrites.isEmpty else { return [] }
      scores = try await other.scores(of: rewrites.map(\.toScore))
    }
    guard scores.count == rewrites.count else {
      throw RewardError.wrongCount(
        source: source.name(at: index), found: scores.count, expected: rewrites.count)
    }
    let broken = scores.count { $0.map { !$0.isFinite } ?? false }
    guard broken == 0 else {
      throw RewardError.notFinite(
        source: source.name(at: index), count: broken, of: scores.count)
    }
    return scores
  }

  private func modelScores(_ rewrites: [JudgedRewrite]) -> [Float] {
    let data = run.alignmentData(format)
    return rewards(
      of: rewardModel,
      rewrites.map {
        SequenceExample(prompt: data.prompt($0.original), response: $0.sample.tokens)
      }
    ).map { calibration($0) }
  }
}

/// A rollout, and all that it was judged by.
package struct JudgedRewrite {
  let sample: PPOTrainer.Sample
  let original: AlignmentData.Original
  /// The rewrite.
  package let text: String
  /// Whether it breaks no guard: the score is of the sources then, else it is the fixed one.
  package let isValid: Bool
  /// Scores of the sources, unweighted, in the order of the configuration; nil from a source that
  /// could not find one, none at all where a guard is broken or the end token is missing.
  package internal(set) var parts: [Float?] = []
  /// What was subtracted for the rewrite's length.
  package internal(set) var lengthPenalty: Float = 0
  /// What the trainer learns from.
  package internal(set) var score: Float = 0

  /// What sources see that are asked with texts alone.
  fileprivate var toScore: RewriteToScore {
    RewriteToScore(
      task: original.task.name, kind: original.kind, original: original.text, rewritten: text)
  }
}

/// What a rewrite pays for its length (O). A reward model likes what is long, and a target may as
/// well, beyond what anybody would pay for in every call.
package struct LengthControl: Sendable {
  private let coefficient: Float
  private let allowance: Float

  /// - Parameters:
  ///   - coefficient: Paid for each multiple of the original's length beyond the allowance.
  ///   - allowance: The multiple of the original's length that is free.
  package init(coefficient: Float, allowance: Float) {
    (self.coefficient, self.allowance) = (coefficient, allowance)
  }

  /// coefficient · max(0, tokens / original − allowance), with lengths in tokens, end token not
  /// counted; an empty original counts as one token.
  package func penalty(tokens: Int, original: Int) -> Float {
    coefficient * max(0, Float(tokens) / Float(max(1, original)) - allowance)
  }
}
