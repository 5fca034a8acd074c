import Foundation
import Yams

extension PromptTask {
  /// Reads the task in `folder`: `task.yaml`, `examples.jsonl` and `prompts.jsonl`.
  ///
  /// - Throws: `TaskError` with file and line for whatever is missing, unknown, or does not fit
  ///   together.
  public init(contentsOf folder: URL) throws(TaskError) {
    let header = try YAMLMapping(
      readText(folder.appending(path: taskFile), as: taskFile), file: taskFile)
    try header.check(
      keys: [
        "name", "kind", "metric", "extraction", "labels", "description", "inputField", "heldOut",
      ])
    let heldOut = try header.nested("heldOut")
    try heldOut?.check(keys: ["contents", "wordings"])
    let examples = try rows(of: examplesFile, in: folder, read: Example.init(line:text:))
    let prompts = try rows(of: promptsFile, in: folder, read: Prompt.init(line:text:))
    self.init(
      name: try header.requiredString("name"), kind: try header.choice("kind"),
      metric: try header.choice("metric"),
      extraction: try header.extraction("extraction") ?? .whole,
      labels: try header.strings("labels") ?? [],
      description: try header.string("description") ?? "",
      inputField: try header.requiredString("inputField"),
      heldOut: HeldOut(
        contents: try heldOut?.strings("contents") ?? [],
        wordings: try heldOut?.strings("wordings") ?? []),
      examples: examples.map(\.value), prompts: prompts.map(\.value))
    try validate(exampleLines: examples.map(\.line), promptLines: prompts.map(\.line))
  }

  /// Writes the three files of the task into `folder`, which is made where it is missing. The
  /// same task always gives the same bytes.
  public func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try header.write(to: folder.appending(path: taskFile), atomically: true, encoding: .utf8)
    try jsonLines(examples.map(\.row)).write(to: folder.appending(path: examplesFile))
    try jsonLines(prompts.map(\.row)).write(to: folder.appending(path: promptsFile))
  }

  private var header: String {
    get throws {
      var header: Node = [
        "name": quoted(name), "kind": Node(kind.rawValue), "metric": Node(metric.rawValue),
        "labels": quoted(labels), "description": quoted(description),
        "inputField": quoted(inputField),
        "heldOut": [
          "contents": quoted(heldOut.contents), "wordings": quoted(heldOut.wordings),
        ],
      ]
      if extraction != .whole { header["extraction"] = extraction.node }
      return try Yams.serialize(node: header, width: -1, allowUnicode: true)
    }
  }
}

/// Every line of a `.jsonl` file, read; with line numbers.
private func rows<Value>(
  of file: String, in folder: URL, read: (Int, String) throws(TaskError) -> Value
) throws(TaskError) -> [(line: Int, value: Value)] {
  var lines = try LineReader(folder.appending(path: file), as: file)
  var rows: [(line: Int, value: Value)] = []
  while let line = try lines.nextWithText() {
    rows.append((line.number, try read(line.number, line.text)))
  }
  return rows
}

extension Example {
  fileprivate init(line: Int, text: String) throws(TaskError) {
    let row = try JSONRow(
      text, file: examplesFile, line: line,
      keys: ["id", "split", "fields", "reference", "references", "answers"])
    let splitName = try row.requiredString("split")
    guard let split = Split(rawValue: splitName) else {
      throw .invalidValue(
        file: examplesFile, line: line, key: "split", found: splitName,
        allowed: Split.allCases.map(\.rawValue))
    }
    guard let fields = try row.stringMap("fields") else {
      throw .missingKey(file: examplesFile, line: line, key: "fields")
    }
    var answers = try row.stringListMap("answers") ?? [:]
    if let references = try row.strings("references") {
      answers[Example.defaultAnswer] = references
    }
    if let reference = try row.string("reference") {
      answers[Example.defaultAnswer] = [reference]
    }
    self.init(
      id: try row.requiredString("id"), split: split, fields: fields, answers: answers)
  }

  /// The row of `examples.jsonl`, in its shortest form.
  fileprivate var row: [String: Any] {
    var row: [String: Any] = ["id": id, "split": split.rawValue, "fields": fields]
    let references = answers[Example.defaultAnswer]
    if answers.count != 1 || references == nil {
      row["answers"] = answers
    } else if let references, references.count == 1 {
      row["reference"] = references[0]
    } else {
      row["references"] = references
    }
    return row
  }
}

extension Prompt {
  fileprivate init(line: Int, text: String) throws(TaskError) {
    let row = try JSONRow(
      text, file: promptsFile, line: line,
      keys: ["text", "family", "style", "content", "answer", "labels", "required"])
    self.init(
      text: try row.requiredString("text"), family: try row.requiredString("family"),
      style: try row.requiredString("style"), content: try row.string("content") ?? "",
      answer: try row.string("answer") ?? Example.defaultAnswer,
      labels: try row.stringMap("labels") ?? [:], required: try row.strings("required") ?? [])
  }

  /// The row of `prompts.jsonl`; optional keys only where they say something.
  fileprivate var row: [String: Any] {
    var row: [String: Any] = ["text": text, "family": family, "style": style]
    if !content.isEmpty { row["content"] = content }
    if answer != Example.defaultAnswer { row["answer"] = answer }
    if !labels.isEmpty { row["labels"] = labels }
    if !required.isEmpty { row["required"] = required }
    return row
  }
}

/// One object a line, keys sorted.
private func jsonLines(_ rows: [[String: Any]]) throws -> Data {
  try rows.reduce(into: Data()) { data, row in
    data += try JSONSerialization.data(
      withJSONObject: row, options: [.sortedKeys, .withoutEscapingSlashes])
    data.append(UInt8(ascii: "\n"))
  }
}

/// A string that any YAML reader takes for a string, whatever it looks like.
private func quoted(_ text: String) -> Node {
  .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
}

private func quoted(_ texts: [String]) -> Node {
  .sequence(Node.Sequence(texts.map { quoted($0) }, Tag(.seq), .flow))
}
