import FeedbackStore
import Foundation
import PromptSearch
import Tasks
import Tensors

/// How much of what the rewriter learns from is varied.
public struct AugmentationConfiguration: Codable, Equatable, Sendable {
  /// Share of varied examples whose content words are replaced by others, in all of their texts.
  public var contentShare: Double
  /// Share of varied examples in whose original some wordings are replaced by unknown words.
  public var wordingShare: Double

  package init(contentShare: Double, wordingShare: Double) {
    (self.contentShare, self.wordingShare) = (contentShare, wordingShare)
  }
}

/// Varies prompts so that the rewriter meets contents and wordings that the pool does not have: it
/// learns to copy the one and to replace the other, instead of knowing them by heart.
///
/// What a target prefers does not depend on which label words are asked for, nor on how the original
/// was worded; so pairs and rankings stay valid. Ours (O).
package struct PromptAugmentation {
  private let configuration: AugmentationConfiguration
  private let content: ContentAugmentation
  private let grammar: PromptGrammar
  private let wordRoles: Set<Role>
  /// Words that carry a content, in every spelling that a prompt of it has.
  private let required: [String: Set<String>]
  private let heldOut: [String: HeldOutTexts]

  package init(_ pool: TaskPool, _ configuration: AugmentationConfiguration) {
    self.configuration = configuration
    content = ContentAugmentation(pool.tasks)
    grammar = pool.grammar
    wordRoles = Set(pool.grammar.phrasebook.words.map(\.role) + [.cue, .inputLabel])
    var required: [String: Set<String>] = [:]
    for entry in pool.tasks {
      for prompt in entry.task.prompts {
        required[Self.key(entry.task.name, prompt.content), default: []]
          .formUnion(prompt.required)
      }
    }
    self.required = required
    heldOut = Dictionary(
      pool.tasks.map { ($0.task.name, $0.heldOut) }, uniquingKeysWith: { first, _ in first })
  }

  private static func key(_ task: String, _ content: String) -> String { "\(task)\n\(content)" }

  /// An original and texts that belong to it, varied together.
  ///
  /// - Returns: The same texts in other words, and the words that then carry the content. Where the
  ///   variation would be a held-out text, or have a held-out wording: the texts as they were.
  func varied(
    _ original: String, _ others: [String], task: String, required: [String],
    using random: inout SplitMix64
  ) -> (original: String, others: [String], required: [String]) {
    var (texts, words) = ([original] + others, required)
    if random.draws(configuration.contentShare) {
      let changed = content.replaced(texts + required, required: required, using: &random)
      (texts, words) = (Array(changed.prefix(texts.count)), Array(changed.suffix(required.count)))
    }
    if random.draws(configuration.wordingShare) {
      texts[0] = withUnknownWords(original, in: texts[0], using: &random)
    }
    if let heldOut = heldOut[task],
      texts.contains(where: { heldOut.hasWording(in: $0) || heldOut.isNear($0) })
    {
      return (original, others, required)
    }
    return (texts[0], Array(texts.dropFirst()), words)
  }

  /// The words that carry the content of `text`, as they are spelled there.
  private func requiredWords(_ task: String, _ content: String, in text: String) -> [String] {
    (required[Self.key(task, content)] ?? []).sorted().filter { text.contains($0) }
  }

  /// `text` with one to three of the wordings that the phrase book finds in `known` replaced by
  /// words that nobody knows.
  private func withUnknownWords(
    _ known: String, in text: String, using random: inout SplitMix64
  ) -> String {
    let form = grammar.parse(known)
    let roles = form.roles.filter { wordRoles.contains($0) }.shuffled(using: &random)
    var text = text
    for role in roles.prefix(Int.random(in: 1...3, using: &random)) {
      guard let value = form[role] else { continue }
      let phrase = grammar.phrasebook.phrase(of: role, value: value)
      let word = content.newWord(using: &random)
      text = replacingPhrase(phrase, with: word, in: text)
    }
    return text
  }

  /// Replaces the letters of a phrase; marks around them stay, and so does a capital.
  private func replacingPhrase(_ phrase: String, with word: String, in text: String) -> String {
    let core = phrase.trimmingCharacters(in: CharacterSet.letters.inverted)
    guard !core.isEmpty else { return text }
    let changed = content.replaced(core, with: word, in: text)
    if changed != text { return changed }
    return content.replaced(core.capitalizedFirst, with: word.capitalizedFirst, in: text)
  }
}

extension PromptAugmentation {
  /// A varied copy of each pair.
  package func varied(_ pairs: [PromptPair], using random: inout SplitMix64) -> [PromptPair] {
    pairs.map { pair in
      let texts = varied(
        pair.originalText, [pair.chosenText], task: pair.task,
        required: requiredWords(pair.task, pair.content, in: pair.originalText), using: &random)
      return PromptPair(
        task: pair.task, kind: pair.kind, role: pair.role, family: pair.family,
        content: pair.content, originalText: texts.original,
        chosenText: texts.others[0],
        optimum: pair.optimum)
    }
  }

  /// A varied copy of each ranking.
  package func varied(
    _ rankings: [PromptRanking], using random: inout SplitMix64
  ) -> [PromptRanking] {
    rankings.map { ranking in
      let texts = varied(
        ranking.originalText, ranking.candidates.map(\.text), task: ranking.task,
        required: requiredWords(ranking.task, ranking.content, in: ranking.originalText),
        using: &random)
      return PromptRanking(
        task: ranking.task, kind: ranking.kind, role: ranking.role, family: ranking.family,
        content: ranking.content, originalID: ranking.originalID, originalText: texts.original,
        candidates: zip(ranking.candidates, texts.others).map { $0.reworded($1) })
    }
  }

  /// A varied copy of each original.
  func varied(
    _ originals: [AlignmentData.Original], using random: inout SplitMix64
  ) -> [AlignmentData.Original] {
    originals.map { original in
      let texts = varied(
        original.text, [], task: original.task.name, required: original.prompt.required,
        using: &random)
      return AlignmentData.Original(
        text: texts.original, kind: original.kind, required: texts.required,
        prompt: original.prompt, task: original.task, cluster: original.cluster)
    }
  }
}

extension SplitMix64 {
  /// Whether an event of the given probability happens.
  fileprivate mutating func draws(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }
}

extension String {
  /// The same text with its first letter as a capital.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
