import Foundation

/// An example that is being imported, with the record it is made from.
package struct ImportedExample {
  let file: String
  package let split: Split
  let source: SourceRecord
  /// Named by its file; numbered later where nil.
  package let id: String?
  package var fields: [String: String]
  package var answers: [String: [String]]
  /// The record with the names that templates use.
  package let templateRecord: Record

  /// Where it is from, for messages.
  var place: String { source.line.map { "\(file) line \($0)" } ?? "\(file) \(source.name)" }
}

extension ImportedTask.ExampleFile {
  /// The examples of the file.
  ///
  /// - Parameter taskLabels: What labels must be among; nil where the task has none.
  /// - Returns: The examples, in the order of the file, and the number of records read, of which
  ///   some are not selected.
  /// - Throws: `TaskError`, as soon as one record cannot be an example.
  package func examples(
    root: URL, taskLabels: [String]?
  ) throws(TaskError) -> (examples: [ImportedExample], recordCount: Int) {
    guard (label == nil) != (references == nil) else {
      throw malformed(nil, "its configuration needs either `label` or `references`")
    }
    if let problem = drawn?.problem { throw malformed(nil, problem) }
    let records = try sourceRecords(root: root)
    var selected = records.filter(isSelected)
    if let take { selected = Array(selected.prefix(take)) }
    guard !selected.isEmpty else { throw .empty(file: path) }
    var examples: [ImportedExample] = []
    for record in selected {
      let fields = try taskFields(of: record)
      let answers =
        label == nil
        ? try answers(of: record)
        : [try taskLabel(of: record, among: taskLabels)]
      examples.append(
        ImportedExample(
          file: path, split: self.split(of: fields), source: record,
          id: try exampleID(of: record),
          fields: fields, answers: [Example.defaultAnswer: answers],
          templateRecord: templateRecord(of: record)))
    }
    return (examples, records.count)
  }

  /// By a hash of the example's text, so that equal texts are in one split.
  private func split(of fields: [String: String]) -> Split {
    guard let drawn else { return split }
    let text = fields.sorted { $0.key < $1.key }.map { normalForm($0.value) }
    return drawn.split(of: text.joined(separator: "\n")) ?? split
  }

  private func isSelected(_ record: SourceRecord) -> Bool {
    (only ?? [:]).allSatisfy { record.values.value(at: $0.key)?.text == $0.value }
  }

  private func exampleID(of record: SourceRecord) throws(TaskError) -> String? {
    guard let id else { return nil }
    guard let text = record.values.value(at: id)?.text else {
      throw malformed(record, "has no id in '\(id)'")
    }
    return text
  }

  private func taskFields(of record: SourceRecord) throws(TaskError) -> [String: String] {
    var values: [String: String] = [:]
    for (column, field) in fields.sorted(by: { $0.key < $1.key }) {
      let value = record.values.value(at: column)
      guard let texts = value?.texts else {
        throw malformed(record, "has no text in '\(column)'")
      }
      if case .list = value, separator == nil {
        throw malformed(record, "has a list in '\(column)', and there is no `separator`")
      }
      values[field] = texts.joined(separator: separator ?? "")
    }
    return values
  }

  private func taskLabel(
    of record: SourceRecord, among taskLabels: [String]?
  ) throws(TaskError) -> String {
    let value = label.flatMap { record.values.value(at: $0) }
    guard let codes = value?.bestKeys ?? value?.text.map({ [$0] }), let code = codes.first else {
      throw malformed(record, "has no label in '\(label ?? "")'")
    }
    guard codes.count == 1 else { throw malformed(record, "has several best labels") }
    guard let meaning = labels.map({ $0[code] }) ?? code else {
      throw malformed(record, "has the label code '\(code)', which `labels` lacks")
    }
    guard taskLabels?.contains(meaning) ?? true else {
      throw malformed(record, "has the label '\(meaning)', which is not one of the task's")
    }
    return meaning
  }

  /// The accepted answers, each once.
  private func answers(of record: SourceRecord) throws(TaskError) -> [String] {
    var answers: [String] = []
    for column in references ?? [] {
      let value = record.values.value(at: column)
      guard let texts = value?.bestKeys ?? value?.texts else {
        throw malformed(record, "has no answer in '\(column)'")
      }
      for text in texts.flatMap(parts) {
        guard let answer = referencePattern.map({ $0.firstMatch(in: text) }) ?? text else {
          throw malformed(record, "has an answer that `referencePattern` does not match")
        }
        answers.append(answer)
      }
    }
    if answers.isEmpty, let referenceIfNone { return [referenceIfNone] }
    guard !answers.isEmpty else { throw malformed(record, "has no answer") }
    var seen: Set<String> = []
    return answers.filter { seen.insert($0).inserted }
  }

  private func parts(of text: String) -> [String] {
    guard let referenceSeparator else { return [text] }
    return text.components(separatedBy: referenceSeparator).map(trimmed).filter { !$0.isEmpty }
  }

  private func templateRecord(of record: SourceRecord) -> Record {
    guard let templateColumns else { return record.values }
    var values = record.values
    for column in templateColumns.keys { values[column] = nil }
    for (column, name) in templateColumns.sorted(by: { $0.value < $1.value }) {
      guard let value = record.values.value(at: column) else { continue }
      values.insert(value, at: name.split(separator: ".")[...])
    }
    return values
  }
}

extension Record {
  /// Sets the value at a path of keys, and makes the objects on the way.
  fileprivate mutating func insert(_ value: RecordValue, at path: ArraySlice<Substring>) {
    guard let key = path.first.map(String.init) else { return }
    if path.count == 1 {
      self[key] = value
    } else {
      var values: Record = [:]
      if case .object(let found) = self[key] { values = found }
      values.insert(value, at: path.dropFirst())
      self[key] = .object(values)
    }
  }
}
