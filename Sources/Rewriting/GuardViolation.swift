/// Why a rewrite is not used and the original prompt is kept.
public enum GuardViolation: Error, Sendable, Equatable {
  /// The original has no text to rewrite.
  case nothingToRewrite
  /// The original is placeholders and marks only.
  case onlyPlaceholders
  /// The original does not fit into what the rewriter reads.
  case promptTooLong(tokens: Int, limit: Int)
  /// The rewriter reached its length limit before it ended the prompt.
  case unfinished
  /// The rewrite has no text.
  case empty
  /// The rewrite has more characters than the bound allows.
  case tooLong(characters: Int, limit: Int)
  /// The rewrite holds a character that is not text.
  case controlCharacter(codePoint: UInt32)
  /// A placeholder of the original is missing.
  case placeholderMissing(String)
  /// A placeholder does not stand as often as in the original.
  case placeholderCount(String, expected: Int, found: Int)
  /// The rewrite has a placeholder that the original has not.
  case placeholderAdded(String)
  /// More braces stand in a row than a placeholder or the original has.
  case braceRun(length: Int, limit: Int)
  /// A quoted text is missing or no longer quoted.
  case quoteMissing(String)
  /// A number is missing.
  case numberMissing(String)
  /// A word that the original offers as an answer is missing.
  case labelMissing(String)
  /// A word that the caller requires is missing.
  case requiredWordMissing(String)
  /// The rewrite talks about itself.
  case commentary(String)
  /// The rewrite says a line twice or is more than one prompt.
  case severalPrompts
  /// The rewrite ends with an answer.
  case answerAppended(String)
}

extension GuardViolation: CustomStringConvertible {
  /// One sentence for the person who asked for the rewrite.
  public var description: String {
    switch self {
    case .nothingToRewrite: "the prompt is empty"
    case .onlyPlaceholders: "the prompt has only placeholders"
    case .promptTooLong(let tokens, let limit):
      "the prompt has \(tokens) tokens; the rewriter reads at most \(limit)"
    case .unfinished: "the rewritten prompt did not end within its length limit"
    case .empty: "the rewritten prompt is empty"
    case .tooLong(let characters, let limit):
      "the rewritten prompt has \(characters) characters, more than \(limit)"
    case .controlCharacter(let codePoint):
      "the control character U+\(hexadecimal(codePoint)) is not text"
    case .placeholderMissing(let name): "placeholder \(name) is missing"
    case .placeholderCount(let name, let expected, let found):
      "placeholder \(name) stands \(found) times instead of \(expected)"
    case .placeholderAdded(let name): "placeholder \(name) is not in the original"
    case .braceRun(let length, let limit):
      "\(length) braces stand in a row, more than \(limit)"
    case .quoteMissing(let text): "the quoted text '\(text)' is missing"
    case .numberMissing(let number): "the number \(number) is missing"
    case .labelMissing(let word): "the label word '\(word)' is missing"
    case .requiredWordMissing(let word): "the required word '\(word)' is missing"
    case .commentary(let phrase): "the commentary '\(phrase)' is not part of a prompt"
    case .severalPrompts: "there is more than one prompt"
    case .answerAppended(let answer): "the answer '\(answer)' is appended"
    }
  }

  private func hexadecimal(_ codePoint: UInt32) -> String {
    let digits = String(codePoint, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
