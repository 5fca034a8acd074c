import FeedbackStore
import Tasks
import Tensors

/// A reward that the target gives: the rewrite's gain over its original on a few training examples.
///
/// Answers are kept in the store under a purpose of their own: rankings of the dataset, which other
/// rewriters still learn from, do not see them. A run that is resumed finds them there.
struct MeasuredReward {
  /// A gain of this counts like one deviation of the reward model (O).
  private static let unit = 0.25

  let scorer: PromptScorer
  let seed: UInt64

  /// The gain of each rewrite, in units; nil where no example has an answer to it and to its
  /// original: calls failed, and what failed is no answer.
  ///
  /// - Parameters:
  ///   - examples: Examples for each original, drawn anew in each update.
  ///   - update: Number of the update: with the seed it decides the draw.
  func scores(
    of rewrites: [JudgedRewrite], examples count: Int, update: Int
  ) async throws -> [Float?] {
    var random = SplitMix64(seed: seed, stream: "measured \(update)")
    let groups = Dictionary(grouping: rewrites.indices) { rewrites[$0].sample.promptIndex }
      .sorted { $0.key < $1.key }.map(\.value)
    var items: [PromptScorer.Item] = []
    for group in groups {
      let original = rewrites[group[0]].original
      let examples = original.task.examples(for: original.prompt, in: .train)
        .shuffled(using: &random).prefix(count)
      items += try self.items(
        [original.text] + group.map { rewrites[$0].text }, of: original, Array(examples))
    }
    var rows = try await scorer.scores(items, purpose: .reward)[...]
    var scores = [Float?](repeating: nil, count: rewrites.count)
    for group in groups {
      let originalScores = rows.removeFirst()
      for index in group {
        let gain = meanGain(of: rows.removeFirst(), over: originalScores)
        scores[index] = gain.map { Float($0 / Self.unit) }
      }
    }
    return scores
  }

  private func items(
    _ texts: [String], of original: AlignmentData.Original, _ examples: [Example]
  ) throws -> [PromptScorer.Item] {
    let ids = try scorer.register(
      texts.map {
        PromptRecord(
          text: $0, family: original.cluster, style: original.prompt.style,
          content: original.prompt.content, origin: "rewriter", role: .train)
      }, of: original.task)
    return zip(ids, texts).map { id, text in
      PromptScorer.Item(
        promptID: id, prompt: original.prompt.reworded(text), task: original.task,
        examples: examples)
    }
  }

  /// Over the examples that both were answered on.
  private func meanGain(of scores: [Double?], over others: [Double?]) -> Double? {
    let gains = zip(scores, others).compactMap { score, other in
      score.flatMap { score in other.map { score - $0 } }
    }
    return gains.isEmpty ? nil : gains.reduce(0, +) / Double(gains.count)
  }
}
