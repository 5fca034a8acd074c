/// The lines of a prompt: which of them are headings, code, items, and which belong together.
struct PromptLayout {
  /// A part of the prompt, without the whitespace around it.
  struct Piece {
    let range: Range<Int>
    let role: PromptSentences.Part.Role
  }

  /// A line without the whitespace around it; a blank one is empty.
  struct Line {
    let range: Range<Int>
    /// Characters of whitespace before it.
    let indent: Int
  }

  let text: [Character]
  let ends: SentenceEnds
  let lines: [Line]

  init(_ text: [Character]) {
    self.text = text
    ends = SentenceEnds(text)
    lines = Self.lines(of: text, ends)
  }

  /// The parts in order. Between them, before and after them there is nothing but whitespace.
  var pieces: [Piece] {
    var pieces: [Piece] = []
    var block: Block?
    var index = 0
    func endBlock() {
      if let block { pieces += parts(of: block) }
      block = nil
    }
    while index < lines.count {
      let line = lines[index]
      switch kind(of: index) {
      case .blank: endBlock()
      case .heading:
        endBlock()
        pieces.append(Piece(range: line.range, role: .heading))
      case .code:
        endBlock()
        index = closingFence(of: index) ?? index
        let range = line.range.lowerBound..<lines[index].range.upperBound
        pieces.append(Piece(range: range, role: .code))
      case .item:
        endBlock()
        block = Block(range: line.range, itemIndent: line.indent)
      case .text:
        if let start = block?.range.lowerBound, let open = block, goesOn(open, in: line) {
          block?.range = start..<line.range.upperBound
        } else {
          endBlock()
          block = Block(range: line.range, itemIndent: nil)
        }
      }
      index += 1
    }
    endBlock()
    return pieces
  }

  /// Lines that were joined: running text, or an item, which is one part.
  private struct Block {
    var range: Range<Int>
    let itemIndent: Int?
  }

  private func parts(of block: Block) -> [Piece] {
    let ranges = block.itemIndent == nil ? ends.sentences(in: block.range) : [block.range]
    return ranges.map { Piece(range: $0, role: .sentence) }
  }

  /// Whether a line goes on what the block says: it is indented below an item, or it begins in lower
  /// case where neither a sentence nor a label has ended.
  private func goesOn(_ block: Block, in line: Line) -> Bool {
    if let indent = block.itemIndent, line.indent > indent { return true }
    guard text[line.range.lowerBound].isLowercase, !isCue(line.range), !isLabelled(line.range)
    else { return false }
    let last = block.range.upperBound - 1
    return !":：;".contains(text[last]) && !ends.isInBraces[last]
      && !ends.endsSentence(block.range, before: line.range.lowerBound)
  }
}

// MARK: Lines

extension PromptLayout {
  /// Line ends within a placeholder do not count.
  private static func lines(of text: [Character], _ ends: SentenceEnds) -> [Line] {
    var lines: [Line] = []
    var start = 0
    for end in 0...text.count
    where end == text.count || (text[end].isNewline && !ends.isInBraces[end]) {
      let line = trimmed(start..<end, of: text)
      if let heading = endOfClosedHeading(line, of: text) {
        lines.append(Line(range: line.lowerBound..<heading, indent: line.lowerBound - start))
        lines.append(Line(range: trimmed(heading..<end, of: text), indent: 0))
      } else {
        lines.append(Line(range: line, indent: line.lowerBound - start))
      }
      start = end + 1
    }
    return lines
  }

  /// Where "###Tips### Think twice." goes on after the heading.
  private static func endOfClosedHeading(_ line: Range<Int>, of text: [Character]) -> Int? {
    guard line.count > 4, text[line.lowerBound] == "#", text[line.lowerBound + 1] == "#",
      let title = text[line].firstIndex(where: { $0 != "#" }),
      let close = text[title..<line.upperBound].firstIndex(of: "#"),
      let end = text[close..<line.upperBound].firstIndex(where: { $0 != "#" }),
      end - close > 1, text[end].isWhitespace
    else { return nil }
    return end
  }

  private enum Kind {
    case blank, code, heading, item, text
  }

  private func kind(of index: Int) -> Kind {
    let line = lines[index].range
    if line.isEmpty { return .blank }
    if isFence(line) || isRule(line) { return .code }
    if isItem(line) { return .item }
    return isHeading(index) ? .heading : .text
  }

  /// Whether a line opens or closes a block of code.
  private func isFence(_ line: Range<Int>) -> Bool {
    text[line].starts(with: "```") || text[line].starts(with: "~~~")
  }

  /// The line that closes the block that a fence opens; nil where none does, or none is opened.
  private func closingFence(of index: Int) -> Int? {
    let line = lines[index].range
    guard isFence(line) else { return nil }
    let fence = text[line].prefix(3)
    // "```code```" is closed on its line.
    if line.count > 6, text[line].suffix(3).elementsEqual(fence) { return nil }
    return lines[(index + 1)...].firstIndex { text[$0.range].starts(with: fence) }
  }

  /// "---", "===", "###", and the quotation marks that fence a text in: """.
  func isRule(_ line: Range<Int>) -> Bool {
    let first = text[line.lowerBound]
    return "-=_*#~—─+<>\"'".contains(first) && (line.count > 2 || first == "#")
      && text[line].allSatisfy { $0 == first || $0.isWhitespace }
  }

  /// "- ", "• ", "1. ", "2) ", "(a) ", "A. ", "3、".
  private func isItem(_ line: Range<Int>) -> Bool {
    let line = text[line]
    guard let first = line.first else { return false }
    if "-*+•·●▪◦‣○■–—".contains(first) { return isSpace(line.dropFirst().first) }
    let inner = line.dropFirst(first == "(" ? 1 : 0)
    let digits = inner.prefix { $0.isNumber }
    let label = digits.isEmpty ? inner.prefix { $0.isLetter && $0.isASCII } : digits
    let rest = inner.dropFirst(label.count)
    guard !label.isEmpty, label.count <= 3, let mark = rest.first else { return false }
    if first == "(" { return mark == ")" && isSpace(rest.dropFirst().first) }
    if mark == "、" { return !digits.isEmpty }
    // "J. Smith" is no item of a list: options seldom come so far.
    let isLetter = label.count == 1 && (mark == ")" || ("A"..."H").contains(first))
    return (mark == "." || mark == ")") && (!digits.isEmpty || isLetter)
      && isSpace(rest.dropFirst().first)
  }

  private func isSpace(_ character: Character?) -> Bool { character?.isWhitespace == true }
}

/// A range without the whitespace at its ends.
func trimmed(_ range: Range<Int>, of text: [Character]) -> Range<Int> {
  let start = text[range].firstIndex { !$0.isWhitespace } ?? range.upperBound
  let end = text[start..<range.upperBound].lastIndex { !$0.isWhitespace }.map { $0 + 1 } ?? start
  return start..<end
}
