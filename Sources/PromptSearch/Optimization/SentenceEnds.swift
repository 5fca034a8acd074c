/// Where the sentences of running text end.
///
/// A sentence ends after ". ! ? …" and what closes with it, before whitespace; after "。！？" at
/// once. It does not end within a placeholder, a quotation, a bracket or code that is closed again,
/// nor after an abbreviation, an initial or a number (`Abbreviations`). Lower case goes on after a
/// period, unless the sentence itself began in lower case: then whoever wrote it uses no capitals.
struct SentenceEnds {
  /// Longest quotation or bracket that is kept together, and longest placeholder, in characters.
  private static let longestSpan = 500

  /// Whether each character stands in "{{…}}" or "{%…%}" after its first brace: there the text is
  /// never cut.
  let isInBraces: [Bool]
  private let text: [Character]

  init(_ text: [Character]) {
    self.text = text
    isInBraces = Self.braces(in: text)
  }

  /// The sentences of a range, without the whitespace around them.
  ///
  /// - Parameter range: It begins and ends with no whitespace.
  func sentences(in range: Range<Int>) -> [Range<Int>] {
    let isEnclosed = enclosedPlaces(in: range)
    var sentences: [Range<Int>] = []
    var start = range.lowerBound
    var index = start
    while index < range.upperBound {
      guard isTerminator(text[index]), !isInBraces[index] else {
        index += 1
        continue
      }
      let end = SentenceEnd(at: index, in: range, of: text)
      index = end.cut
      guard end.next < range.upperBound, !isEnclosed[end.cut - range.lowerBound],
        Abbreviations(text).endsSentence(end, from: start)
      else { continue }
      sentences.append(start..<end.cut)
      (start, index) = (end.next, end.next)
    }
    return sentences + [start..<range.upperBound]
  }

  /// Whether the last sentence of a range has ended where the text goes on at `next`, on another line.
  func endsSentence(_ range: Range<Int>, before next: Int) -> Bool {
    guard let first = tail(of: range) else { return false }
    let end = SentenceEnd(at: first, in: range.lowerBound..<next, of: text)
    return !Abbreviations(text).isAbbreviation(end, from: range.lowerBound)
  }

  /// Whether a range ends in what ends a sentence.
  func hasTerminator(_ range: Range<Int>) -> Bool { tail(of: range) != nil }

  /// Whether a range ends in what an answer follows on: ":", "->", "=>", "→" or "=".
  func endsInCue(_ range: Range<Int>) -> Bool {
    ":：→=".contains(text[range.upperBound - 1]) || text[range].suffix(2).elementsEqual("->")
      || text[range].suffix(2).elementsEqual("=>")
  }

  /// The first of the terminators at the end of a range, closing marks aside.
  private func tail(of range: Range<Int>) -> Int? {
    guard let last = range.last(where: { !isClosing(text[$0]) }), isTerminator(text[last]),
      !isInBraces[last]
    else { return nil }
    let before = (range.lowerBound..<last).last { !isTerminator(text[$0]) }
    return before.map { $0 + 1 } ?? range.lowerBound
  }
}

/// A run of terminators and what closes with it.
struct SentenceEnd {
  /// ".", "?!", "...".
  let terminators: Range<Int>
  /// Where the text would be cut: after closing quotation marks, brackets and emphasis.
  let cut: Int
  /// The next character that is no whitespace; the end of the range where there is none.
  let next: Int

  init(at start: Int, in range: Range<Int>, of text: [Character]) {
    let rest = text[start..<range.upperBound]
    let end = rest.firstIndex { !isTerminator($0) } ?? range.upperBound
    terminators = start..<end
    cut = rest[end...].firstIndex { !isClosing($0) } ?? range.upperBound
    next = rest[cut...].firstIndex { !$0.isWhitespace } ?? range.upperBound
  }
}

/// Whether a sentence can end with a character.
private func isTerminator(_ character: Character) -> Bool {
  switch character {
  case ".", "!", "?", "…", "؟", "।", "॥": true
  default: isWideTerminator(character)
  }
}

/// Whether a sentence ends with a character though no space follows.
func isWideTerminator(_ character: Character) -> Bool {
  switch character {
  case "。", "！", "？", "｡", "．": true
  default: false
  }
}

private func isClosing(_ character: Character) -> Bool {
  "\"'”’»)]）】」』》〉*_`".contains(character)
}

// MARK: What is not cut

extension SentenceEnds {
  private static func braces(in text: [Character]) -> [Bool] {
    var isInside = [Bool](repeating: false, count: text.count)
    var open: (place: Int, close: Character)?
    for place in text.indices.dropFirst() {
      let (previous, character) = (text[place - 1], text[place])
      if previous == "{", character == "{" || character == "%" {
        open = (place, character == "{" ? "}" : "%")
      } else if let (start, close) = open, character == "}", previous == close, place - start > 1 {
        if place - start <= longestSpan {
          for inside in start...place { isInside[inside] = true }
        }
        open = nil
      }
    }
    return isInside
  }

  /// For each place of a range, whether a cut before it would break a quotation, a bracket or code
  /// that is closed within the range.
  private func enclosedPlaces(in range: Range<Int>) -> [Bool] {
    var changes = [Int](repeating: 0, count: range.count + 2)
    var open: [Character: [Int]] = [:]
    for place in range where !isInBraces[place] {
      let character = text[place]
      if let close = Self.brackets[character] {
        open[close, default: []].append(place)
      } else if isStraight(character), opens(place, in: range) {
        open[character, default: []].append(place)
      } else if let start = open[character]?.popLast(), place - start <= Self.longestSpan {
        changes[start + 1 - range.lowerBound] += 1
        changes[place + 1 - range.lowerBound] -= 1
      }
    }
    var depth = 0
    return changes.map { change in
      depth += change
      return depth > 0
    }
  }

  private static let brackets: [Character: Character] = [
    "(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "（": "）", "【": "】", "《": "》",
  ]

  private func isStraight(_ character: Character) -> Bool { character == "\"" || character == "`" }

  /// Whether a straight mark opens a quotation: nothing of a word stands before it, and something
  /// after it.
  private func opens(_ place: Int, in range: Range<Int>) -> Bool {
    let (before, after) = (place - 1, place + 1)
    if after == range.upperBound || text[after].isWhitespace { return false }
    return before < range.lowerBound || text[before].isWhitespace
      || "([{（:-–—/".contains(text[before])
  }
}
