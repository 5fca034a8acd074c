/// Cuts a template into tokens. `-` beside a tag takes the whitespace there away, one line end at the
/// end of the template is dropped, and the environment says what becomes of the line of a statement.
struct JinjaLexer {
  private let source: [Unicode.Scalar]
  private let dropsLines: Bool
  private var position = 0
  private var line = 1
  private var tokens: [JinjaToken] = []
  /// Closing brackets that are due; a tag does not end within brackets.
  private var closing: [Unicode.Scalar] = []

  private init(_ text: String, _ environment: JinjaEnvironment) {
    dropsLines = environment.dropsLines
    let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    source = Array((lines.hasSuffix("\n") ? String(lines.dropLast()) : lines).unicodeScalars)
  }

  /// The tokens of `text`, with `end` as the last.
  static func tokens(
    of text: String, _ environment: JinjaEnvironment
  ) throws(JinjaError) -> [JinjaToken] {
    guard text.utf8.count <= JinjaLimits.sourceSize else { throw .tooLarge("the template") }
    var lexer = JinjaLexer(text, environment)
    while lexer.position < lexer.source.count { try lexer.readTextAndTag() }
    lexer.add(.end)
    return lexer.tokens
  }

  private mutating func readTextAndTag() throws(JinjaError) {
    let start = position
    while position < source.count && !isAt("{{") && !isAt("{%") && !isAt("{#") { position += 1 }
    var text = String(String.UnicodeScalarView(source[start..<position]))
    let isStripped = isAt("-", offset: 2)
    let isKept = isAt("+", offset: 2)
    let lineCount = text.unicodeScalars.count { $0 == "\n" }
    if isStripped {
      text = stripped(text, at: .right)
    } else if dropsLines && !isKept && (isAt("{%") || isAt("{#")) {
      let startsLine = start == 0 || source[start - 1] == "\n"
      text = withoutIndentation(text, startsLine: startsLine)
    }
    if !text.isEmpty { add(.text(text)) }
    line += lineCount
    guard position < source.count else { return }
    let opening = source[position + 1]
    position += isStripped || isKept ? 3 : 2
    switch opening {
    case "#": try skipComment()
    case "{":
      add(.outputStart)
      try readTag(until: "}}", end: .outputEnd)
    default:
      add(.statementStart)
      try readTag(until: "%}", end: .statementEnd)
    }
  }

  private mutating func skipComment() throws(JinjaError) {
    let start = line
    while !isAt("#}") {
      guard position < source.count else {
        throw .syntax(line: start, reason: "a comment without an end")
      }
      advance()
    }
    let sign = source[position - 1]
    position += 2
    if sign == "-" {
      skipSpace()
    } else if sign != "+" {
      skipLineEnd()
    }
  }

  private mutating func readTag(
    until end: String, end kind: JinjaToken.Kind
  ) throws(JinjaError) {
    while true {
      skipSpace()
      guard position < source.count else {
        throw .syntax(line: line, reason: "a tag without an end")
      }
      if closing.isEmpty {
        if isAt(end) || isAt("+" + end) && kind == .statementEnd {
          let keepsLine = !isAt(end) || kind == .outputEnd
          position += isAt(end) ? 2 : 3
          add(kind)
          return keepsLine ? () : skipLineEnd()
        }
        if isAt("-" + end) {
          add(kind)
          position += 3
          return skipSpace()
        }
      }
      try readToken()
    }
  }

  private mutating func readToken() throws(JinjaError) {
    let scalar = source[position]
    if scalar == "\"" || scalar == "'" {
      try readString()
    } else if isDigit(scalar) {
      try readNumber()
    } else if scalar == "_" || scalar.properties.isXIDStart {
      add(.name(take { $0 == "_" || $0.properties.isXIDContinue }))
    } else {
      try readSymbol()
    }
  }

  private mutating func readSymbol() throws(JinjaError) {
    let long = ["//", "**", "==", "!=", "<=", ">="].first { isAt($0) }
    let symbol = long ?? String(source[position])
    guard long != nil || "+-/*%~[](){}><=.:|,;".contains(symbol) else {
      throw .syntax(line: line, reason: "an unexpected character")
    }
    switch symbol {
    case "(": closing.append(")")
    case "[": closing.append("]")
    case "{": closing.append("}")
    case ")", "]", "}":
      guard closing.popLast() == source[position] else {
        throw .syntax(line: line, reason: "an unexpected '\(symbol)'")
      }
    default: break
    }
    add(.symbol(symbol))
    position += symbol.unicodeScalars.count
  }

