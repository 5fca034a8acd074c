import Foundation
import NeuralNetworks

/// Small files whose keys are in the field's spelling: `vocab_size` for `vocabSize`.
enum JSONFile {
  /// Bytes that a file may have: it becomes values that take many times its size.
  private static let largestFile = 1 << 20

  /// Reads a file, or says in a sentence what is wrong with it.
  static func read<Content: Decodable>(
    _ type: Content.Type, from url: URL
  ) throws(CheckpointError) -> Content {
    try decode(type, from: contents(of: url), name: url.path)
  }

  /// The bytes of a file.
  static func contents(of url: URL) throws(CheckpointError) -> Data {
    do {
      return try Data(contentsOf: url, options: .alwaysMapped)
    } catch {
      throw .unreadable(file: url.path, reason: reason(error))
    }
  }

  /// Reads a file's contents; `name` is what errors call it.
  static func decode<Content: Decodable>(
    _ type: Content.Type, from json: Data, name: String
  ) throws(CheckpointError) -> Content {
    guard json.count <= largestFile else {
      throw .unreadable(
        file: name, reason: "it has \(json.count) bytes, more than \(largestFile)")
    }
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: json)
    } catch {
      throw .unreadable(file: name, reason: reason(error))
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
    case CocoaError.fileReadNoSuchFile: "there is no such file"
    default: (error as NSError).localizedDescription
    }
  }

  /// The decoder names keys in our spelling; the reader of the message has the file before them.
  private static func fileSpelling(of path: [any CodingKey]) -> String {
    path.map(\.stringValue).joined(separator: ".")
      .map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }
}
