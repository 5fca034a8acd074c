import Foundation

/// A row of a file of examples, in the task's fields and label.
struct ExampleRow {
  let fields: [String: String]
  let label: String
}

extension ImportedTask.ExampleFile {
  /// All rows, in the order of the file.
  func rows(root: URL) throws(TaskError) -> [ExampleRow] {
    let text = try readText(root.appending(path: path), as: path)
    return switch reader {
    case .numberedJSON: try numberedJSONRows(in: text)
    case .tsv: try tsvRows(in: text)
    }
  }

  private func numberedJSONRows(in text: String) throws(TaskError) -> [ExampleRow] {
    let object = try jsonObject(Data(text.utf8), file: path, line: nil)
    var rows: [ExampleRow] = []
    let keys = object.keys.sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
    for key in keys {
      guard Int(key) != nil, let record = object[key] as? [String: Any] else {
        throw .malformed(file: path, line: nil, reason: "record '\(key)' is not a numbered object")
      }
      rows.append(try row("record \(key)", line: nil) { record[$0].flatMap(scalarText) })
    }
    return rows
  }

  private func tsvRows(in text: String) throws(TaskError) -> [ExampleRow] {
    let lines = numberedLines(of: text).map { ($0.number, cells(of: $0.text)) }
    guard let header = lines.first?.1 else { throw .empty(file: path) }
    let columns = Dictionary(
      header.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var rows: [ExampleRow] = []
    for (line, cells) in lines.dropFirst() {
      guard cells.count == header.count else {
        throw .malformed(
          file: path, line: line,
          reason: "\(cells.count) columns where the header has \(header.count)")
      }
      rows.append(try row("the row", line: line) { columns[$0].map { cells[$0] } })
    }
    return rows
  }

  /// The row that `value` gives the columns of, called `name` in errors.
  private func row(
    _ name: String, line: Int?, value: (String) -> String?
  ) throws(TaskError) -> ExampleRow {
    var values: [String: String] = [:]
    for (column, field) in fields {
      guard let text = value(column) else {
        throw .malformed(file: path, line: line, reason: "\(name) has no text in '\(column)'")
      }
      values[field] = text
    }
    guard let code = value(label) else {
      throw .malformed(file: path, line: line, reason: "\(name) has no label in '\(label)'")
    }
    guard let meaning = labels[code] else {
      throw .malformed(
        file: path, line: line,
        reason: "\(name) has the label code '\(code)', which `labels` lacks")
    }
    return ExampleRow(fields: values, label: meaning)
  }
}

private func cells(of line: String) -> [String] {
  line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
}

/// A JSON string, or a number as it is written; nil for anything else, such as null.
private func scalarText(_ value: Any) -> String? {
  if let text = value as? String { return text }
  return (value as? NSNumber)?.stringValue
}
