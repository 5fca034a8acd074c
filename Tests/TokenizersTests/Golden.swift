import Foundation
import Tokenizers

/// Values of `Golden/tokenizer.py`.
struct Golden: Decodable {
  struct Case: Decodable, Sendable {
    let text: String
    let words: [String]
    let ids: [Int32]
  }

  struct Decoding: Decodable, Sendable {
    let ids: [Int32]
    let text: String
  }

  let cases: [Case]
  let decodings: [Decoding]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")
  static let specialTokens = ["<|end|>", "<|pad|>"]

  static func load() throws -> Golden {
    let data = try Data(contentsOf: folder.appending(path: "encodings.json"))
    return try JSONDecoder().decode(Golden.self, from: data)
  }

  static func corpus() throws -> String {
    try String(contentsOf: folder.appending(path: "corpus.txt"), encoding: .utf8)
  }

  static func tokenizer() throws -> Tokenizer {
    try Tokenizer(contentsOf: folder.appending(path: "tokenizer.json"))
  }
}

/// Runs `body` with a path in a folder of its own, which is removed afterwards.
func withTemporaryFile<Result>(_ name: String, _ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.appending(path: name))
}
