import Foundation

extension ImportedTask {
  /// Reads all files and puts the task together.
  ///
  /// An example is named by its split and its number there, "train-17", counted before anything
  /// is left out. Examples whose text (in normal form) is also in a later split are left out, so
  /// that nothing is both trained on and reported on.
  ///
  /// - Parameter root: The data folder that all paths are relative to.
  /// - Returns: The task, and what was taken and left.
  /// - Throws: `TaskError` for a file that is missing or not of its layout, a label code without a
  ///   meaning, or parts that do not fit together.
  public func load(root: URL) throws(TaskError) -> (task: PromptTask, report: ImportReport) {
    var report = ImportReport()
    let examples = try loadExamples(root: root, report: &report)
    let prompts = try loadPrompts(root: root, report: &report)
    let task = PromptTask(
      name: name, kind: kind, metric: metric, labels: labels, description: description,
      inputField: inputField,
      heldOut: HeldOut(contents: heldOutContents, wordings: heldOutWordings),
      examples: examples, prompts: prompts)
    try task.validate()
    return (task, report)
  }

  private func loadExamples(
    root: URL, report: inout ImportReport
  ) throws(TaskError) -> [Example] {
    var counts: [Split: Int] = [:]
    var examples: [Example] = []
    for file in exampleFiles {
      for row in try file.rows(root: root) {
        counts[file.split, default: 0] += 1
        examples.append(
          Example(
            id: "\(file.split.rawValue)-\(counts[file.split, default: 0])", split: file.split,
            fields: row.fields, references: [row.label]))
      }
    }
    let kept = withoutOverlap(examples)
    report.overlappingExamples = examples.count - kept.count
    for example in kept { report.examples[example.split.rawValue, default: 0] += 1 }
    return kept
  }

  private func loadPrompts(
    root: URL, report: inout ImportReport
  ) throws(TaskError) -> [Prompt] {
    var prompts: [Prompt] = []
    for file in promptFiles {
      let found = try file.prompts(root: root)
      report.skippedPrompts += found.skipped
      for prompt in found.prompts {
        if prompts.contains(where: { $0.text == prompt.text && $0.labels == prompt.labels }) {
          report.repeatedPrompts += 1
        } else {
          prompts.append(prompt)
          report.prompts[file.path, default: 0] += 1
        }
      }
    }
    return prompts
  }
}

extension ImportedTask.PromptFile {
  func prompts(
    root: URL
  ) throws(TaskError) -> (prompts: [Prompt], skipped: [ImportReport.SkippedPrompt]) {
    let text = try readText(root.appending(path: path), as: path)
    return switch reader {
    case .promptsource: try promptsourcePrompts(in: text)
    case .lines: linePrompts(in: text)
    }
  }

  /// Name of the file without its ending, which starts the names of families.
  var stem: String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  /// The prompt's label words by the task's labels.
  func labels(_ words: [String]) -> [String: String] {
    Dictionary(zip(choices, words), uniquingKeysWith: { first, _ in first })
  }
}

/// `examples` without those whose fields are also in a later split.
private func withoutOverlap(_ examples: [Example]) -> [Example] {
  func key(_ example: Example) -> String {
    example.fields.sorted { $0.key < $1.key }.map { normalForm($0.value) }.joined(separator: "\n")
  }
  let keys = examples.map(key)
  var last: [String: Int] = [:]
  for (key, example) in zip(keys, examples) {
    last[key] = max(last[key] ?? 0, order(example.split))
  }
  return zip(keys, examples).filter { last[$0] == order($1.split) }.map(\.1)
}

private func order(_ split: Split) -> Int {
  switch split {
  case .train: 0
  case .dev: 1
  case .test: 2
  }
}

/// The place of `word` in `text`, in any case, at word boundaries; nil where it is not.
func wordRange(of word: String, in text: String) -> Range<String.Index>? {
  var start = text.startIndex
  func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }
  while let range = text.range(
    of: word, options: .caseInsensitive, range: start..<text.endIndex)
  {
    let before = text[..<range.lowerBound].last.map(isWordCharacter) ?? false
    let after = text[range.upperBound...].first.map(isWordCharacter) ?? false
    if !before && !after { return range }
    start = text.index(after: range.lowerBound)
  }
  return nil
}

/// What identifies a set of label words: lower case, parted by slashes, "bad/good".
func contentName(_ words: [String]) -> String {
  words.map { $0.lowercased() }.joined(separator: "/")
}

/// The words that occur in `text`, spelled as they are there.
func spelled(_ words: [String], in text: String) -> [String] {
  words.compactMap { word in wordRange(of: word, in: text).map { String(text[$0]) } }
}
