import Foundation

/// Brings what a generator wrote into the form in which candidates are compared, kept and sent.
///
/// Unicode in composed form (NFC), lines end in a line feed and in no space, nothing blank at the
/// ends. Language models wrap what they write: code fences, quotation marks, bold marks around the
/// whole text and lead-ins such as "Rewritten prompt:" are taken off, unless the original has the
/// like.
struct CandidateText {
  private let original: String

  init(original: String) { self.original = tidied(original) }

  /// `text` in that form.
  func normalized(_ text: String) -> String {
    var text = tidied(text)
    while let inner = withoutFence(text) ?? withoutLeadIn(text) ?? withoutQuotes(text) {
      text = tidied(inner)
    }
    return text
  }

  private func withoutFence(_ text: String) -> String? {
    let fence = "```"
    guard text.hasPrefix(fence), !original.hasPrefix(fence) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 1, lines.last == fence[...] else { return nil }
    return lines.dropFirst().dropLast().joined(separator: "\n")
  }

  private func withoutQuotes(_ text: String) -> String? {
    for (open, close) in Self.quotationMarks where text.hasPrefix(open) && text.hasSuffix(close) {
      if original.hasPrefix(open) && original.hasSuffix(close) { return nil }
      let inner = text.dropFirst(open.count).dropLast(close.count)
      guard text.count > open.count + close.count,
        !inner.contains(open), !inner.contains(close)
      else { return nil }
      return String(inner)
    }
    return nil
  }

  private static let quotationMarks = [
    ("\"", "\""), ("“", "”"), ("«", "»"), ("**", "**"), ("`", "`"), ("'", "'"),
  ]

  /// Takes off a first line, or its beginning, that announces a rewrite and ends in a colon.
  private func withoutLeadIn(_ text: String) -> String? {
    let line = text.prefix { !$0.isNewline }
    guard let colon = line.firstIndex(of: ":"), text.index(after: colon) < text.endIndex else {
      return nil
    }
    let words = text[..<colon].lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    guard
      words.contains(where: Self.announcing.contains),
      words.allSatisfy({ Self.announcing.contains($0) || Self.joining.contains($0) || isNumber($0) }
      ),
      !original.lowercased().hasPrefix(text[...colon].lowercased())
    else { return nil }
    // The rest of "**Rewritten prompt:** …".
    return String(text[text.index(after: colon)...].drop { $0 == "*" })
  }

  /// Words of which a lead-in has at least one.
  private static let announcing: Set<String> = [
    "rewritten", "rewrite", "rewrites", "rewriting", "reworded", "rewording", "rephrased",
    "rephrasing", "paraphrase", "paraphrased", "revised", "improved", "optimized", "optimised",
    "variant", "variation", "version", "alternative", "sure", "certainly",
  ]
  /// The other words that a lead-in may have.
  private static let joining: Set<String> = [
    "here", "is", "are", "s", "a", "an", "the", "of", "my", "your", "one", "another", "new",
    "prompt", "prompts", "text", "sentence", "instruction", "instructions", "option",
  ]

  private func isNumber(_ word: String) -> Bool { word.allSatisfy(\.isNumber) }
}

/// `text` composed, its lines without spaces at the end, nothing blank at either end.
private func tidied(_ text: String) -> String {
  let lines = text.precomposedStringWithCanonicalMapping
    .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(withoutSpacesAtEnd)
  let joined = lines.joined(separator: "\n").drop(while: \.isWhitespace)
  return String(withoutSpacesAtEnd(joined))
}

private func withoutSpacesAtEnd(_ text: Substring) -> Substring {
  var text = text
  while text.last?.isWhitespace == true { text.removeLast() }
  return text
}
