extension JinjaValue {
  /// Python's `str`, with undefined as empty text.
  func printed() throws(JinjaError) -> String {
    switch self {
    case .undefined: ""
    case .text(let text): text
    default: try represented()
    }
  }

  /// Python's `repr`.
  func represented() throws(JinjaError) -> String {
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return "\(value)"
    case .float(let value): return written(value)
    case .text(let text): return quoted(text)
    case .sequence(let sequence):
      var items: [String] = []
      for element in sequence.elements { items.append(try element.represented()) }
      let inside = items.joined(separator: ", ")
      switch sequence.kind {
      case .list: return "[\(inside)]"
      case .tuple: return items.count == 1 ? "(\(inside),)" : "(\(inside))"
      case .range, .iterator: throw .unsupported("text of a range or an iterator")
      }
    case .dictionary(let dictionary):
      var items: [String] = []
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        items.append("\(try key.represented()): \(try value.represented())")
      }
      return "{\(items.joined(separator: ", "))}"
    case .namespace, .macro: throw .unsupported("text of a \(typeName)")
    case .function(let name): throw .unsupported("\(name) without a call")
    }
  }
}

/// Python's text of a float, which goes over to powers of ten at 10¹⁶; Swift's does so at 2⁵³.
private func written(_ value: Double) -> String {
  let isBetween = (0x1p53..<1e16).contains(value.magnitude)
  return isBetween ? "\(Int(value)).0" : "\(value)"
}

/// Python's source form of a text: single quotes unless it has such and no double ones.
private func quoted(_ text: String) -> String {
  let scalars = text.unicodeScalars
  let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
  var result = String(quote)
  for scalar in scalars {
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\\", quote: result += "\\\(scalar)"
    default:
      if isPrintable(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += escape(scalar.value)
      }
    }
  }
  return result + String(quote)
}

private func escape(_ code: UInt32) -> String {
  let (letter, width) = code < 0x100 ? ("x", 2) : code < 0x10000 ? ("u", 4) : ("U", 8)
  let digits = String(code, radix: 16)
  return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
    .paragraphSeparator:
    false
  case .spaceSeparator: scalar == " "
  default: true
  }
}
