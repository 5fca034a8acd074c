/// A text with all that a terminal would obey, a page could not hold, or that would hide or reorder
/// what is shown, written as Swift writes it in a literal: `\u{1B}`. The joiners that scripts and emoji
/// need stay.
///
/// - Parameter onOneLine: Whether line breaks become `↵` and tabs `⇥`; else both stay, and a carriage
///   return is a line break.
public func visible(_ text: String, onOneLine: Bool = true) -> String {
  var result = String.UnicodeScalarView()
  var lastWasReturn = false
  for scalar in text.unicodeScalars {
    defer { lastWasReturn = scalar == "\r" }
    switch scalar {
    case "\n" where lastWasReturn: continue
    case "\n", "\r": result.append(onOneLine ? "↵" : "\n")
    case "\t": result.append(onOneLine ? "⇥" : "\t")
    case "\u{200C}", "\u{200D}": result.append(scalar)
    default:
      if isObeyed(scalar) {
        let code = String(scalar.value, radix: 16, uppercase: true)
        result.append(contentsOf: "\\u{\(code)}".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
  }
  return String(result)
}

private func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: scalar.properties.isNoncharacterCodePoint
  }
}

/// A text of this many code points at most, the last of which says that there was more.
public func shortened(_ text: String, to limit: Int) -> String {
  let scalars = text.unicodeScalars
  guard scalars.count > limit else { return text }
  return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
}
