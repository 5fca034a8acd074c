import Foundation

extension RecordValue {
  /// Reads a JSON value of any kind.
  ///
  /// Values nested deeper than 512 levels are refused, before they could exhaust the stack. Of a
  /// key that is there twice one value is taken.
  ///
  /// - Parameter line: The line that the text stands on; nil for a text that is the whole file.
  /// - Throws: `malformed` with the line of the mistake.
  package init(json text: String, file: String, line: Int? = nil) throws(TaskError) {
    let value: Any
    do {
      value = try JSONSerialization.jsonObject(
        with: Data(text.utf8), options: .fragmentsAllowed)
    } catch {
      let details = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
      throw .malformed(
        file: file, line: line ?? lineOfMistake(in: text, details: details),
        reason: "not JSON" + (details.isEmpty ? "" : " (\(details))"))
    }
    self.init(value)
  }

  private init(_ value: Any) {
    switch value {
    case let text as String: self = .text(text)
    // Before numbers: asking a collection whether it is one would convert it whole.
    case let values as [String: Any]: self = .object(values.mapValues(RecordValue.init))
    case let items as [Any]: self = .list(items.map(RecordValue.init))
    case let number as NSNumber: self.init(number)
    default: self = .null
    }
  }

  /// The parser's numbers know how they were written: "c" marks a truth value, "d" a fraction,
  /// an exponent or a number beyond 64 bits.
  private init(_ number: NSNumber) {
    switch (String(cString: number.objCType), Int(exactly: number)) {
    case ("c", _): self = .bool(number.boolValue)
    case ("d", _), (_, nil): self = .number(number.doubleValue)
    case (_, let integer?): self = .integer(integer)
    }
  }
}

/// The line in a text that the parser's message is about: of the byte that it names, else the last.
private func lineOfMistake(in text: String, details: String) -> Int {
  let length = text.utf8.count
  let offset = details.firstMatch(of: /around character (\d+)/).flatMap { Int($0.1) } ?? length
  let lineEnds = text.utf8.prefix(offset).reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  let endsWithLine = offset >= length && text.utf8.last == UInt8(ascii: "\n")
  return max(1, endsWithLine ? lineEnds : lineEnds + 1)
}
