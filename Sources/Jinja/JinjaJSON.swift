/// Python's `json.dumps`, with the arguments that `transformers` gives the filter `tojson`.
func json(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> String {
  let bound = try arguments.bound(to: ["ensure_ascii", "indent", "separators", "sort_keys"])
  var writer = JSONWriter()
  writer.isASCII = bound[0]?.isTrue == true
  writer.sortsKeys = bound[3]?.isTrue == true
  switch bound[1] ?? .none {
  case .none: break
  case .text(let text): writer.indentation = text
  case let width:
    guard let width = width.integer, width <= 300 else { throw .invalid("'indent' by that width") }
    writer.indentation = String(repeating: " ", count: max(0, width))
  }
  if writer.indentation != nil { writer.separators = (",", ": ") }
  if case .sequence(let pair)? = bound[2] {
    guard pair.elements.count == 2, case .text(let item) = pair.elements[0],
      case .text(let key) = pair.elements[1]
    else { throw .invalid("'separators' that are not two texts") }
    writer.separators = (item, key)
  }
  try writer.write(value, level: 0)
  return writer.text
}

private struct JSONWriter {
  var text = ""
  var isASCII = false
  var sortsKeys = false
  /// What each level is indented by; nil for all on one line.
  var indentation: String?
  var separators = (item: ", ", key: ": ")

  mutating func write(_ value: JinjaValue, level: Int) throws(JinjaError) {
    guard text.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("a text") }
    switch value {
    case .none: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer, .float: text += try number(value)
    case .text(let value): write(value)
    case .sequence(let sequence) where sequence.kind == .list || sequence.kind == .tuple:
      try write(count: sequence.elements.count, "[", "]", level: level) {
        (writer, index) throws(JinjaError) in
        try writer.write(sequence.elements[index], level: level + 1)
      }
    case .dictionary(let dictionary):
      let order = try order(of: dictionary)
      try write(count: order.count, "{", "}", level: level) { (writer, index) throws(JinjaError) in
        writer.write(try writer.key(dictionary.keys[order[index]]))
        writer.text += writer.separators.key
        try writer.write(dictionary.values[order[index]], level: level + 1)
      }
    default: throw .invalid("JSON of \(value.typeName)")
    }
  }

  private mutating func write(
    count: Int, _ opening: String, _ closing: String, level: Int,
    item: (inout JSONWriter, Int) throws(JinjaError) -> Void
  ) throws(JinjaError) {
    text += opening
    for index in 0..<count {
      if index > 0 { text += separators.item }
      breakLine(level: level + 1)
      try item(&self, index)
    }
    if count > 0 { breakLine(level: level) }
    text += closing
  }

  private mutating func breakLine(level: Int) {
    guard let indentation else { return }
    text += "\n" + String(repeating: indentation, count: level)
  }

  private func order(of dictionary: JinjaDictionary) throws(JinjaError) -> [Int] {
    guard sortsKeys else { return Array(dictionary.keys.indices) }
    var keys: [String] = []
    for key in dictionary.keys {
      guard case .text(let text) = key else { throw .unsupported("'sort_keys' of what is no text") }
      keys.append(text)
    }
    return keys.indices.sorted {
      keys[$0].unicodeScalars.lexicographicallyPrecedes(keys[$1].unicodeScalars)
    }
  }

  /// A key, as a text.
  private func key(_ key: JinjaValue) throws(JinjaError) -> String {
    switch key {
    case .text(let text): text
    case .none: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer, .float: try number(key)
    default: throw .invalid("JSON with \(key.typeName) for a key")
    }
  }

  private func number(_ value: JinjaValue) throws(JinjaError) -> String {
    guard case .float(let number) = value, !number.isFinite else { return try value.represented() }
    return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      default:
        if scalar.value < 0x20 || isASCII && !scalar.isASCII || isASCII && scalar.value == 0x7F {
          for unit in String(scalar).utf16 { text += escape(unit) }
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }

  private func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
