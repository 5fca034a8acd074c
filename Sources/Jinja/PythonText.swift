/// Python's text methods, which know code points and no grapheme clusters.

/// Python's `str.isspace` for one code point.
func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
}

/// The ends of a text that are stripped.
package struct TextEnds: OptionSet {
  package let rawValue: Int
  package static let left = TextEnds(rawValue: 1)
  package static let right = TextEnds(rawValue: 2)
  package static let both: TextEnds = [.left, .right]

  package init(rawValue: Int) { self.rawValue = rawValue }
}

/// Python's `strip`, `lstrip` and `rstrip`: `text` without the code points of `characters` at
/// its ends; nil means whitespace.
package func stripped(_ text: String, of characters: String? = nil, at ends: TextEnds = .both)
  -> String
{
  let set = characters.map { Set($0.unicodeScalars) }
  func isStripped(_ scalar: Unicode.Scalar) -> Bool {
    set?.contains(scalar) ?? isPythonSpace(scalar)
  }
  var rest = text.unicodeScalars[...]
  if ends.contains(.left) { rest = rest.drop(while: isStripped) }
  while ends.contains(.right), let last = rest.last, isStripped(last) { rest.removeLast() }
  return String(rest)
}

/// Byte offsets at which `part` begins in `text`, from the left and not overlapping, at most
/// `limit`. `part` must not be empty.
///
/// Knuth, Morris and Pratt's search: its time is linear whatever the two are.
func positions(of part: String, in text: String, limit: Int = .max) -> [Int] {
  let part = Array(part.utf8)
  precondition(!part.isEmpty, "a search for empty text")
  let borders = borderLengths(of: part)
  var found: [Int] = []
  var matched = 0
  for (index, byte) in text.utf8.enumerated() where found.count < limit {
    while matched > 0 && part[matched] != byte { matched = borders[matched - 1] }
    if part[matched] == byte { matched += 1 }
    if matched == part.count {
      found.append(index + 1 - part.count)
      matched = 0
    }
  }
  return found
}

/// For each prefix of `bytes` the length of the longest proper prefix that is its suffix as well.
private func borderLengths(of bytes: [UInt8]) -> [Int] {
  var lengths = [0]
  for byte in bytes.dropFirst() {
    var length = lengths[lengths.count - 1]
    while length > 0 && bytes[length] != byte { length = lengths[length - 1] }
    lengths.append(bytes[length] == byte ? length + 1 : 0)
  }
  return lengths
}

/// Python's `split` by a separator, at most `limit` times.
package func splitText(_ text: String, by separator: String, limit: Int = .max) -> [String] {
  let bytes = text.utf8
  var parts: [String] = []
  var start = bytes.startIndex
  var offset = 0
  for position in positions(of: separator, in: text, limit: limit) {
    let end = bytes.index(start, offsetBy: position - offset)
    parts.append(String(Substring(bytes[start..<end])))
    start = bytes.index(end, offsetBy: separator.utf8.count)
    offset = position + separator.utf8.count
  }
  return parts + [String(Substring(bytes[start...]))]
}

/// Python's `split` without a separator: the words between whitespace, the rest as it is after
/// `limit` words.
func splitWords(_ text: String, limit: Int = .max) -> [String] {
  var words: [String] = []
  var rest = text.unicodeScalars.drop(while: isPythonSpace)
  while !rest.isEmpty, words.count < limit {
    let word = rest.prefix { !isPythonSpace($0) }
    words.append(String(word))
    rest = rest[word.endIndex...].drop(while: isPythonSpace)
  }
  return rest.isEmpty ? words : words + [String(rest)]
}

/// Python's `title`: a capital at the start of each run of cased letters.
func titleCased(_ text: String) -> String {
  var result = ""
  var isInside = false
  for scalar in text.unicodeScalars {
    let properties = scalar.properties
    result += isInside ? properties.lowercaseMapping : properties.titlecaseMapping
    isInside = properties.isCased
  }
  return result
}

/// Python's `capitalize`: a capital at the start, the rest small.
func capitalized(_ text: String) -> String {
  guard let first = text.unicodeScalars.first else { return text }
  return first.properties.titlecaseMapping
    + String(text.unicodeScalars.dropFirst()).lowercased()
}

/// Python's `splitlines`: line ends of all kinds, and no empty line behind the last one.
func splitLines(_ text: String) -> [String] {
  let lineEnds: Set<Unicode.Scalar> = [
    "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
  ]
  var lines: [String] = []
  var rest = text.unicodeScalars[...]
  while !rest.isEmpty {
    let line = rest.prefix { !lineEnds.contains($0) }
    lines.append(String(line))
    rest = rest[line.endIndex...]
    if rest.popFirst() == "\r", rest.first == "\n" { rest.removeFirst() }
  }
  return lines
}

/// The code points of `text` from the last to the first.
func backwards(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.reversed()))
}

/// Where `part`, which is not empty, begins last in `text`.
func lastPosition(of part: String, in text: String) -> String.Index? {
  guard let offset = positions(of: backwards(part), in: backwards(text), limit: 1).first else {
    return nil
  }
  return text.utf8.index(text.endIndex, offsetBy: -(offset + part.utf8.count))
}
