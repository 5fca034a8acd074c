import Foundation

extension ImportedTask.PromptFile {
  /// The prompts of a pool with one prompt a line. They have no placeholder: the input field is
  /// appended. Each line is a family; equal and near-equal lines meet again in `PromptSplit`.
  func linePrompts(
    in text: String
  ) -> (prompts: [Prompt], skipped: [ImportReport.SkippedPrompt]) {
    var prompts: [Prompt] = []
    var skipped: [ImportReport.SkippedPrompt] = []
    for (number, line) in numberedLines(of: text) {
      let text = trimmed(line)
      let words = labelWords.first { words in
        words.count == choices.count && words.allSatisfy { wordRange(of: $0, in: text) != nil }
      }
      guard let words else {
        skipped.append(.init(file: path, name: "line \(number)", reason: "no known label words"))
        continue
      }
      prompts.append(
        Prompt(
          text: text, family: "\(stem)/line \(number)", style: reader.rawValue,
          content: contentName(words), labels: labels(words), required: spelled(words, in: text)))
    }
    return (prompts, skipped)
  }
}

/// `text` without whitespace at its ends.
func trimmed(_ text: String) -> String {
  text.trimmingCharacters(in: .whitespacesAndNewlines)
}
