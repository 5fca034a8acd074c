import Foundation

/// One line of a `.jsonl` file: typed access by key, with errors that name file, line and key.
struct JSONRow {
  let file: String
  let line: Int
  private let values: Record

  /// Reads one object whose keys are all among `keys`.
  init(_ text: String, file: String, line: Int, keys: [String]) throws(TaskError) {
    self.file = file
    self.line = line
    guard case .object(let values) = try RecordValue(json: text, file: file, line: line) else {
      throw .malformed(file: file, line: line, reason: "not a JSON object")
    }
    self.values = values
    for key in values.keys.sorted() where !keys.contains(key) {
      throw .unknownKey(
        file: file, line: line, key: key, nearest: nearestName(to: key, among: keys))
    }
  }

  func string(_ key: String) throws(TaskError) -> String? {
    try value(key, expected: "a string", read: \.string)
  }

  func strings(_ key: String) throws(TaskError) -> [String]? {
    try value(key, expected: "a list of strings", read: \.strings)
  }

  func stringMap(_ key: String) throws(TaskError) -> [String: String]? {
    try value(key, expected: "an object of strings") { $0.map(\.string) }
  }

  func stringListMap(_ key: String) throws(TaskError) -> [String: [String]]? {
    try value(key, expected: "an object of lists of strings") { $0.map(\.strings) }
  }

  func requiredString(_ key: String) throws(TaskError) -> String {
    guard let value = try string(key) else {
      throw .missingKey(file: file, line: line, key: key)
    }
    return value
  }

  private func value<Value>(
    _ key: String, expected: String, read: (RecordValue) -> Value?
  ) throws(TaskError) -> Value? {
    guard let found = values[key] else { return nil }
    guard let value = read(found) else {
      throw .wrongType(file: file, line: line, key: key, expected: expected)
    }
    return value
  }
}

extension RecordValue {
  fileprivate var string: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  fileprivate var strings: [String]? {
    guard case .list(let items) = self else { return nil }
    let strings = items.compactMap(\.string)
    return strings.count == items.count ? strings : nil
  }

  /// An object with its values read; nil where one cannot be.
  fileprivate func map<Value>(_ read: (RecordValue) -> Value?) -> [String: Value]? {
    guard case .object(let values) = self else { return nil }
    let readValues = values.compactMapValues(read)
    return readValues.count == values.count ? readValues : nil
  }
}