  private mutating func readNumber() throws(JinjaError) {
    let isIndex = position > 0 && source[position - 1] == "."
    var digits = take { isDigit($0) || $0 == "_" }
    var isFloat = false
    if !isIndex && isAt(".") && position + 1 < source.count && isDigit(source[position + 1]) {
      position += 1
      digits += "." + take { isDigit($0) || $0 == "_" }
      isFloat = true
    }
    if !isIndex, let exponent = takeExponent() {
      digits += exponent
      isFloat = true
    }
    digits = digits.replacing("_", with: "")
    if isFloat, let value = Double(digits) {
      add(.float(value))
    } else if let value = Int(digits), value == 0 || digits.first != "0" {
      add(.integer(value))
    } else {
      throw .syntax(line: line, reason: "a number that is not one")
    }
  }

  /// "e-5" and the like, where it is at the position.
  private mutating func takeExponent() -> String? {
    guard isAt("e") || isAt("E") else { return nil }
    let hasSign = isAt("+", offset: 1) || isAt("-", offset: 1)
    let first = position + (hasSign ? 2 : 1)
    guard first < source.count, isDigit(source[first]) else { return nil }
    let sign = String(String.UnicodeScalarView(source[position..<first]))
    position = first
    return sign + take { isDigit($0) || $0 == "_" }
  }

  private mutating func readString() throws(JinjaError) {
    let start = line
    let quote = source[position]
    position += 1
    var text = String.UnicodeScalarView()
    while position < source.count && source[position] != quote {
      if source[position] == "\\" {
        advance()
        try readEscape(into: &text)
      } else {
        text.append(source[position])
        advance()
      }
    }
    guard position < source.count else {
      throw .syntax(line: start, reason: "a string without an end")
    }
    position += 1
    tokens.append(JinjaToken(kind: .string(String(text)), line: start))
  }

  /// What follows a backslash; one that escapes nothing stays.
  private mutating func readEscape(into text: inout String.UnicodeScalarView) throws(JinjaError) {
    guard position < source.count else { return }
    let scalar = source[position]
    let codeLengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}",
      "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
    ]
    if let length = codeLengths[scalar] {
      text.append(try readCode(digits: length))
    } else if scalar == "N" || isDigit(scalar) {
      throw .unsupported("escape '\\\(scalar)'")
    } else {
      if let escaped = simple[scalar] {
        text.append(escaped)
      } else if scalar != "\n" {
        text.append("\\")
        text.append(scalar)
      }
      advance()
    }
  }

  private mutating func readCode(digits count: Int) throws(JinjaError) -> Unicode.Scalar {
    let digits = source[(position + 1)...].prefix(count)
    guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit),
      let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
      let scalar = Unicode.Scalar(code)
    else { throw .syntax(line: line, reason: "an escape that is no character") }
    position += 1 + count
    return scalar
  }
}

extension JinjaLexer {
  private func isAt(_ text: String, offset: Int = 0) -> Bool {
    source.dropFirst(position + offset).starts(with: text.unicodeScalars)
  }

  private mutating func add(_ kind: JinjaToken.Kind) {
    tokens.append(JinjaToken(kind: kind, line: line))
  }

  private mutating func advance() {
    if source[position] == "\n" { line += 1 }
    position += 1
  }

  /// Skips the line end at the position, where the environment drops it.
  private mutating func skipLineEnd() {
    if dropsLines && isAt("\n") { advance() }
  }

  private mutating func skipSpace() {
    while position < source.count && isPythonSpace(source[position]) { advance() }
  }

  private mutating func take(while isTaken: (Unicode.Scalar) -> Bool) -> String {
    let start = position
    while position < source.count && isTaken(source[position]) { position += 1 }
    return String(String.UnicodeScalarView(source[start..<position]))
  }
}

/// `text` without the whitespace behind its last line end, if there is nothing else there. Without a
/// line end it must itself stand at the start of a line.
private func withoutIndentation(_ text: String, startsLine: Bool) -> String {
  let scalars = text.unicodeScalars
  let last = scalars.lastIndex(of: "\n")
  guard last != nil || startsLine else { return text }
  let start = last.map(scalars.index(after:)) ?? scalars.startIndex
  guard scalars[start...].allSatisfy(isPythonSpace) else { return text }
  return String(scalars[..<start])
}

private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
