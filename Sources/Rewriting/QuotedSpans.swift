/// Finds quoted text: "…", '…' (not apostrophes), “…”, ‘…’, „…“, «…», `…`, 「…」.
struct QuotedSpans {
  /// Which marks close a span that a mark opens.
  static let closers: [Unicode.Scalar: Set<Unicode.Scalar>] = [
    "\"": ["\""], "'": ["'"], "`": ["`"], "“": ["”"], "‘": ["’"], "„": ["“", "”"], "«": ["»"],
    "「": ["」"],
  ]
  /// Longer spans are text between two unrelated marks; the bound also keeps the search linear.
  private static let longest = 400

  private let scalars: [Unicode.Scalar]

  /// What stands between quotation marks in `text`, from the first to the last, without the marks.
  /// A mark within a placeholder is part of the placeholder.
  static func contents(of text: String) -> [String] {
    QuotedSpans(scalars: Array(text.unicodeScalars)).spans()
  }

  /// Whether an opening mark may also be an apostrophe.
  static func isApostrophe(_ mark: Unicode.Scalar) -> Bool { mark == "'" || mark == "‘" }

  private func spans() -> [String] {
    var found: [String] = []
    var position = 0
    while position < scalars.count {
      if let placeholder = PromptScanner.placeholderEnd(in: scalars, from: position) {
        position = placeholder - 1
      } else if let end = end(of: position) {
        var content = String.UnicodeScalarView()
        content.append(contentsOf: scalars[(position + 1)..<end])
        if !content.isEmpty { found.append(String(content)) }
        position = end
      }
      position += 1
    }
    return found
  }

  /// The index of the mark that closes the one at `start`, if that one opens a span.
  private func end(of start: Int) -> Int? {
    let opener = scalars[start]
    guard let closers = Self.closers[opener] else { return nil }
    let isApostrophe = Self.isApostrophe(opener)
    if isApostrophe {
      guard start == 0 || !scalars[start - 1].isWordPart, start + 1 < scalars.count,
        !scalars[start + 1].properties.isWhitespace
      else { return nil }
    }
    var index = start + 1
    while index < min(start + 1 + Self.longest, scalars.count), scalars[index] != "\n" {
      if let placeholder = PromptScanner.placeholderEnd(in: scalars, from: index) {
        index = placeholder
        continue
      }
      let isFollowedByWord = index + 1 < scalars.count && scalars[index + 1].isWordPart
      if closers.contains(scalars[index]), !(isApostrophe && isFollowedByWord) { return index }
      index += 1
    }
    return nil
  }
}
