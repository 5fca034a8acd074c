/// What in a target model's free text counts as its answer.
///
/// In a file it is one word (`extraction: firstMention`), or a key with a regular expression
/// (`extraction: {lastMatch: "####\\s*(\\S+)"}`). Ours (O); evaluation harnesses do much the same.
public enum AnswerExtraction: Equatable, Sendable {
  /// The whole text.
  case whole
  /// The label word that the text mentions first: see `LabelWords`.
  case firstMention
  /// The label word that the text mentions last.
  case lastMention
  /// What the group of the pattern holds where the pattern first matches.
  case firstMatch(AnswerPattern)
  /// What the group of the pattern holds where the pattern last matches ("after ####", the last
  /// number).
  case lastMatch(AnswerPattern)

  /// The answer in `text`.
  ///
  /// - Parameter labels: The words that the prompt asks for; nil where it does not ask for one of
  ///   a set. The text, or what was matched, then need not be a label word, and for want of
  ///   words to look for a mention is the whole text.
  /// - Returns: With `labels`, one of them as they spell it; nil where `text` has no answer.
  public func answer(in text: String, labels: LabelWords?) -> String? {
    let found: String? =
      switch self {
      case .firstMention where labels != nil: labels?.mentions(in: text).first
      case .lastMention where labels != nil: labels?.mentions(in: text).last
      case .whole, .firstMention, .lastMention: text
      case .firstMatch(let pattern): pattern.firstMatch(in: text)
      case .lastMatch(let pattern): pattern.lastMatch(in: text)
      }
    guard let labels else { return found }
    return found.flatMap { labels.label(named: $0) }
  }

  /// Whether label words are looked for in running text.
  var looksForMentions: Bool { self == .firstMention || self == .lastMention }
}

extension AnswerExtraction: Codable {
  /// What a file calls the ways that need no pattern.
  enum Word: String, CaseIterable {
    case whole, firstMention, lastMention

    var extraction: AnswerExtraction {
      switch self {
      case .whole: .whole
      case .firstMention: .firstMention
      case .lastMention: .lastMention
      }
    }
  }

  /// What a file calls the ways that need a pattern.
  enum PatternKey: String, CodingKey, CaseIterable {
    case firstMatch, lastMatch

    func extraction(_ pattern: AnswerPattern) -> AnswerExtraction {
      switch self {
      case .firstMatch: .firstMatch(pattern)
      case .lastMatch: .lastMatch(pattern)
      }
    }
  }

  /// What stands in a file: a word, or a key and its pattern.
  enum Written {
    case word(Word)
    case pattern(PatternKey, AnswerPattern)
  }

  var written: Written {
    switch self {
    case .whole: .word(.whole)
    case .firstMention: .word(.firstMention)
    case .lastMention: .word(.lastMention)
    case .firstMatch(let pattern): .pattern(.firstMatch, pattern)
    case .lastMatch(let pattern): .pattern(.lastMatch, pattern)
    }
  }

  /// Every word and key that a file may have.
  static let writtenForms =
    Word.allCases.map(\.rawValue) + PatternKey.allCases.map { "{\($0.rawValue): PATTERN}" }

  /// Reads a word, or a key with a pattern.
  public init(from decoder: any Decoder) throws {
    // What is no map must be a word.
    guard let container = try? decoder.container(keyedBy: PatternKey.self) else {
      let name = try decoder.singleValueContainer().decode(String.self)
      guard let word = Word(rawValue: name) else { throw Self.unknown(decoder) }
      self = word.extraction
      return
    }
    guard let key = container.allKeys.first, container.allKeys.count == 1 else {
      throw Self.unknown(decoder)
    }
    self = key.extraction(try container.decode(AnswerPattern.self, forKey: key))
  }

  private static func unknown(_ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(
      .init(
        codingPath: decoder.codingPath,
        debugDescription: "not one of \(writtenForms.joined(separator: ", "))"))
  }

  /// Writes a word, or a key with a pattern.
  public func encode(to encoder: any Encoder) throws {
    switch written {
    case .word(let word):
      var container = encoder.singleValueContainer()
      try container.encode(word.rawValue)
    case .pattern(let key, let pattern):
      var container = encoder.container(keyedBy: PatternKey.self)
      try container.encode(pattern, forKey: key)
    }
  }
}
