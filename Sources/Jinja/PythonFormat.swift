import Foundation

/// Python's `format % values` with the conversions s, d, i and f.
func formatted(_ format: String, _ values: [JinjaValue]) throws(JinjaError) -> String {
  var result = ""
  var rest = format.unicodeScalars[...]
  var values = values[...]
  while let percent = rest.firstIndex(of: "%") {
    result.unicodeScalars.append(contentsOf: rest[..<percent])
    rest = rest[percent...].dropFirst()
    let specification = try Specification(from: &rest)
    if specification.conversion == "%" {
      result += "%"
    } else {
      guard let value = values.popFirst() else { throw .invalid("too few values for a format") }
      result += try specification.formatted(value)
    }
    guard result.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("a text") }
  }
  guard values.isEmpty else { throw .invalid("too many values for a format") }
  result.unicodeScalars.append(contentsOf: rest)
  return result
}

/// What stands between a percent sign and its conversion, and the conversion.
private struct Specification {
  var flags = ""
  var width = 0
  var precision: Int?
  var conversion: Unicode.Scalar

  init(from rest: inout Substring.UnicodeScalarView) throws(JinjaError) {
    while let flag = rest.first, "-+ 0".unicodeScalars.contains(flag) {
      flags.unicodeScalars.append(flag)
      rest.removeFirst()
    }
    width = try Self.number(from: &rest)
    if rest.first == "." {
      rest.removeFirst()
      precision = try Self.number(from: &rest)
    }
    guard let last = rest.popFirst() else { throw .invalid("a format that breaks off") }
    conversion = last
  }

  private static func number(
    from rest: inout Substring.UnicodeScalarView
  ) throws(JinjaError) -> Int {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest = rest[digits.endIndex...]
    guard !digits.isEmpty else { return 0 }
    guard let number = Int(String(digits)), number <= 300 else { throw .tooLarge("a width") }
    return number
  }

  func formatted(_ value: JinjaValue) throws(JinjaError) -> String {
    switch conversion {
    case "s":
      let text = try value.printed()
      return padded(precision.map { String(text.unicodeScalars.prefix($0)) } ?? text)
    case "d", "i":
      guard precision == nil else { throw .unsupported("a format of whole numbers with digits") }
      guard let number = value.float,
        let whole = value.integer ?? Int(exactly: number.rounded(.towardZero))
      else { throw .invalid("a format of \(value.typeName) as a whole number") }
      return padded(sign: whole < 0, digits: "\(whole.magnitude)")
    case "f":
      guard let number = value.float else {
        throw .invalid("a format of \(value.typeName) as a number")
      }
      let digits = String(format: "%.\(precision ?? 6)f", abs(number))
      return padded(sign: number.sign == .minus, digits: digits)
    default: throw .unsupported("format '%\(conversion)'")
    }
  }

  private func padded(sign isNegative: Bool, digits: String) -> String {
    let sign = isNegative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : ""
    guard flags.contains("0"), !flags.contains("-") else { return padded(sign + digits) }
    let zeros = max(0, width - sign.count - digits.count)
    return sign + String(repeating: "0", count: zeros) + digits
  }

  private func padded(_ text: String) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
    return flags.contains("-") ? text + spaces : spaces + text
  }
}
