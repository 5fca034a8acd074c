import Foundation

/// One line of a `.jsonl` file: typed access by key, with errors that name file, line and key.
struct JSONRow {
  let file: String
  let line: Int
  private let values: [String: Any]

  /// Reads one object whose keys are all among `keys`.
  init(_ text: String, file: String, line: Int, keys: [String]) throws(TaskError) {
    self.file = file
    self.line = line
    values = try jsonObject(Data(text.utf8), file: file, line: line)
    for key in values.keys.sorted() where !keys.contains(key) {
      throw .unknownKey(
        file: file, line: line, key: key, nearest: nearestName(to: key, among: keys))
    }
  }

  func string(_ key: String) throws(TaskError) -> String? {
    try value(key, expected: "a string")
  }

  func strings(_ key: String) throws(TaskError) -> [String]? {
    try value(key, expected: "a list of strings")
  }

  func stringMap(_ key: String) throws(TaskError) -> [String: String]? {
    try value(key, expected: "an object of strings")
  }

  func stringListMap(_ key: String) throws(TaskError) -> [String: [String]]? {
    try value(key, expected: "an object of lists of strings")
  }

  func requiredString(_ key: String) throws(TaskError) -> String {
    guard let value = try string(key) else {
      throw .missingKey(file: file, line: line, key: key)
    }
    return value
  }

  private func value<Value>(_ key: String, expected: String) throws(TaskError) -> Value? {
    guard let found = values[key] else { return nil }
    guard let value = found as? Value else {
      throw .wrongType(file: file, line: line, key: key, expected: expected)
    }
    return value
  }
}

/// The JSON object in `data`.
/// - Throws: `malformed` where it is anything else.
func jsonObject(_ data: Data, file: String, line: Int?) throws(TaskError) -> [String: Any] {
  let value: Any
  do { value = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) } catch {
    let details = (error as NSError).userInfo["NSDebugDescription"] as? String
    throw .malformed(
      file: file, line: line, reason: "not JSON" + (details.map { " (\($0))" } ?? ""))
  }
  guard let object = value as? [String: Any] else {
    throw .malformed(file: file, line: line, reason: "not a JSON object")
  }
  return object
}
