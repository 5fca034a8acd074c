/// What a rewrite of a prompt must keep.
public struct ProtectedSpans: Sendable, Equatable {
  /// Placeholders with their braces and how often each stands in the text.
  public let placeholders: [String: Int]
  /// Quoted texts without their quotation marks; those that hold only placeholders are left out.
  public let quotes: [String]
  /// Numbers as written, list numbering at the start of a line left out.
  public let numbers: [String]
  /// Words offered as answers.
  public let labels: [String]

  /// Finds the protected spans of a prompt. Any text is accepted; the time is linear in its length.
  public init(of text: String) {
    let tokens = PromptScanner.tokens(of: text)
    var placeholders: [String: Int] = [:]
    for case .placeholder(let name) in tokens { placeholders[name, default: 0] += 1 }
    self.placeholders = placeholders
    quotes = unique(
      QuotedSpans.contents(of: text).filter { span in
        PromptScanner.tokens(of: span).contains { $0.word != nil }
      })
    numbers = unique(
      tokens.indices.flatMap { index in
        isListNumber(at: index, in: tokens) ? [] : (tokens[index].word.map(digits) ?? [])
      })
    labels = LabelLists.labels(in: tokens)
  }
}

/// The words of a text, to ask whether others occur in it as whole words.
struct WordIndex {
  private let words: [String]
  private let positions: [String: [Int]]
  private let text: String

  init(of text: String) {
    self.text = text
    words = PromptScanner.tokens(of: text).compactMap(\.word)
    positions = Dictionary(grouping: words.indices) { [words] in words[$0] }
  }

  /// Whether the words of `phrase` stand in the text one after another. The first letter's case may
  /// differ, because a word may move to or from the start of a sentence. A phrase without words
  /// ("->") must occur as it is.
  func contains(_ phrase: String) -> Bool {
    let wanted = PromptScanner.tokens(of: phrase).compactMap(\.word)
    guard let first = wanted.first else { return text.contains(phrase) }
    return caseVariants(of: first).contains { variant in
      positions[variant, default: []].contains { start in
        words[start...].dropFirst().prefix(wanted.count - 1).elementsEqual(wanted.dropFirst())
      }
    }
  }

  private func caseVariants(of word: String) -> [String] {
    let rest = word.dropFirst()
    let initial = word.prefix(1)
    return [word]
      + [initial.uppercased() + rest, initial.lowercased() + rest].filter { $0 != word }
  }
}

/// The numbers within a word: "3.5" of "GPT-3.5", "2" of "2nd".
private func digits(in word: String) -> [String] {
  guard word.unicodeScalars.contains(where: \.isDigit) else { return [] }
  let pieces = word.unicodeScalars.split { !$0.isDigit && !([".", ",", ":"] as Set).contains($0) }
  return pieces.compactMap { piece in
    let inner = piece.drop { !$0.isDigit }
    guard let end = inner.lastIndex(where: \.isDigit) else { return nil }
    return String(String.UnicodeScalarView(inner[...end]))
  }
}

/// Whether the token is the number of a list's line: "1." or "2)".
private func isListNumber(at index: Int, in tokens: [PromptToken]) -> Bool {
  guard index == 0 || tokens[index - 1] == .newline, index + 1 < tokens.count else { return false }
  return tokens[index].word?.unicodeScalars.allSatisfy(\.isDigit) == true
    && tokens[index + 1].isMark([".", ")"])
}

private func unique(_ values: [String]) -> [String] {
  var seen: Set<String> = []
  return values.filter { seen.insert($0).inserted }
}
