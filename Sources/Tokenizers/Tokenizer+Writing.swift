import Foundation

extension Tokenizer {
  /// Writes a `tokenizer.json` that the `tokenizers` library of Hugging Face reads.
  ///
  /// The same tokenizer gives the same bytes. An existing file is replaced in one step.
  ///
  /// - Throws: The file system's error.
  public func write(to url: URL) throws {
    try Data(json.utf8).write(to: url, options: .atomic)
  }

  /// Writes the `tokenizer_config.json` that belongs beside `tokenizer.json`.
  ///
  /// - Parameters:
  ///   - url: The file; an existing one is replaced in one step.
  ///   - endToken: Special token that ends a text.
  ///   - paddingToken: Special token that fills the shorter rows of a batch.
  ///   - contextLength: The most tokens that the model takes.
  /// - Throws: The file system's error.
  /// - Precondition: Both tokens are special tokens of this tokenizer.
  public func writeConfiguration(
    to url: URL, endToken: String, paddingToken: String, contextLength: Int
  ) throws {
    precondition(
      specialTokens[endToken] != nil && specialTokens[paddingToken] != nil,
      "tokenizer: '\(endToken)' or '\(paddingToken)' is no special token")
    let text = """
      {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": null,
        "eos_token": \(Self.quoted(endToken)),
        "pad_token": \(Self.quoted(paddingToken)),
        "clean_up_tokenization_spaces": false,
        "model_max_length": \(contextLength)
      }

      """
    try Data(text.utf8).write(to: url, options: .atomic)
  }

  /// Written by hand to keep the vocabulary in the order of its ids.
  private var json: String {
    let special = specialTokens.sorted { $0.value < $1.value }
    let names = Dictionary(uniqueKeysWithValues: special.map { ($0.value, $0.key) })
    let added = special.map {
      """
      {"id": \($0.value), "content": \(Self.quoted($0.key)), "single_word": false, \
      "lstrip": false, "rstrip": false, "normalized": false, "special": true}
      """
    }
    let vocabulary = tokens.enumerated().map { id, bytes in
      "\(Self.quoted(names[Int32(id)] ?? ByteAlphabet.text(of: bytes))): \(id)"
    }
    let merges = merges.map { merge in
      let left = ByteAlphabet.text(of: tokens[Int(merge.left)])
      let right = ByteAlphabet.text(of: tokens[Int(merge.right)])
      return Self.quoted(left + " " + right)
    }
    return """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": \(Self.list(added, "[", "]")),
        "normalizer": null,
        "pre_tokenizer": {
          "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
        },
        "post_processor": null,
        "decoder": {
          "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
        },
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": null,
          "continuing_subword_prefix": null,
          "end_of_word_suffix": null,
          "fuse_unk": false,
          "byte_fallback": false,
          "ignore_merges": false,
          "vocab": \(Self.list(vocabulary, "{", "}")),
          "merges": \(Self.list(merges, "[", "]"))
        }
      }

      """
  }

  private static func list(_ items: [String], _ open: String, _ close: String) -> String {
    items.isEmpty ? open + close : "\(open)\n\(items.joined(separator: ",\n"))\n\(close)"
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
