/// A JSON document (RFC 8259).
///
/// `tokenizer.json` of a large model holds half a million strings, for which `JSONDecoder` takes a
/// second; and a vocabulary needs its keys in their order and duplicates seen. Nesting and the
/// number of values are bounded, and with them the memory that a document takes.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// A text that is no JSON, and the first byte that shows it.
  package struct SyntaxError: Error {
    package let offset: Int
    package let reason: String
  }

  /// Parses a whole document.
  package init(parsing bytes: [UInt8]) throws(SyntaxError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  private var index = 0
  private var valueCount = 0

  private static let deepest = 64
  private static let mostValues = 1 << 22

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONValue.SyntaxError) -> JSONValue {
    let value = try self.value(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw error("there is more behind the document") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONValue.SyntaxError) -> JSONValue {
    guard depth < Self.deepest else { throw error("values are nested too deeply") }
    valueCount += 1
    guard valueCount <= Self.mostValues else { throw error("there are too many values") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(
    depth: Int
  ) throws(JSONValue.SyntaxError) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    index += 1
    if takes(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a key is missing") }
      let key = try string()
      guard takes(UInt8(ascii: ":")) else { throw error("a colon is missing") }
      members.append((key, try value(depth: depth + 1)))
    } while takes(UInt8(ascii: ","))
    guard takes(UInt8(ascii: "}")) else { throw error("an object is not closed") }
    return members
  }

  private mutating func elements(depth: Int) throws(JSONValue.SyntaxError) -> [JSONValue] {
    var elements: [JSONValue] = []
    index += 1
    if takes(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while takes(UInt8(ascii: ","))
    guard takes(UInt8(ascii: "]")) else { throw error("a list is not closed") }
    return elements
  }

  private mutating func word(
    _ word: String, _ value: JSONValue
  ) throws(JSONValue.SyntaxError) -> JSONValue {
    guard bytes[index...].starts(with: word.utf8) else { throw error("a value is missing") }
    index += word.utf8.count
    return value
  }

  private mutating func number() throws(JSONValue.SyntaxError) -> JSONValue {
    let start = index
    while let byte = peek, "+-.0123456789eE".utf8.contains(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    let digits = text.drop { $0 == "-" }
    guard digits.first?.isNumber == true, !text.hasSuffix("."),
      !(digits.hasPrefix("0") && digits.dropFirst().first?.isNumber == true)
    else { throw error("a value is missing") }
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("a number is not valid") }
    return .number(number)
  }

  // MARK: Strings

  /// The string whose opening quote is next.
  private mutating func string() throws(JSONValue.SyntaxError) -> String {
    index += 1
    let start = index
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      index += 1
    }
    guard peek == UInt8(ascii: "\"") else { return try escapedString(from: start) }
    index += 1
    return try text(bytes[start..<index - 1])
  }

  private mutating func escapedString(
    from start: Int
  ) throws(JSONValue.SyntaxError) -> String {
    var content = Array(bytes[start..<index])
    while let byte = peek {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(content[...])
      case UInt8(ascii: "\\"): content += String(try escape()).utf8
      case 0..<0x20: throw error("a string holds a control character")
      default: content.append(byte)
      }
    }
    throw error("a string is not closed")
  }

  /// The scalar of an escape whose backslash is read.
  private mutating func escape() throws(JSONValue.SyntaxError) -> Unicode.Scalar {
    guard let byte = peek else { throw error("a string is not closed") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try escapedScalar()
    default: throw error("an escape is not valid")
    }
  }

  /// One or, for a pair of surrogates, two groups of four digits.
  private mutating func escapedScalar() throws(JSONValue.SyntaxError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), takesBytes("\\u") else {
      throw error("a surrogate is alone")
    }
    let second = try codeUnit()
    guard UTF16.isTrailSurrogate(second) else { throw error("a surrogate is alone") }
    let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00
    guard let scalar = Unicode.Scalar(value) else { throw error("a surrogate is alone") }
    return scalar
  }

  private mutating func codeUnit() throws(JSONValue.SyntaxError) -> UInt16 {
    let digits = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt16(digits, radix: 16)
    else { throw error("an escape is not valid") }
    index += 4
    return unit
  }

  private func text(_ content: ArraySlice<UInt8>) throws(JSONValue.SyntaxError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw error("a string is not UTF-8")
    }
    return text
  }

  // MARK: Bytes

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  /// Takes a byte after white space, if it is next.
  private mutating func takes(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek == byte else { return false }
    index += 1
    return true
  }

  private mutating func takesBytes(_ text: String) -> Bool {
    guard bytes[index...].starts(with: text.utf8) else { return false }
    index += text.utf8.count
    return true
  }

  private func error(_ reason: String) -> JSONValue.SyntaxError {
    JSONValue.SyntaxError(offset: index, reason: reason)
  }
}
