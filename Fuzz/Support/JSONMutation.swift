/// Values that readers are known to stumble over.
private let oddValues = [
  "0", "-0", "1", "-1", "2", "255", "256", "1048576", "2147483647", "2147483648", "4294967296",
  "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
  "-9223372036854775808", "1e999", "-1e999", "1e-999", "0.5", "1e3", "1E400000000", "null", "true",
  "false", "[]", "{}", "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ufdd0\"",
  "\"e\u{301}\"", "\"\u{E9}\"", "[[[[[[[[]]]]]]]]", "[1]", "{\"a\":1}",
]

/// Changes a JSON text by whole values: one is replaced by an odd one or by another one of the text,
/// repeated or removed. The text mostly stays JSON, so that what comes after the parser is reached.
func mutateJSON(_ text: inout [UInt8], using random: inout SeededGenerator) {
  let values = JSONValues(text).ranges
  guard let place = values.randomElement(using: &random) else { return }
  switch Int.random(in: 0..<5, using: &random) {
  case 0, 1:
    let value = oddValues.randomElement(using: &random) ?? "0"
    text.replaceSubrange(place, with: Array(value.utf8))
  case 2:
    let other = values.randomElement(using: &random) ?? place
    text.replaceSubrange(place, with: Array(text[other]))
  case 3:
    text.insert(contentsOf: Array(text[place]) + [UInt8(ascii: ",")], at: place.lowerBound)
  default:
    let next = text[place.upperBound...].first
    let hasSeparator = next == UInt8(ascii: ",") || next == UInt8(ascii: ":")
    text.removeSubrange(place.lowerBound..<place.upperBound + (hasSeparator ? 1 : 0))
  }
}

/// Where the values of a JSON text lie, keys and members included; of a text that is none, what
/// looks like values.
private struct JSONValues {
  private(set) var ranges: [Range<Int>] = []

  init(_ text: [UInt8]) {
    var open: [Int] = []
    var index = 0
    while index < text.count {
      let start = index
      index += 1
      switch text[start] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(start)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let first = open.popLast() { ranges.append(first..<index) }
      case UInt8(ascii: "\""):
        index = Self.end(ofString: start, in: text)
        ranges.append(start..<index)
        addMember(from: start, keyEnd: index, in: text)
      case let byte where Self.isScalar(byte):
        while index < text.count, Self.isScalar(text[index]) { index += 1 }
        ranges.append(start..<index)
      default: break
      }
    }
  }

  /// A key together with its value, where that is a string or a scalar.
  private mutating func addMember(from start: Int, keyEnd: Int, in text: [UInt8]) {
    guard keyEnd + 1 < text.count, text[keyEnd] == UInt8(ascii: ":") else { return }
    var end = keyEnd + 1
    if text[end] == UInt8(ascii: "\"") {
      end = Self.end(ofString: end, in: text)
    } else {
      while end < text.count, Self.isScalar(text[end]) { end += 1 }
    }
    if end > keyEnd + 1 { ranges.append(start..<end) }
  }

  private static func end(ofString start: Int, in text: [UInt8]) -> Int {
    var index = start + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") {
      index += text[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, text.count)
  }

  private static func isScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}
