import Foundation
import Tokenizers

extension Tokenizer {
  /// The text of tokens in quotation marks, with everything that does not print escaped. Special
  /// tokens stand outside of the marks, so that no text can pass for one.
  func visibleText(of ids: some Sequence<Int32>) -> String {
    var (parts, bytes) = ([String](), [UInt8]())
    func endText() {
      if !bytes.isEmpty { parts.append("\"" + escaped(bytes) + "\"") }
      bytes = []
    }
    for id in ids {
      let added = self.bytes(of: id)
      if added.isEmpty {
        endText()
        parts.append(specialTokens.first { $0.value == id }?.key ?? "no token \(id)")
      }
      bytes += added
    }
    endText()
    return parts.joined(separator: " ")
  }
}

/// Text on one line; bytes of a part of a character as `\xE2`.
private func escaped(_ bytes: [UInt8]) -> String {
  if let text = String(validating: bytes, as: UTF8.self) {
    return text.unicodeScalars.map(escaped).joined()
  }
  return bytes.map { byte in
    byte < 0x80 ? escaped(Unicode.Scalar(byte)) : String(format: "\\x%02X", byte)
  }.joined()
}

/// What a terminal would not show, or would obey, as Swift writes it in a literal.
private func escaped(_ scalar: Unicode.Scalar) -> String {
  switch scalar {
  case "\n": return "\\n"
  case "\r": return "\\r"
  case "\t": return "\\t"
  case "\"": return "\\\""
  case "\\": return "\\\\"
  default: break
  }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
    return "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
  default: return String(scalar)
  }
}
