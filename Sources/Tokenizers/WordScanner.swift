/// Cuts text into the words that merges never cross, by the rule of a `PreTokenizer`.
package struct WordScanner: Sendable {
  static let gpt2 = WordScanner(.gpt2)
  static let llama3 = WordScanner(.llama3)
  static let qwen2 = WordScanner(.qwen2)
  static let smolLM = WordScanner(.smolLM)

  private let rule: PreTokenizer
  private let classes: ScalarClasses

  private init(_ rule: PreTokenizer) {
    self.rule = rule
    classes = ScalarClasses(knowsNewNumbers: rule == .smolLM)
  }

  /// End of the word that starts at `start`, both in bytes.
  ///
  /// - Precondition: `text` is valid UTF-8, and `start` is the first byte of a scalar in it.
  @inline(__always)
  package func wordEnd(in text: Span<UInt8>, from start: Int) -> Int {
    switch rule {
    case .gpt2, .smolLM: wordEndOfGPT2(in: text, from: start)
    case .llama3: wordEndOfLlama3(in: text, from: start, longestNumber: 3)
    case .qwen2: wordEndOfLlama3(in: text, from: start, longestNumber: 1)
    }
  }

  // MARK: GPT-2 and SmolLM

  private func wordEndOfGPT2(in text: Span<UInt8>, from start: Int) -> Int {
    if text[start] == Self.apostrophe, let end = contractionEnd(in: text, from: start) {
      return end
    }
    let first = scalar(in: text, at: start)
    guard first.isSpace else { return runEnd(of: first, in: text) }
    if text[start] == Self.space, first.end < text.count {
      let second = scalar(in: text, at: first.end)
      if !second.isSpace, !endsText(second) { return runEnd(of: second, in: text) }
    }
    return spaceEnd(in: text, from: start)
  }

  /// Whether the pattern sees the end of its text here: SmolLM's digits are cut out before.
  @inline(__always)
  private func endsText(_ scalar: ScannedScalar) -> Bool {
    rule == .smolLM && scalar.kind == .number
  }

  @inline(__always)
  private func runEnd(of first: ScannedScalar, in text: Span<UInt8>) -> Int {
    endsText(first) ? first.end : runEnd(of: first.kind, in: text, from: first.end)
  }

  // MARK: Llama 3 and Qwen

  /// The alternatives of the pattern in their order: contraction, letters, number, signs, spaces.
  private func wordEndOfLlama3(
    in text: Span<UInt8>, from start: Int, longestNumber: Int
  ) -> Int {
    if text[start] == Self.apostrophe,
      let end = anyCaseContractionEnd(in: text, from: start)
    {
      return end
    }
    let first = scalar(in: text, at: start)
    if first.kind == .letter { return runEnd(of: .letter, in: text, from: first.end) }
    if first.kind == .number { return numberEnd(in: text, from: start, longest: longestNumber) }
    if first.end < text.count, first.kind != .lineEnd {
      let second = scalar(in: text, at: first.end)
      if second.kind == .letter { return runEnd(of: .letter, in: text, from: second.end) }
      if second.kind == .other, text[start] == Self.space {
        return signEnd(in: text, from: second.end)
      }
    }
    if first.kind == .other { return signEnd(in: text, from: first.end) }
    return lastLineEnd(in: text, from: start) ?? spaceEnd(in: text, from: start)
  }

  private func numberEnd(in text: Span<UInt8>, from start: Int, longest: Int) -> Int {
    var (end, count) = (start, 0)
    while end < text.count, count < longest {
      let next = scalar(in: text, at: end)
      if next.kind != .number { break }
      (end, count) = (next.end, count + 1)
    }
    return end
  }

  /// Signs, and the line ends behind them.
  private func signEnd(in text: Span<UInt8>, from start: Int) -> Int {
    let end = runEnd(of: .other, in: text, from: start)
    return runEnd(of: .lineEnd, in: text, from: end)
  }

  /// The place behind the last line end of the white space at `start`.
  private func lastLineEnd(in text: Span<UInt8>, from start: Int) -> Int? {
    var (end, found) = (start, nil as Int?)
    while end < text.count {
      let next = scalar(in: text, at: end)
      if !next.isSpace { break }
      end = next.end
      if next.kind == .lineEnd { found = end }
    }
    return found
  }

  /// Any case, and the long s, which the pattern's engine takes for an s.
  private func anyCaseContractionEnd(in text: Span<UInt8>, from start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    if text[start + 1] == 0xC5, text[start + 2] == 0xBF { return start + 3 }
    return contractionEnd(in: text, from: start, caseBit: 0x20)
  }

  // MARK: Both

  private static let apostrophe = UInt8(ascii: "'")
  private static let space = UInt8(ascii: " ")

  /// - Parameter caseBit: Bits to set in each letter before it is compared.
  @inline(__always)
  private func contractionEnd(
    in text: Span<UInt8>, from start: Int, caseBit: UInt8 = 0
  ) -> Int? {
    guard start + 1 < text.count else { return nil }
    let letter = text[start + 1] | caseBit
    let next = start + 2 < text.count ? text[start + 2] | caseBit : 0
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

  @inline(__always)
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
      if endsText(next) { return end }
      if !next.isSpace { return lastStart > start ? lastStart : end }
      lastStart = end
      end = next.end
    }
    return end
  }

  private struct ScannedScalar {
    let kind: ScalarClass
    /// The byte behind it.
    let end: Int

    @inline(__always) var isSpace: Bool { kind == .space || kind == .lineEnd }
  }

  @inline(__always)
  private func scalar(in text: Span<UInt8>, at start: Int) -> ScannedScalar {
    let lead = UInt32(text[start])
    if lead < 0x80 { return ScannedScalar(kind: classes.ofScalar(lead), end: start + 1) }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = lead & (0xFF >> UInt32(length + 1))
    for index in start + 1..<start + length { value = value << 6 | UInt32(text[index] & 0x3F) }
    return ScannedScalar(kind: classes.ofScalar(value), end: start + length)
  }
}
