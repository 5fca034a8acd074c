/// Finds what is to be appended to a rewrite so that nothing of the original is missing.
struct SpanCompletion {
  /// A part of the original.
  private struct Piece {
    let text: String
    let place: String.Index
    let beginsLine: Bool
    /// A whole sentence, which is appended once.
    let isSentence: Bool
  }

  private let original: String
  private let guards: Guards
  private let required: [String]
  private let sentences: [Piece]

  init(of original: String, guards: Guards, required: [String]) {
    self.original = original
    self.guards = guards
    self.required = required
    sentences = Self.sentences(of: original)
  }

  /// What is appended; empty where nothing is missing, nil where appending does not help.
  ///
  /// Each missing span comes with the shortest sentence of the original that has it, so that it is
  /// said what the span is for, or alone where that sentence would break another guard.
  ///
  /// - Parameter isBare: Whether spans come alone.
  func text(for rewrite: String, isBare: Bool = false) -> String? {
    var pieces: [Piece] = []
    while let violation = violation(rewrite, pieces) {
      guard let span = violation.missingSpan,
        let piece = candidates(for: span, isBare: isBare).first(where: { piece in
          !(piece.isSentence && pieces.contains { $0.place == piece.place && $0.isSentence })
            && helps(pieces + [piece], for: rewrite, against: violation)
        })
      else { return nil }
      pieces.append(piece)
    }
    return joined(pieces, after: rewrite)
  }

  private func violation(_ rewrite: String, _ pieces: [Piece]) -> GuardViolation? {
    guards.violation(
      original: original, rewritten: rewrite + joined(pieces, after: rewrite), required: required)
  }

  /// Whether other spans than before are missing, or none.
  private func helps(
    _ pieces: [Piece], for rewrite: String, against violation: GuardViolation
  ) -> Bool {
    guard let next = self.violation(rewrite, pieces) else { return true }
    return next.missingSpan != nil && next != violation
  }

  private func candidates(for span: String, isBare: Bool) -> [Piece] {
    let place = original.range(of: span)?.lowerBound ?? original.endIndex
    let whole = sentences.filter { $0.text.contains(span) }
      .sorted { $0.text.utf8.count < $1.text.utf8.count }.prefix(2)
    let mark = QuotedSpans.contents(of: original).contains(span) ? "\"" : ""
    let bare = Piece(
      text: mark + span + mark, place: place, beginsLine: span.hasPrefix("{{"),
      isSentence: false)
    return (isBare ? [] : Array(whole)) + [bare]
  }

  /// The pieces in the order of the original.
  private func joined(_ pieces: [Piece], after rewrite: String) -> String {
    var result = ""
    for piece in pieces.sorted(by: { $0.place < $1.place }) {
      let last = (result.isEmpty ? rewrite : result).unicodeScalars.last
      if last?.properties.isWhitespace == false { result += piece.beginsLine ? "\n" : " " }
      result += piece.text
    }
    return result
  }

  /// The sentences of a text; a line's end ends one as well.
  private static func sentences(of text: String) -> [Piece] {
    var pieces: [Piece] = []
    for line in text.split(whereSeparator: \.isNewline) {
      var start = line.startIndex
      for index in line.indices {
        let next = line.index(after: index)
        let isEnd = next == line.endIndex || (".?!".contains(line[index]) && line[next] == " ")
        guard isEnd else { continue }
        let sentence = line[start..<next].drop(while: \.isWhitespace)
        pieces.append(
          Piece(
            text: String(sentence), place: sentence.startIndex,
            beginsLine: start == line.startIndex, isSentence: true))
        start = next
      }
    }
    return pieces
  }
}

extension GuardViolation {
  /// The span that is missing, where that is what is wrong.
  fileprivate var missingSpan: String? {
    switch self {
    case .placeholderMissing(let text), .quoteMissing(let text), .numberMissing(let text),
      .labelMissing(let text), .requiredWordMissing(let text):
      text
    case .placeholderCount(let name, let expected, let found): found < expected ? name : nil
    default: nil
    }
  }
}
