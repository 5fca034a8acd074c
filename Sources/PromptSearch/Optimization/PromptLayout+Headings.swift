/// Headings, labels and cues.
extension PromptLayout {
  /// Whether a line is a heading: short, without a placeholder, and not the cue at the prompt's end.
  func isHeading(_ index: Int) -> Bool {
    let line = lines[index].range
    guard line.count <= 100, !hasPlaceholder(line), !isCueAtEnd(index) else { return false }
    return isHashHeading(line) || isTag(line) || isBold(line) || isTitle(index)
      || isUnderlined(index)
  }

  /// "# Task", "###Tips###"; not "### Task: say what it is" or "# Say what it is.", for then nothing
  /// would be left to revise.
  private func isHashHeading(_ line: Range<Int>) -> Bool {
    let hashes = text[line].prefix { $0 == "#" }.count
    guard hashes > 0, hashes <= 6, hashes > 1 || text[line.lowerBound + 1].isWhitespace
    else { return false }
    let isClosed = text[line].suffix(2).allSatisfy { $0 == "#" }
    return isClosed || isShort(line.dropFirst(hashes), words: 12)
  }

  /// "<example>", "</s>", "<<SYS>>", "[INST]", "<|im_start|>user".
  private func isTag(_ line: Range<Int>) -> Bool {
    let words = wordCount(line)
    if text[line].starts(with: "<|") { return words == 1 }
    guard let open = text[line].first, let close = text[line].last, line.count <= 40 else {
      return false
    }
    let inner = text[line].drop { $0 == open }.dropLast()
    switch (open, close) {
    case ("<", ">"): return words <= 3 && !inner.contains("<") && inner.contains { $0 != ">" }
    case ("[", "]"): return words == 1
    default: return false
    }
  }

  /// "**Task**", "__Task:__".
  private func isBold(_ line: Range<Int>) -> Bool {
    guard line.count > 4, let mark = text[line].first, mark == "*" || mark == "_" else {
      return false
    }
    let isWrapped =
      text[line].prefix(2).allSatisfy { $0 == mark }
      && text[line].suffix(2).allSatisfy { $0 == mark }
    let inner = line.dropFirst(2).dropLast(2)
    return isWrapped && !text[inner].contains(mark) && isShort(inner, words: 8)
  }

  /// "Rules:" before what it announces; before a placeholder it is a label, or all that is asked for.
  private func isTitle(_ index: Int) -> Bool {
    let line = lines[index].range
    guard ":：".contains(text[line.upperBound - 1]), isShort(line, words: 3),
      let next = nextLine(after: index)
    else { return false }
    return !hasPlaceholder(next)
  }

  /// A line of its own above "===" or "---".
  private func isUnderlined(_ index: Int) -> Bool {
    guard index + 1 < lines.count, index == 0 || lines[index - 1].range.isEmpty else {
      return false
    }
    let rule = lines[index + 1].range
    return !rule.isEmpty && isRule(rule) && "=-".contains(text[rule.lowerBound])
      && isShort(lines[index].range, words: 8)
  }

  /// Whether a title has few words, ends no sentence, and no text follows on a label of its own.
  private func isShort(_ title: Range<Int>, words: Int) -> Bool {
    let title = trimmed(title, of: text)
    guard !title.isEmpty, wordCount(title) <= words, !ends.hasTerminator(title) else {
      return false
    }
    return !title.dropLast().contains {
      ":：".contains(text[$0]) && text[$0 + 1].isWhitespace
    }
  }

  private func wordCount(_ range: Range<Int>) -> Int {
    text[range].split(whereSeparator: \.isWhitespace).count
  }

  private func hasPlaceholder(_ line: Range<Int>) -> Bool { line.contains { ends.isInBraces[$0] } }

  /// "### Response:" as the last line is what the answer follows on.
  private func isCueAtEnd(_ index: Int) -> Bool {
    ends.endsInCue(lines[index].range) && nextLine(after: index) == nil
  }

  private func nextLine(after index: Int) -> Range<Int>? {
    lines[(index + 1)...].first { !$0.range.isEmpty }?.range
  }

  /// "Answer:", "the label is ->": a few words that an answer follows on.
  func isCue(_ line: Range<Int>) -> Bool {
    wordCount(line) <= 4 && ends.endsInCue(line)
  }

  /// "Text: {{text}}": begins with a placeholder, or with a label before one.
  func isLabelled(_ line: Range<Int>) -> Bool {
    guard let inside = line.first(where: { ends.isInBraces[$0] }) else { return false }
    let label = trimmed(line.lowerBound..<(inside - 1), of: text)
    return label.isEmpty || ":：".contains(text[label.upperBound - 1])
  }
}
