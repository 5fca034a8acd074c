/// A record and where it is from.
struct SourceRecord {
  /// Its values by column or key.
  var values: Record
  /// What messages call it: "the row", "record data.0.paragraphs.3.qas.1".
  let name: String
  /// Its line, in files that are read by lines.
  let line: Int?
}

/// Finds the records in a value of JSON, by a path of keys parted by dots.
///
/// A list on the way or at the end stands for all its items, "*" for all values of an object in the
/// order of their keys (numbers first, by size). A record also has what stands beside the path in
/// the objects above it, such as the paragraph of a question, and under "@key" the key that "*"
/// stands for. An item that is a list has the columns "0", "1", …; any other that is no object has
/// the one column "value".
struct RecordFinder {
  let file: String
  let line: Int?
  private(set) var records: [SourceRecord] = []

  init(file: String, line: Int?) {
    self.file = file
    self.line = line
  }

  /// Adds the records of `value`.
  /// - Throws: `malformed` for a key that an object on the way lacks.
  mutating func collect(from value: RecordValue, at path: String?) throws(TaskError) {
    let keys = (path ?? "").split(separator: ".").map(String.init)
    try collect(from: value, at: keys[...], walked: [], inherited: [:])
  }

  /// Adds `value` as one record, whatever it is.
  mutating func add(_ value: RecordValue) {
    add(value, walked: [], inherited: [:])
  }

  private mutating func collect(
    from value: RecordValue, at keys: ArraySlice<String>, walked: [String], inherited: Record
  ) throws(TaskError) {
    guard let key = keys.first else {
      addItems(of: value, walked: walked, inherited: inherited)
      return
    }
    if case .list(let items) = value {
      for (index, item) in items.enumerated() {
        try collect(from: item, at: keys, walked: walked + ["\(index)"], inherited: inherited)
      }
      return
    }
    guard case .object(var siblings) = value else { throw noKey(key, after: walked) }
    if key == "*" {
      for (name, item) in siblings.sorted(by: { isOrdered($0.key, $1.key) }) {
        try collect(
          from: item, at: keys.dropFirst(), walked: walked + [name],
          inherited: inherited.replacing(["@key": .text(name)]))
      }
      return
    }
    guard let next = siblings.removeValue(forKey: key) else { throw noKey(key, after: walked) }
    try collect(
      from: next, at: keys.dropFirst(), walked: walked + [key],
      inherited: inherited.replacing(siblings))
  }

  private mutating func addItems(of value: RecordValue, walked: [String], inherited: Record) {
    guard case .list(let items) = value else {
      add(value, walked: walked, inherited: inherited)
      return
    }
    for (index, item) in items.enumerated() {
      add(item, walked: walked + ["\(index)"], inherited: inherited)
    }
  }

  private mutating func add(_ item: RecordValue, walked: [String], inherited: Record) {
    let name = walked.isEmpty ? "the record" : "record \(walked.joined(separator: "."))"
    records.append(
      SourceRecord(values: inherited.replacing(item.columns), name: name, line: line))
  }

  private func noKey(_ key: String, after walked: [String]) -> TaskError {
    let place = walked.isEmpty ? "" : " in '\(walked.joined(separator: "."))'"
    return .malformed(file: file, line: line, reason: "no '\(key)'\(place)")
  }
}

extension RecordValue {
  /// The columns of a value that is a record.
  fileprivate var columns: Record {
    switch self {
    case .object(let values): values
    case .list(let items):
      Dictionary(uniqueKeysWithValues: items.enumerated().map { ("\($0)", $1) })
    case .null, .bool, .integer, .number, .text: ["value": self]
    }
  }
}

extension Record {
  fileprivate func replacing(_ values: Record) -> Record {
    merging(values, uniquingKeysWith: { $1 })
  }
}

/// Numbers by size, then all else by code points.
private func isOrdered(_ first: String, _ second: String) -> Bool {
  (Int(first) ?? .max, first) < (Int(second) ?? .max, second)
}
