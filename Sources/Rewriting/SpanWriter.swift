/// What may be written within protected spans, and what a text may begin.
struct SpanRules {
  /// The placeholders of the original with their braces.
  var placeholders: [[Unicode.Scalar]] = []
  /// How many braces of a kind may stand in a row.
  var longestBraceRun = 2
  /// The numbers that may be written; nil for any.
  var numbers: [[Unicode.Scalar]]?
  /// What may stand between quotation marks; nil for anything.
  var quotes: [[Unicode.Scalar]]?
}

/// Follows a text byte by byte and refuses what changes a protected span: a placeholder, number or
/// quoted text that has begun can only become one of the original's.
struct SpanWriter {
  private enum Open {
    case nothing
    case brace
    case placeholder([Unicode.Scalar])
    case number([Unicode.Scalar], startsLine: Bool)
    case quote(closers: Set<Unicode.Scalar>, [Unicode.Scalar])
  }

  /// How often each placeholder may still be written.
  var remaining: [Int]
  /// Whether a span has ended since this was last set to false.
  var hasCompleted = false
  private var open = Open.nothing
  /// Bytes of a character that is not complete.
  private var partial: [UInt8] = []
  private var previous: Unicode.Scalar = "\n"
  private var braceRun = BraceRun()
  private var lineIsEmpty = true

  /// Whether the last character is complete.
  var isWhole: Bool { partial.isEmpty }

  init(remaining: [Int]) { self.remaining = remaining }

  /// Follows one byte; false where it must not be written.
  mutating func write(_ byte: UInt8, _ rules: SpanRules) -> Bool {
    if byte < 0x80 {
      return partial.isEmpty && write(Unicode.Scalar(byte), rules)
    }
    partial.append(byte)
    switch (partial.count, partial[0], byte) {
    case (1, 0xC2...0xF4, _), (2, 0xE0..., 0x80...0xBF), (3, 0xF0..., 0x80...0xBF):
      return leadsOn(rules)
    default: break
    }
    let text = String(decoding: partial, as: UTF8.self).unicodeScalars
    partial = []
    guard text.count == 1, let scalar = text.first, scalar != "\u{FFFD}" else { return false }
    return write(scalar, rules)
  }

  /// The shortest text that completes what is open; nil where nothing has to be completed.
  func completion(_ rules: SpanRules) -> String? {
    switch open {
    case .nothing, .brace: return ""
    case .placeholder(let written):
      return rest(of: written, in: placeholders(rules)).map(String.init)
    case .number(let written, _):
      return rules.numbers.map { rest(of: trimmed(written), in: $0).map(String.init) } ?? ""
    case .quote(let closers, let written):
      guard let quotes = rules.quotes, let closer = closers.first,
        let rest = rest(of: written, in: quotes)
      else { return "" }
      return String(rest) + String(closer)
    }
  }

  /// Whether a character that may be written begins with the bytes of the incomplete one.
  private func leadsOn(_ rules: SpanRules) -> Bool {
    switch open {
    case .nothing, .brace: true
    case .placeholder(let written): canFollow(written, in: placeholders(rules))
    case .number(let written, _):
      rules.numbers?.contains(trimmed(written)) == true
        || canFollow(written, in: rules.numbers ?? [])
    case .quote(let closers, let written):
      canFollow(written, in: rules.quotes ?? [])
        || (rules.quotes?.contains(written) == true && closers.contains(where: isBegun))
    }
  }

  /// Whether one of some texts goes on after a beginning with the incomplete character.
  private func canFollow(_ beginning: [Unicode.Scalar], in texts: [[Unicode.Scalar]]) -> Bool {
    texts.contains { text in
      text.count > beginning.count && text.starts(with: beginning)
        && isBegun(text[beginning.count])
    }
  }

  private func isBegun(_ scalar: Unicode.Scalar) -> Bool {
    UTF8.encode(scalar)?.starts(with: partial) == true
  }

  private mutating func write(_ scalar: Unicode.Scalar, _ rules: SpanRules) -> Bool {
    let isWritten = follow(scalar, rules)
    previous = scalar
    braceRun.append(scalar)
    lineIsEmpty = scalar == "\n" || (lineIsEmpty && scalar.properties.isWhitespace)
    return isWritten && braceRun.length <= rules.longestBraceRun
  }

