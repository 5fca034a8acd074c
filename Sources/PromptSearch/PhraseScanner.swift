/// Finds the words and content phrases of a phrase book in running text.
///
/// Placeholders (`{{…}}`) and quotations are skipped. A noun is recognised right after a
/// determiner, a verb at the start of a sentence (or after "please", "to", "you") when its object
/// follows, a content phrase at the start of a sentence.
struct PhraseScanner: Sendable {
  private struct Entry: Sendable {
    let phrase: String
    let role: Role
    let value: Int
    let part: Phrasebook.PartOfSpeech
    /// Whether "a" may stand before every word of the group.
    let takesArticle: Bool
  }

  /// Entries by first word, longest phrase first.
  private let entries: [String: [Entry]]
  private let contents: [Phrasebook.ContentGroup]
  private let determiners: Set<String>
  private let verbLeads: Set<String>

  init(_ book: Phrasebook) {
    var entries: [String: [Entry]] = [:]
    for group in book.words {
      let takesArticle = !group.values.contains { "aeiou".contains($0.prefix(1)) }
      for (value, phrase) in (group.values + group.alsoKnown).enumerated() {
        let first = String(phrase.prefix { $0 != " " })
        entries[first, default: []].append(
          Entry(
            phrase: phrase, role: group.role, value: value, part: group.part,
            takesArticle: takesArticle))
      }
    }
    self.entries = entries.mapValues { $0.sorted { $0.phrase.count > $1.phrase.count } }
    contents = book.contents
    determiners = Set(book.determiners)
    verbLeads = Set(book.verbLeads)
  }

  /// `text` as segments; joined again they give the same text.
  func segments(of text: Substring) -> [PromptForm.Segment] {
    var segments: [PromptForm.Segment] = []
    var literalStart = text.startIndex
    var index = text.startIndex
    var previousWord = ""
    func flush(upTo end: String.Index) {
      if literalStart < end { segments.append(.literal(String(text[literalStart..<end]))) }
    }
    while index < text.endIndex {
      if startsSentence(text, index), let match = contentPhrase(in: text[index...]) {
        flush(upTo: index)
        segments.append(match.segment)
        index = match.end
        literalStart = index
      } else if let end = endOfProtectedSpan(in: text[index...]) {
        index = end
        previousWord = ""
      } else if text[index].isLetter {
        let end = text[index...].firstIndex { !isWordCharacter($0) } ?? text.endIndex
        if let match = word(in: text, at: index, firstWordEnd: end, after: previousWord) {
          flush(upTo: index)
          segments.append(match.segment)
          index = match.end
          literalStart = index
          previousWord = ""
        } else {
          previousWord = text[index..<end].lowercased()
          index = end
        }
      } else {
        if text[index] != " " { previousWord = "" }
        index = text.index(after: index)
      }
    }
    flush(upTo: text.endIndex)
    return segments
  }

  private func word(
    in text: Substring, at start: String.Index, firstWordEnd: String.Index, after previous: String
  ) -> (segment: PromptForm.Segment, end: String.Index)? {
    guard let candidates = entries[text[start..<firstWordEnd].lowercased()] else { return nil }
    let rest = text[start...]
    for entry in candidates {
      let capitalized = rest.hasPrefix(capitalizing(entry.phrase))
      guard capitalized || rest.hasPrefix(entry.phrase) else { continue }
      let end = text.index(start, offsetBy: entry.phrase.count)
      guard end == text.endIndex || !isWordCharacter(text[end]) else { continue }
      let stands =
        switch entry.part {
        case .noun: determines(previous, entry)
        case .verb:
          (startsSentence(text, start) || verbLeads.contains(previous))
            && hasObject(text[end...])
        }
      if stands {
        return (.word(role: entry.role, value: entry.value, capitalized: capitalized), end)
      }
    }
    return nil
  }

  private func determines(_ word: String, _ entry: Entry) -> Bool {
    determiners.contains(word) && (word != "a" || entry.takesArticle)
  }

