import Foundation
import NeuralNetworks
import Tokenizers

/// Small files whose keys are in the field's spelling: `vocab_size` for `vocabSize`.
enum JSONFile {
  /// Bytes that a file may have: it becomes values that take many times its size.
  private static let largestFile = 1 << 22

  /// Reads a file, or says in a sentence what is wrong with it.
  static func read<Content: Decodable>(
    _ type: Content.Type, from url: URL
  ) throws(CheckpointError) -> Content {
    try decode(type, from: mappedContents(of: url), name: url.path)
  }

  /// Reads a file's contents; `name` is what errors call it.
  static func decode<Content: Decodable>(
    _ type: Content.Type, from json: Data, name: String
  ) throws(CheckpointError) -> Content {
    try checkSize(of: json, name: name)
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: json)
    } catch {
      throw .unreadable(file: name, reason: reason(error))
    }
  }

  /// The members of a file that is one object, by their keys.
  static func members(
    of json: Data, name: String
  ) throws(CheckpointError) -> [String: JSONValue] {
    try checkSize(of: json, name: name)
    let value: JSONValue
    do throws(JSONValue.SyntaxError) {
      value = try JSONValue(parsing: Array(json))
    } catch {
      throw .unreadable(
        file: name, reason: "it is not JSON: \(error.reason) at byte \(error.offset)")
    }
    guard case .object(let members) = value else {
      throw .unreadable(file: name, reason: "it is not a JSON object")
    }
    var values: [String: JSONValue] = [:]
    for (key, value) in members {
      // Readers do not agree on which one counts.
      guard values.updateValue(value, forKey: key) == nil else {
        throw .unreadable(file: name, reason: "key '\(key)' is there twice")
      }
    }
    return values
  }

  /// Refuses contents that have too many bytes.
  static func checkSize(of contents: Data, name: String) throws(CheckpointError) {
    guard contents.count <= largestFile else {
      throw .unreadable(
        file: name, reason: "it has \(contents.count) bytes, more than \(largestFile)")
    }
  }

  /// Writes a file; equal contents give equal bytes.
  static func write(_ content: some Encodable, to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(content).write(to: url, options: .atomic)
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "key '\(fileSpelling(of: [key]))' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "key '\(fileSpelling(of: context.codingPath))' has the wrong type"
    case DecodingError.dataCorrupted: "it is not JSON, or one of its numbers is out of range"
    default: (error as NSError).localizedDescription
    }
  }

  /// The decoder names keys in our spelling; the reader of the message has the file before them.
  private static func fileSpelling(of path: [any CodingKey]) -> String {
    path.map(\.stringValue).joined(separator: ".")
      .map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }
}
