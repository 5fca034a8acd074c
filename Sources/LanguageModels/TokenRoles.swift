import Foundation
import NeuralNetworks
import Tokenizers

/// Which tokens of a model's folder end an answer, and which one fills rows.
struct TokenRoles: Equatable {
  /// Each of them ends an answer; the first one is what a trained answer ends with.
  var end: [Int32]
  /// Nil where the folder names none.
  var padding: Int32?
}

extension TokenRoles {
  /// What a file says, without ids that are no token: nothing could ever end with them.
  init(end: [Int32]?, padding: Int32?, vocabularySize: Int) {
    let isToken = { (id: Int32) in 0 <= id && id < vocabularySize }
    self.end = (end ?? []).filter(isToken)
    self.padding = padding.flatMap { isToken($0) ? $0 : nil }
  }

  /// The special tokens of models that are trained here, where a tokenizer has them.
  init(own tokenizer: Tokenizer) {
    end = tokenizer.id(ofSpecial: SpecialToken.end).map { [$0] } ?? []
    padding = tokenizer.id(ofSpecial: SpecialToken.padding)
  }

  /// The roles, with those of other sources where these name none.
  func completed(by other: TokenRoles) -> TokenRoles {
    TokenRoles(end: end.isEmpty ? other.end : end, padding: padding ?? other.padding)
  }
}

extension TokenRoles {
  private static let fileName = "generation_config.json"

  private struct File: Codable {
    var eosTokenId: TokenIDs?
    var padTokenId: Int32?
  }

  /// What a folder's `generation_config.json` names; nothing where it has none.
  init(generationIn folder: URL, vocabularySize: Int) throws(CheckpointError) {
    let url = folder.appendingPathComponent(Self.fileName)
    let file =
      FileManager.default.fileExists(atPath: url.path)
      ? try JSONFile.read(File.self, from: url) : File()
    self.init(
      end: file.eosTokenId?.values, padding: file.padTokenId, vocabularySize: vocabularySize)
  }

  /// Writes `generation_config.json`, which says where generation ends.
  func writeGeneration(in folder: URL) throws {
    try JSONFile.write(
      File(eosTokenId: TokenIDs(end), padTokenId: padding),
      to: folder.appendingPathComponent(Self.fileName))
  }
}

/// Token ids as the field's files have them: a number, or a list of numbers.
struct TokenIDs: Codable {
  let values: [Int32]

  init(_ values: [Int32]) { self.values = values }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int32.self) {  // where it is no number, it must be a list
      values = [value]
    } else {
      values = try container.decode([Int32].self)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if values.count == 1 {
      try container.encode(values[0])
    } else {
      try container.encode(values)
    }
  }
}
