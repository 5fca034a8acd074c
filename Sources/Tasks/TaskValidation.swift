extension PromptTask {
  /// Checks that the parts fit together: some examples and prompts, unique ids, a reference for
  /// every example, references among the labels of a classification task, and for every prompt
  /// at least one example with the fields it names and the answer it asks for. Where mentions of
  /// labels are looked for, every prompt's label words must differ as words.
  ///
  /// - Throws: `TaskError`; its line is the number of the example or the prompt, from 1.
  public func validate() throws(TaskError) {
    try validate(
      exampleLines: Array(1...max(1, examples.count)),
      promptLines: Array(1...max(1, prompts.count)))
  }

  func validate(exampleLines: [Int], promptLines: [Int]) throws(TaskError) {
    guard !examples.isEmpty else { throw .empty(file: examplesFile) }
    guard !prompts.isEmpty else { throw .empty(file: promptsFile) }
    if extraction.looksForMentions && kind != .classification {
      throw .malformed(
        file: taskFile, line: nil,
        reason: "'extraction' looks for label words, and a task of kind \(kind.rawValue) has none")
    }
    try checkUniqueIDs(exampleLines)
    for (example, line) in zip(examples, exampleLines) {
      try checkReferences(of: example, line: line)
    }
    let fields = Set(examples.flatMap(\.fields.keys)).sorted()
    let answers = Set(examples.flatMap(\.answers.keys)).sorted()
    for (prompt, line) in zip(prompts, promptLines) {
      try check(prompt, line: line, fields: fields, answers: answers)
    }
  }

  private func checkUniqueIDs(_ lines: [Int]) throws(TaskError) {
    var firstLines: [String: Int] = [:]
    for (example, line) in zip(examples, lines) {
      if let first = firstLines.updateValue(line, forKey: example.id) {
        throw .duplicateID(id: example.id, line: line, firstLine: first)
      }
    }
  }

  private func checkReferences(of example: Example, line: Int) throws(TaskError) {
    guard !example.answers.isEmpty, !example.answers.values.contains(where: \.isEmpty) else {
      throw .noReference(line: line)
    }
    guard kind == .classification else { return }
    for reference in example.answers[Example.defaultAnswer] ?? []
    where !labels.contains(reference) {
      throw .unknownLabel(line: line, label: reference, labels: labels)
    }
  }

  private func check(
    _ prompt: Prompt, line: Int, fields: [String], answers: [String]
  ) throws(TaskError) {
    for field in neededFields(of: prompt) where !fields.contains(field) {
      throw .unknownPlaceholder(
        line: line, field: field, nearest: nearestName(to: field, among: fields))
    }
    guard answers.contains(prompt.answer) else {
      throw .unknownAnswer(
        line: line, answer: prompt.answer,
        nearest: nearestName(to: prompt.answer, among: answers))
    }
    if extraction.looksForMentions, let problem = LabelWords(labelWords(for: prompt)).problem {
      throw .malformed(file: promptsFile, line: line, reason: problem)
    }
    guard kind == .classification, prompt.answer == Example.defaultAnswer else { return }
    for label in prompt.labels.keys.sorted() where !labels.contains(label) {
      throw .unknownKey(
        file: promptsFile, line: line, key: label, nearest: nearestName(to: label, among: labels))
    }
  }
}
