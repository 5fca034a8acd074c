import Alignment
import FeedbackStore
import LanguageModels
import Rewriting
import Tasks
import Tensors
import Tokenizers

/// Scores rollouts: a rewrite that breaks a guard has a fixed low score; the others have that of
/// the reward model, the measured one, or a mix.
struct RewriteJudge {
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
    /// Whether each rewrite broke no guard.
    var isValid: [Bool]
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
    return Verdict(
      scores: scores, isValid: isValid, invalidShare: Float(invalid) / Float(max(1, samples.count)))
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
