import LanguageModels
import Tokenizers

/// What a prompt asks its reader to do.
public enum PromptKind: String, Codable, Sendable, CaseIterable {
  /// Choose one of several labels.
  case classification
  /// Answer a question from a text.
  case qa
  /// Write a text.
  case generation
}

/// How a rewriter reads a prompt: a sentence that tells the task's kind, the prompt, and the answer
/// token; it then writes the rewritten prompt and the end token.
///
/// Source: MAPO (P) for the sentence; the wording and the one for "not said" are ours (O).
public struct RewriterFormat: Sendable {
  private let tokenizer: Tokenizer
  /// Ends a rewritten prompt.
  public let endToken: Int32
  private let answerToken: Int32

  /// The format in the tokens of `tokenizer`; nil where it lacks the special tokens.
  public init?(_ tokenizer: Tokenizer) {
    guard let end = tokenizer.id(ofSpecial: SpecialToken.end),
      let answer = tokenizer.id(ofSpecial: SpecialToken.answer)
    else { return nil }
    self.tokenizer = tokenizer
    endToken = end
    answerToken = answer
  }

  /// The sentence that tells the kind; nil is "not said".
  public static func prefix(_ kind: PromptKind?) -> String {
    switch kind {
    case .classification: "This is a classification task."
    case .qa: "This is a question answering task."
    case .generation: "This is a generation task."
    case nil: "This is a task."
    }
  }

  /// What the rewriter reads.
  public func prompt(_ text: String, kind: PromptKind?) -> [Int32] {
    tokenizer.encode(Self.prefix(kind) + "\n" + text) + [answerToken]
  }

  /// What it writes.
  public func response(_ text: String) -> [Int32] { tokenizer.encode(text) + [endToken] }
}
