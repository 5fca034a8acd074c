extension TerminalText {
  /// A word diff on one line.
  ///
  /// - Parameters:
  ///   - context: Code points that stay at either end of a longer run that did not change.
  ///   - limit: Code points that stay of a longer run that did.
  public init(_ diff: WordDiff, context: Int, limit: Int) {
    self.init("")
    for run in diff.runs {
      switch run.kind {
      case .same: self += TerminalText(middleCut(run.text, keeping: context))
      case .removed: append(run.text, .removed, limit)
      case .inserted: append(run.text, .inserted, limit)
      }
    }
  }

  /// A changed run; the whitespace after it stands behind its mark.
  private mutating func append(_ run: String, _ style: Style, _ limit: Int) {
    let space = String(run.reversed().prefix { $0.isWhitespace }.reversed())
    let words = String(run.dropLast(space.count))
    self += TerminalText(shortened(words, to: limit), style)
    self += TerminalText(shortened(space, to: limit), words.isEmpty ? style : .plain)
  }
}

/// A text without its middle, where that is long.
private func middleCut(_ text: String, keeping context: Int) -> String {
  let scalars = text.unicodeScalars
  guard scalars.count > 2 * context + 1 else { return text }
  return String(String.UnicodeScalarView(scalars.prefix(context))) + "…"
    + String(String.UnicodeScalarView(scalars.suffix(context)))
}
