import Foundation

/// The filters that make numbers: `int`, `float`, `abs` and `round`.
func numberFiltered(
  _ value: JinjaValue, by name: String, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  switch name {
  case "int":
    let bound = try arguments.bound(to: ["default", "base"])
    guard bound[1] == nil else { throw .unsupported("'int' with a base") }
    return try value.convertedToInteger() ?? bound[0] ?? .integer(0)
  case "float":
    let bound = try arguments.bound(to: ["default"])
    return try value.convertedToFloat().map { .float($0) } ?? bound[0] ?? .float(0)
  case "abs":
    _ = try arguments.bound(to: [])
    guard let number = value.float else { throw .invalid("'abs' of \(value.typeName)") }
    return try arithmetic(number < 0 ? .subtract : .add, .integer(0), value)
  default:
    let bound = try arguments.bound(to: ["precision", "method"])
    guard let precision = (bound[0] ?? .integer(0)).integer, (0...300).contains(precision) else {
      throw .unsupported("'round' to that precision")
    }
    return try rounded(value, precision: precision, method: try bound[1]?.printed() ?? "common")
  }
}

/// Jinja's `round`. The common method rounds the number that the float is, not the one that was
/// written; ties go to the even digit.
private func rounded(
  _ value: JinjaValue, precision: Int, method: String
) throws(JinjaError) -> JinjaValue {
  guard let number = value.float else { throw .invalid("'round' of \(value.typeName)") }
  if method == "common" {
    if let whole = value.integer { return .integer(whole) }
    return .float(Double(String(format: "%.\(precision)f", number)) ?? number)
  }
  guard method == "ceil" || method == "floor" else { throw .invalid("'round' by that method") }
  guard number.isFinite else { throw .invalid("'round' of an endless number") }
  let scale = pow(10, Double(precision))
  return .float((number * scale).rounded(method == "ceil" ? .up : .down) / scale)
}

extension JinjaValue {
  /// Jinja's `int`; nil where it takes the default.
  fileprivate func convertedToInteger() throws(JinjaError) -> JinjaValue? {
    if let value = integer { return .integer(value) }
    if case .text(let text) = self, let value = Int(stripped(text)) { return .integer(value) }
    guard let number = try convertedToFloat(), number.isFinite else { return nil }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw .tooLarge("a whole number")
    }
    return .integer(whole)
  }

  /// Jinja's `float`; nil where it takes the default.
  fileprivate func convertedToFloat() throws(JinjaError) -> Double? {
    switch self {
    case .undefined(let name): throw .invalid("a number of '\(name)', which is undefined")
    case .text(let text): return pythonFloat(stripped(text))
    default: return float
    }
  }
}

/// Python's `float` of a text: decimal, or a word for no number or an endless one.
private func pythonFloat(_ text: String) -> Double? {
  let isWritten = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
  let words = ["inf", "infinity", "nan"]
  let word = text.lowercased().drop { "+-".contains($0) }
  guard isWritten || words.contains(String(word)) else { return nil }
  return Double(text)
}