  private mutating func follow(_ scalar: Unicode.Scalar, _ rules: SpanRules) -> Bool {
    switch open {
    case .nothing: return begin(scalar, rules)
    case .brace:
      open = scalar == "{" ? .placeholder(["{", "{"]) : .nothing
      return scalar == "{" ? !placeholders(rules).isEmpty : begin(scalar, rules)
    case .placeholder(let written): return follow(scalar, placeholder: written, rules)
    case .number(let written, let startsLine):
      return follow(scalar, number: written, startsLine: startsLine, rules)
    case .quote(let closers, let written):
      return follow(scalar, quote: written, closers: closers, rules)
    }
  }

  /// A character outside of spans.
  private mutating func begin(_ scalar: Unicode.Scalar, _ rules: SpanRules) -> Bool {
    open = .nothing
    if scalar == "{" {
      open = .brace
    } else if scalar.isDigit, let numbers = rules.numbers {
      open = .number([scalar], startsLine: lineIsEmpty)
      return lineIsEmpty || numbers.contains { $0.first == scalar }
    } else if rules.quotes != nil, let closers = QuotedSpans.closers[scalar],
      !(QuotedSpans.isApostrophe(scalar) && previous.isWordPart)
    {
      open = .quote(closers: closers, [])
    }
    return true
  }

  private mutating func follow(
    _ scalar: Unicode.Scalar, placeholder written: [Unicode.Scalar], _ rules: SpanRules
  ) -> Bool {
    // Of "{{{" the last two begin the placeholder.
    if scalar == "{", written.count == 2 { return true }
    let text = written + [scalar]
    open = .placeholder(text)
    if let index = rules.placeholders.firstIndex(of: text), remaining[index] > 0 {
      remaining[index] -= 1
      close()
      return true
    }
    return placeholders(rules).contains { $0.starts(with: text) }
  }

  private mutating func follow(
    _ scalar: Unicode.Scalar, number written: [Unicode.Scalar], startsLine: Bool,
    _ rules: SpanRules
  ) -> Bool {
    let numbers = rules.numbers ?? []
    let text = written + [scalar]
    let isWhole = numbers.contains(trimmed(written))
    if scalar.isDigit {
      open = .number(text, startsLine: startsLine)
      return numbers.contains { $0.starts(with: text) }
        || (startsLine && written.count == 1 && written[0].isDigit)
    }
    if startsLine, scalar == "." || scalar == ")", written.allSatisfy(\.isDigit), !isWhole {
      open = .nothing
      return true
    }
    if [".", ",", ":"].contains(scalar) {
      open = .number(text, startsLine: startsLine)
      return isWhole || numbers.contains { $0.starts(with: text) }
    }
    close()
    return isWhole && begin(scalar, rules)
  }

  private mutating func follow(
    _ scalar: Unicode.Scalar, quote written: [Unicode.Scalar], closers: Set<Unicode.Scalar>,
    _ rules: SpanRules
  ) -> Bool {
    let quotes = rules.quotes ?? []
    if closers.contains(scalar), quotes.contains(written) {
      close()
      return true
    }
    // A mark before white space is an apostrophe.
    if written.isEmpty, QuotedSpans.isApostrophe(previous), scalar.properties.isWhitespace {
      return begin(scalar, rules)
    }
    let text = written + [scalar]
    open = .quote(closers: closers, text)
    return quotes.contains { $0.starts(with: text) }
  }

  private mutating func close() {
    open = .nothing
    hasCompleted = true
  }

  /// The placeholders that may still be written.
  private func placeholders(_ rules: SpanRules) -> [[Unicode.Scalar]] {
    zip(rules.placeholders, remaining).filter { $1 > 0 }.map(\.0)
  }

  /// A number without the marks behind it.
  private func trimmed(_ number: [Unicode.Scalar]) -> [Unicode.Scalar] {
    Array(number.prefix((number.lastIndex(where: \.isDigit) ?? -1) + 1))
  }

  /// What follows a beginning in the shortest of some texts that have it.
  private func rest(
    of beginning: [Unicode.Scalar], in texts: [[Unicode.Scalar]]
  ) -> String.UnicodeScalarView? {
    texts.filter { $0.starts(with: beginning) }.min { $0.count < $1.count }.map {
      String.UnicodeScalarView($0.dropFirst(beginning.count))
    }
  }
}
