import Foundation

extension ImportedTask {
  /// Reads all files and puts the task together.
  ///
  /// An example without an id of its own is named by its split and its number there, "train-17",
  /// counted before overlapping ones are left out. Examples whose text (in normal form) is also in
  /// a later split are left out, so that nothing is both trained on and reported on.
  ///
  /// - Parameter root: The data folder that all paths are relative to.
  /// - Returns: The task, and what was taken and left.
  /// - Throws: `TaskError` for a file that is missing or not of its layout, a label code without a
  ///   meaning, an id that is there twice, or parts that do not fit together.
  public func load(root: URL) throws(TaskError) -> (task: PromptTask, report: ImportReport) {
    var report = ImportReport()
    var examples = try loadExamples(root: root, report: &report)
    let prompts = try loadPrompts(root: root, examples: &examples, report: &report)
    let task = PromptTask(
      name: name, kind: kind, metric: metric, extraction: extraction ?? .whole, labels: labels,
      description: description, inputField: inputField,
      heldOut: HeldOut(contents: heldOutContents, wordings: heldOutWordings),
      examples: examples.map(\.example), prompts: prompts)
    try task.validate()
    return (task, report)
  }

  private func loadExamples(
    root: URL, report: inout ImportReport
  ) throws(TaskError) -> [NamedExample] {
    var examples: [NamedExample] = []
    var counts: [Split: Int] = [:]
    var places: [String: String] = [:]
    for file in exampleFiles {
      let (found, recordCount) = try file.examples(
        root: root, taskLabels: kind == .classification ? labels : nil)
      report.records[file.path, default: 0] += recordCount
      report.unselectedRecords += recordCount - found.count
      for example in found {
        counts[example.split, default: 0] += 1
        let id = example.id ?? "\(example.split.rawValue)-\(counts[example.split, default: 0])"
        if let first = places.updateValue(example.place, forKey: id) {
          throw file.malformed(example.source, "has the id of \(first)")
        }
        examples.append(NamedExample(id: id, imported: example))
      }
    }
    let kept = withoutOverlap(examples)
    report.overlappingExamples = examples.count - kept.count
    for example in kept { report.examples[example.imported.split.rawValue, default: 0] += 1 }
    return kept
  }

  private func loadPrompts(
    root: URL, examples: inout [NamedExample], report: inout ImportReport
  ) throws(TaskError) -> [Prompt] {
    var prompts: [Prompt] = []
    for file in promptFiles {
      let found = try file.prompts(root: root, examples: examples.map(\.imported))
      for (index, fields) in found.derivedFields.enumerated() {
        examples[index].imported.fields.merge(fields, uniquingKeysWith: { own, _ in own })
      }
      for (index, answers) in found.answers.enumerated() {
        examples[index].imported.answers.merge(answers, uniquingKeysWith: { own, _ in own })
      }
      report.skippedPrompts += found.skipped
      for prompt in found.prompts {
        let isRepeated = prompts.contains {
          $0.text == prompt.text && $0.labels == prompt.labels && $0.answer == prompt.answer
        }
        if isRepeated {
          report.repeatedPrompts += 1
        } else {
          prompts.append(prompt)
          report.prompts[file.path, default: 0] += 1
        }
      }
    }
    guard !prompts.isEmpty else {
      throw .empty(file: promptFiles.map(\.path).joined(separator: ", "))
    }
    return prompts
  }
}

/// An example and its name in the task.
private struct NamedExample {
  let id: String
  var imported: ImportedExample

  var example: Example {
    Example(id: id, split: imported.split, fields: imported.fields, answers: imported.answers)
  }
}

extension ImportedTask.PromptFile {
  /// The prompts of the file for these examples.
  fileprivate func prompts(
    root: URL, examples: [ImportedExample]
  ) throws(TaskError) -> TemplateImport {
    switch reader {
    case .lines: return try linePrompts(root: root)
    case .json: return try jsonPrompts(root: root)
    case .promptsource:
      let text = try readText(root.appending(path: path), as: path)
      return try promptsourcePrompts(in: text, examples: examples)
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
private func withoutOverlap(_ examples: [NamedExample]) -> [NamedExample] {
  func key(_ example: NamedExample) -> String {
    example.imported.fields.sorted { $0.key < $1.key }.map { normalForm($0.value) }.joined(
      separator: "\n")
  }
  let keys = examples.map(key)
  var last: [String: Int] = [:]
  for (key, example) in zip(keys, examples) {
    last[key] = max(last[key] ?? 0, order(example.imported.split))
  }
  return zip(keys, examples).filter { last[$0] == order($1.imported.split) }.map(\.1)
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
