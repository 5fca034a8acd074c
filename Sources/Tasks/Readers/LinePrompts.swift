import Foundation

extension ImportedTask.PromptFile {
  /// The prompts of a pool with one prompt a line.
  func linePrompts(root: URL) throws(TaskError) -> TemplateImport {
    var lines = try LineReader(root.appending(path: path), as: path)
    var texts: [(name: String, text: String)] = []
    while let line = try lines.nextWithText() {
      texts.append(("line \(line.number)", line.text))
    }
    return prompts(of: texts)
  }

  /// The prompts of a JSON file at the paths of `texts`.
  func jsonPrompts(root: URL) throws(TaskError) -> TemplateImport {
    let text = try readText(root.appending(path: path), as: path)
    guard case .object(let values) = try RecordValue(json: text, file: path) else {
      throw .malformed(file: path, line: nil, reason: "not a JSON object")
    }
    var found: [(name: String, text: String)] = []
    for place in texts ?? [] {
      guard let texts = values.value(at: place)?.texts else {
        throw .malformed(file: path, line: nil, reason: "no text in '\(place)'")
      }
      for (index, text) in texts.enumerated() { found.append(("\(place) \(index + 1)", text)) }
    }
    return prompts(of: found)
  }

  /// Texts as prompts. They have no placeholder: the input field is appended. Each text is a
  /// family; equal and near-equal ones meet again in `PromptSplit`.
  private func prompts(of texts: [(name: String, text: String)]) -> TemplateImport {
    var found = TemplateImport()
    for (name, text) in texts {
      let text = trimmed(text)
      let words = labelWords.first { words in
        words.count == choices.count && words.allSatisfy { wordRange(of: $0, in: text) != nil }
      }
      guard choices.isEmpty || words != nil else {
        found.skipped.append(.init(file: path, name: name, reason: "no known label words"))
        continue
      }
      found.prompts.append(
        Prompt(
          text: text, family: "\(stem)/\(name)", style: reader.rawValue,
          content: contentName(words ?? []), labels: labels(words ?? []),
          required: spelled(words ?? [], in: text)))
    }
    return found
  }
}

/// `text` without whitespace at its ends.
func trimmed(_ text: some StringProtocol) -> String {
  text.trimmingCharacters(in: .whitespacesAndNewlines)
}
