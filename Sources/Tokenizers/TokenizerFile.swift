import Foundation

/// The parts of a `tokenizer.json` that decide about ids.
///
/// Fields that only move character offsets are not read.
struct TokenizerFile: Decodable {
  let model: Model
  let preTokenizer: Component?
  let decoder: Component?
  let postProcessor: Component?
  let normalizer: Component?
  let truncation: Present?
  let padding: Present?
  let addedTokens: [AddedToken]?

  enum CodingKeys: String, CodingKey {
    case model, decoder, normalizer, truncation, padding
    case preTokenizer = "pre_tokenizer"
    case postProcessor = "post_processor"
    case addedTokens = "added_tokens"
  }

  struct Model: Decodable {
    /// Absent from the oldest files, which were all byte-pair encodings.
    let type: String?
    let vocab: [String: Int]
    let merges: [MergeText]
    let dropout: Double?
    let unknownToken: String?
    let subwordPrefix: String?
    let wordSuffix: String?
    let byteFallback: Bool?
    let ignoreMerges: Bool?

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges, dropout
      case unknownToken = "unk_token"
      case subwordPrefix = "continuing_subword_prefix"
      case wordSuffix = "end_of_word_suffix"
      case byteFallback = "byte_fallback"
      case ignoreMerges = "ignore_merges"
    }
  }

  /// A merge, as `"a b"` or `["a", "b"]`.
  struct MergeText: Decodable {
    let parts: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      } else {
        parts = try container.decode([String].self)
      }
    }
  }

  struct Component: Decodable {
    let type: String
    let addPrefixSpace: Bool?
    let useRegex: Bool?

    enum CodingKeys: String, CodingKey {
      case type
      case addPrefixSpace = "add_prefix_space"
      case useRegex = "use_regex"
    }
  }

  struct AddedToken: Decodable {
    let id: Int
    let content: String
    let special: Bool
  }

  /// Says that a field is there and not null, whatever it holds.
  struct Present: Decodable {
    init(from decoder: any Decoder) throws {}
  }
}

extension TokenizerFile {
  /// The first field that would change the ids in a way that is not supported, with its value.
  var unsupported: (field: String, found: String)? {
    let checks: [(field: String, found: String?, allowed: [String?])] = [
      ("model.type", model.type, ["BPE", nil]),
      ("model.dropout", model.dropout.map { "\($0)" }, ["0.0", nil]),
      ("model.unk_token", model.unknownToken, [nil]),
      ("model.continuing_subword_prefix", model.subwordPrefix, ["", nil]),
      ("model.end_of_word_suffix", model.wordSuffix, ["", nil]),
      ("model.byte_fallback", model.byteFallback.map { "\($0)" }, ["false", nil]),
      ("model.ignore_merges", model.ignoreMerges.map { "\($0)" }, ["false", nil]),
      ("normalizer", normalizer?.type, [nil]),
      ("pre_tokenizer", preTokenizer?.type, ["ByteLevel"]),
      (
        "pre_tokenizer.add_prefix_space", preTokenizer?.addPrefixSpace.map { "\($0)" },
        ["false"]
      ),
      ("pre_tokenizer.use_regex", preTokenizer?.useRegex.map { "\($0)" }, ["true", nil]),
      ("decoder", decoder?.type, ["ByteLevel"]),
      ("post_processor", postProcessor?.type, ["ByteLevel", nil]),
      ("truncation", truncation.map { _ in "set" }, [nil]),
      ("padding", padding.map { _ in "set" }, [nil]),
    ]
    for check in checks where !check.allowed.contains(check.found) {
      return (check.field, check.found.map { "'\($0.prefix(40))'" } ?? "missing")
    }
    return nil
  }
}