  /// Whether a determiner or a placeholder comes next.
  private func hasObject(_ rest: Substring) -> Bool {
    guard rest.first == " " else { return false }
    let rest = rest.dropFirst()
    return rest.hasPrefix("{{")
      || determiners.contains(rest.prefix(while: isWordCharacter).lowercased())
  }

  private func contentPhrase(
    in rest: Substring
  ) -> (segment: PromptForm.Segment, end: String.Index)? {
    for group in contents {
      for (value, phrase) in group.values.enumerated() where rest.hasPrefix(phrase.before) {
        let body = rest.dropFirst(phrase.before.count)
        guard let close = firstOccurrence(of: phrase.after, in: body) else { continue }
        let inner = body[..<close.lowerBound]
        let arguments =
          switch group.arguments {
          case .list: listItems(inner, separator: phrase.separator)
          case .phrase: inner.hasPrefix("the ") && isPlain(inner) ? [String(inner)] : []
          }
        if !arguments.isEmpty {
          return (
            .content(role: group.role, value: value, arguments: arguments), close.upperBound
          )
        }
      }
    }
    return nil
  }
}

/// The items of a list of two or more; none where some item is not a few plain words.
private func listItems(_ text: Substring, separator: String) -> [String] {
  let items = text.split(separator: separator, omittingEmptySubsequences: false)
  guard items.count > 1, items.allSatisfy({ isPlain($0) && !hasConjunction($0) }) else { return [] }
  return items.map(String.init)
}

/// Whether `text` is one to eight words of letters and digits.
private func isPlain(_ text: Substring) -> Bool {
  guard let first = text.first, let last = text.last, first != " ", last != " " else {
    return false
  }
  return text.allSatisfy { isWordCharacter($0) || $0 == " " || $0 == "-" }
    && text.split(separator: " ").count <= 8
}

private func hasConjunction(_ item: Substring) -> Bool {
  item.split(separator: " ").contains { $0 == "and" || $0 == "or" }
}

/// Whether a sentence begins at `index`: at the start of the text or of a line, or after a
/// sentence's end and a space.
private func startsSentence(_ text: Substring, _ index: String.Index) -> Bool {
  guard index > text.startIndex else { return true }
  let previous = text.index(before: index)
  if text[previous].isNewline { return true }
  guard text[previous] == " ", previous > text.startIndex else { return false }
  return endsSentence(text[text.index(before: previous)])
}

/// Whether a sentence can end with `character`.
func endsSentence(_ character: Character) -> Bool { ".?!)".contains(character) }

/// Letters, digits, and what joins them to one word.
func isWordCharacter(_ character: Character) -> Bool {
  character.isLetter || character.isNumber || character == "_" || character == "'"
}

/// The end of the placeholder or quotation that begins where `rest` does, if one does. Quotations
/// end on the line they began on.
func endOfProtectedSpan(in rest: Substring) -> String.Index? {
  if rest.hasPrefix("{{") { return firstOccurrence(of: "}}", in: rest.dropFirst(2))?.upperBound }
  guard let close = rest.first.flatMap({ quotationMarks[$0] }) else { return nil }
  let line = rest.dropFirst().prefix { !$0.isNewline }
  return line.firstIndex(of: close).map { rest.index(after: $0) }
}

private let quotationMarks: [Character: Character] = ["\"": "\"", "“": "”", "«": "»", "`": "`"]

/// Where `pattern` first stands in `text`.
func firstOccurrence(of pattern: String, in text: Substring) -> Range<String.Index>? {
  guard let first = pattern.first else { return nil }
  var rest = text
  while let start = rest.firstIndex(of: first) {
    if rest[start...].hasPrefix(pattern) {
      return start..<text.index(start, offsetBy: pattern.count)
    }
    rest = rest[rest.index(after: start)...]
  }
  return nil
}

/// `text` with its first letter large.
func capitalizing(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
