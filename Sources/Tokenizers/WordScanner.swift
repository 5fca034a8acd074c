/// Cuts text into the words that merges never cross.
///
/// The rule is GPT-2's pattern, applied from left to right:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2,
/// and the pattern of the published code.
package struct WordScanner: Sendable {
  /// The scanner for all texts; its table is filled once.
  package static let standard = WordScanner()

  private enum ScalarClass: UInt8 { case other, letter, number, space }

  /// Class of each scalar of the basic plane; the few others are looked up when met.
  private let classes: [ScalarClass]

  private init() {
    classes = (0...UInt32(0xFFFF)).map { Unicode.Scalar($0).map(Self.classify) ?? .other }
  }

  /// End of the word that starts at `start`, both in bytes.
  ///
  /// - Precondition: `text` is valid UTF-8, and `start` is the first byte of a scalar in it.
  package func wordEnd(in text: Span<UInt8>, from start: Int) -> Int {
    if text[start] == 0x27, let end = contractionEnd(in: text, from: start) { return end }
    let first = scalar(in: text, at: start)
    guard first.kind == .space else { return runEnd(of: first.kind, in: text, from: first.end) }
    if text[start] == 0x20, first.end < text.count {
      let second = scalar(in: text, at: first.end)
      if second.kind != .space { return runEnd(of: second.kind, in: text, from: second.end) }
    }
    return spaceEnd(in: text, from: start)
  }

  private func contractionEnd(in text: Span<UInt8>, from start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    let letter = text[start + 1]
    let next = start + 2 < text.count ? text[start + 2] : 0
    switch (letter, next) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
      (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }

  private func runEnd(of kind: ScalarClass, in text: Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < text.count {
      let next = scalar(in: text, at: end)
      if next.kind != kind { break }
      end = next.end
    }
    return end
  }

  /// White space up to the end of the text, or all but its last scalar, which belongs to what
  /// follows if it is a space; a single scalar is a word of its own.
  private func spaceEnd(in text: Span<UInt8>, from start: Int) -> Int {
    var lastStart = start
    var end = start
    while end < text.count {
      let next = scalar(in: text, at: end)
      if next.kind != .space { return lastStart > start ? lastStart : end }
      lastStart = end
      end = next.end
    }
    return end
  }

  @inline(__always)
  private func scalar(in text: Span<UInt8>, at start: Int) -> (kind: ScalarClass, end: Int) {
    let lead = UInt32(text[start])
    if lead < 0x80 { return (classes[Int(lead)], start + 1) }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = lead & (0xFF >> UInt32(length + 1))
    for index in start + 1..<start + length { value = value << 6 | UInt32(text[index] & 0x3F) }
    if value <= 0xFFFF { return (classes[Int(value)], start + length) }
    return (Unicode.Scalar(value).map(Self.classify) ?? .other, start + length)
  }

  private static func classify(_ scalar: Unicode.Scalar) -> ScalarClass {
    if scalar.properties.isWhitespace { return .space }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default: .other
    }
  }
}
