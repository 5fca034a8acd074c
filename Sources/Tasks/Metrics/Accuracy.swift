/// Whether two answers name the same label: equal but for case, runs of whitespace, and
/// whitespace or punctuation at either end ("Positive." is "positive"). A minus before a number is
/// part of it, and a label of nothing but punctuation, such as "-" or ":)", keeps it.
public func isSameLabel(_ answer: String, _ reference: String) -> Bool {
  foldedLabel(answer) == foldedLabel(reference)
}

/// The form in which labels are compared.
func foldedLabel(_ text: String) -> String {
  let text = text.lowercased()
  var inner = trimmed(text[...]) { $0.isWhitespace || $0.isPunctuation }
  if inner.isEmpty {
    inner = trimmed(text[...], where: \.isWhitespace)
  } else if inner.first?.isNumber == true, text[..<inner.startIndex].last == "-" {
    inner = text[text.index(before: inner.startIndex)..<inner.endIndex]
  }
  return inner.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

private func trimmed(_ text: Substring, where isEdge: (Character) -> Bool) -> Substring {
  var text = text.drop(while: isEdge)
  while let last = text.last, isEdge(last) { text.removeLast() }
  return text
}
