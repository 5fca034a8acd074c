/// One piece of a prompt. White space is left out, line ends are kept: lists end there.
enum PromptToken: Equatable {
  /// Letters, digits, and what joins them: `don't`, `well-formed`, `3.5`, `not_entailment`.
  case word(String)
  /// A placeholder with its braces, as written: `{{text}}`.
  case placeholder(String)
  /// Any other character.
  case mark(Unicode.Scalar)
  /// The end of a line.
  case newline

  /// The word, where it is one.
  var word: String? {
    if case .word(let text) = self { text } else { nil }
  }

  /// Whether this is one of some marks.
  func isMark(_ marks: Set<Unicode.Scalar>) -> Bool {
    if case .mark(let mark) = self { marks.contains(mark) } else { false }
  }
}

/// Cuts a prompt into tokens in one pass; any text is accepted.
struct PromptScanner {
  private let scalars: [Unicode.Scalar]
  private var position = 0

  /// The tokens of `text`.
  static func tokens(of text: String) -> [PromptToken] {
    var scanner = PromptScanner(scalars: Array(text.unicodeScalars))
    var tokens: [PromptToken] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func next() -> PromptToken? {
    while position < scalars.count {
      let scalar = scalars[position]
      if let end = Self.placeholderEnd(in: scalars, from: position) {
        defer { position = end }
        return .placeholder(string(position..<end))
      }
      if scalar.isWordPart {
        let end = wordEnd()
        defer { position = end }
        return .word(string(position..<end))
      }
      position += 1
      if scalar == "\n" { return .newline }
      if !scalar.properties.isWhitespace { return .mark(scalar) }
    }
    return nil
  }

  /// Where `{{name}}` that starts at `start` ends. Its inside has no brace and no line end, so that
  /// each character is looked at once: a further `{` would have stopped the search before it.
  static func placeholderEnd(in scalars: [Unicode.Scalar], from start: Int) -> Int? {
    guard start + 1 < scalars.count, scalars[start] == "{", scalars[start + 1] == "{" else {
      return nil
    }
    var end = start + 2
    while end < scalars.count, scalars[end] != "{", scalars[end] != "}", scalars[end] != "\n" {
      end += 1
    }
    guard end > start + 2, end + 1 < scalars.count else { return nil }
    return scalars[end] == "}" && scalars[end + 1] == "}" ? end + 2 : nil
  }

  private func wordEnd() -> Int {
    var end = position + 1
    while end < scalars.count {
      if !scalars[end].isWordPart {
        guard end + 1 < scalars.count, joins(at: end) else { break }
      }
      end += 1
    }
    return end
  }

  /// Whether the mark at `index` stands inside a word (`'`, `-`) or a number (`.`, `,`).
  private func joins(at index: Int) -> Bool {
    let before = scalars[index - 1]
    let after = scalars[index + 1]
    switch scalars[index] {
    case "'", "’", "-": return before.isWordPart && after.isWordPart
    case ".", ",", ":": return before.isDigit && after.isDigit
    default: return false
    }
  }

  private func string(_ range: Range<Int>) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars[range])
    return String(result)
  }
}

extension Unicode.Scalar {
  /// A digit of any script.
  var isDigit: Bool {
    isASCII ? ("0"..."9").contains(self) : properties.generalCategory == .decimalNumber
  }

  /// A letter, digit, accent or underscore of any script.
  var isWordPart: Bool {
    // Most text; looking a category up takes far longer.
    if isASCII {
      return isDigit || ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_"
    }
    return switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      true
    default: false
    }
  }
}
