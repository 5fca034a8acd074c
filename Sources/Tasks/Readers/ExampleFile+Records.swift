import Foundation

extension ImportedTask.ExampleFile {
  /// All records of the file, in its order.
  ///
  /// - Throws: `TaskError` for a file that cannot be read or is not of its layout.
  func sourceRecords(root: URL) throws(TaskError) -> [SourceRecord] {
    var records =
      switch reader {
      case .json: try jsonRecords(root: root, at: self.records)
      case .numberedJSON: try jsonRecords(root: root, at: "*")
      case .jsonl: try jsonLineRecords(root: root)
      case .csv: try delimitedRecords(root: root, separator: ",", isQuoted: true)
      case .tsv: try delimitedRecords(root: root, separator: "\t", isQuoted: false)
      case .quotedTSV: try delimitedRecords(root: root, separator: "\t", isQuoted: true)
      case .lines: try lineRecords(root: root)
      case .labeledLines: try labeledLineRecords(root: root)
      }
    for column in numbers ?? [] {
      for index in records.indices { try readNumber(in: column, of: &records[index]) }
    }
    return records
  }

  /// A mistake in a record, or in the file where it is nil.
  func malformed(_ record: SourceRecord?, _ reason: String) -> TaskError {
    .malformed(
      file: path, line: record?.line, reason: record.map { "\($0.name) \(reason)" } ?? reason)
  }

  private func jsonRecords(
    root: URL, at recordPath: String?
  ) throws(TaskError) -> [SourceRecord] {
    let text = try readText(
      root.appending(path: path), as: path, encoding: encoding ?? .utf8)
    var finder = RecordFinder(file: path, line: nil)
    try finder.collect(from: try RecordValue(json: text, file: path), at: recordPath)
    return finder.records
  }

  private func jsonLineRecords(root: URL) throws(TaskError) -> [SourceRecord] {
    var lines = try lineReader(path, root: root)
    var records: [SourceRecord] = []
    while let line = try lines.nextWithText() {
      let value = try RecordValue(json: line.text, file: path, line: line.number)
      var finder = RecordFinder(file: path, line: line.number)
      if let recordPath = self.records {
        try finder.collect(from: value, at: recordPath)
      } else {
        finder.add(value)
      }
      records += finder.records
    }
    return records
  }

  private func delimitedRecords(
    root: URL, separator: Character, isQuoted: Bool
  ) throws(TaskError) -> [SourceRecord] {
    var rows = DelimitedRows(
      lines: try lineReader(path, root: root), file: path, separator: separator,
      isQuoted: isQuoted)
    var header = columns ?? []
    if header.isEmpty {
      guard let first = try rows.next() else { throw .empty(file: path) }
      header = first.cells
    }
    guard Set(header).count == header.count else {
      throw malformed(nil, "two columns have one name")
    }
    var records: [SourceRecord] = []
    while let (line, cells) = try rows.next() {
      guard cells.count == header.count else {
        throw .malformed(
          file: path, line: line,
          reason: "\(cells.count) columns where the header has \(header.count)")
      }
      let values = zip(header, cells.map(RecordValue.text))
      records.append(
        SourceRecord(
          values: Dictionary(uniqueKeysWithValues: values), name: "the row", line: line))
    }
    return records
  }

  private func labeledLineRecords(root: URL) throws(TaskError) -> [SourceRecord] {
    var lines = try lineReader(path, root: root)
    var records: [SourceRecord] = []
    while let line = try lines.nextWithText() {
      guard let space = line.text.firstIndex(of: " ") else {
        throw .malformed(file: path, line: line.number, reason: "no space after the label")
      }
      let text = line.text[line.text.index(after: space)...]
      records.append(
        SourceRecord(
          values: ["label": .text(String(line.text[..<space])), "text": .text(trimmed(text))],
          name: "the line", line: line.number))
    }
    return records
  }

  private func lineRecords(root: URL) throws(TaskError) -> [SourceRecord] {
    let texts = try allLines(of: path, root: root)
    var alignedTexts: [[RecordValue]] = Array(repeating: [], count: texts.count)
    for file in aligned ?? [] {
      let others = try allLines(of: file, root: root)
      guard others.count == texts.count else {
        throw .malformed(
          file: file, line: nil, reason: "\(others.count) lines where \(path) has \(texts.count)")
      }
      for (index, other) in others.enumerated() { alignedTexts[index].append(.text(other)) }
    }
    return texts.enumerated().map { index, text in
      SourceRecord(
        values: ["text": .text(text), "aligned": .list(alignedTexts[index])], name: "the line",
        line: index + 1)
    }
  }

  private func allLines(of file: String, root: URL) throws(TaskError) -> [String] {
    var lines = try lineReader(file, root: root)
    var texts: [String] = []
    while let line = try lines.next() { texts.append(line.text) }
    return texts
  }

  private func lineReader(_ file: String, root: URL) throws(TaskError) -> LineReader {
    try LineReader(root.appending(path: file), as: file, encoding: encoding ?? .utf8)
  }

  private func readNumber(
    in column: String, of record: inout SourceRecord
  ) throws(TaskError) {
    guard let text = record.values[column]?.text else {
      throw malformed(record, "has no text in '\(column)'")
    }
    if let integer = Int(text) {
      record.values[column] = .integer(integer)
    } else if let number = Double(text), number.isFinite {
      record.values[column] = .number(number)
    } else {
      throw malformed(record, "has no number in '\(column)'")
    }
  }
}
