/// Whether two answers name the same label: equal but for case, runs of whitespace, and
/// whitespace or punctuation at either end ("Positive." is "positive").
public func isSameLabel(_ answer: String, _ reference: String) -> Bool {
  foldedLabel(answer) == foldedLabel(reference)
}

private func foldedLabel(_ text: String) -> String {
  let trimmed = text.lowercased().drop(while: isEdge).reversed().drop(while: isEdge).reversed()
  return String(trimmed).split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

private func isEdge(_ character: Character) -> Bool {
  character.isWhitespace || character.isPunctuation
}
