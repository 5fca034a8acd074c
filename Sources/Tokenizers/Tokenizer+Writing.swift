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

  /// Written by hand to keep the vocabulary in the order of its ids.
  private var json: String {
    let parts = parts
    let vocabulary = parts.texts.enumerated().map { "\(Self.quoted($1)): \($0)" }
    let merges = parts.merges.map { Self.quoted($0.left + " " + $0.right) }
    return """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": \(Self.list(parts.added.map(Self.json), "[", "]")),
        "normalizer": \(normalizesNFC ? #"{"type": "NFC"}"# : "null"),
        "pre_tokenizer": \(preTokenizer.json),
        "post_processor": \(postProcessor(parts.texts)),
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
          "ignore_merges": \(ignoresMerges),
          "vocab": \(Self.list(vocabulary, "{", "}")),
          "merges": \(Self.list(merges, "[", "]"))
        }
      }

      """
  }

  private static func json(_ token: AddedToken) -> String {
    """
    {"id": \(token.id), "content": \(quoted(token.content)), \
    "single_word": \(token.isSingleWord), "lstrip": \(token.stripsLeft), \
    "rstrip": \(token.stripsRight), "normalized": \(token.isNormalized), \
    "special": \(token.isSpecial)}
    """
  }

  /// A template that puts the prefix tokens before each text.
  private func postProcessor(_ texts: [String]) -> String {
    guard !prefixTokens.isEmpty else { return "null" }
    let names = prefixTokens.map { Self.quoted(texts[Int($0)]) }
    func template(_ sequence: String, _ type: Int) -> String {
      (names.map { #"{"SpecialToken": {"id": \#($0), "type_id": \#(type)}}"# }
        + [#"{"Sequence": {"id": "\#(sequence)", "type_id": \#(type)}}"#])
        .joined(separator: ", ")
    }
    let tokens = Dictionary(zip(names, prefixTokens)) { first, _ in first }
      .sorted { $0.value < $1.value }
      .map { #"\#($0.key): {"id": \#($0.key), "ids": [\#($0.value)], "tokens": [\#($0.key)]}"# }
    return """
      {
          "type": "TemplateProcessing",
          "single": [\(template("A", 0))],
          "pair": [\(template("A", 0)), \(template("B", 1))],
          "special_tokens": {\(tokens.joined(separator: ", "))}
        }
      """
  }

  private static func list(_ items: [String], _ open: String, _ close: String) -> String {
    items.isEmpty ? open + close : "\(open)\n\(items.joined(separator: ",\n"))\n\(close)"
  }

  /// A JSON string.
  fileprivate static func quoted(_ text: String) -> String {
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

extension PreTokenizer {
  /// What `tokenizer.json` says for the rule.
  fileprivate var json: String {
    guard self != .gpt2 else {
      return """
        {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
          }
        """
    }
    let first =
      splitPattern.map {
        #"""
        {"type": "Split", "pattern": {"Regex": \#(Tokenizer.quoted($0))}, \#
        "behavior": "Isolated", "invert": false}
        """#
      } ?? #"{"type": "Digits", "individual_digits": true}"#
    return #"""
      {
          "type": "Sequence",
          "pretokenizers": [
            \#(first),
            {
              "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
              "use_regex": \#(splitPattern == nil)
            }
          ]
        }
      """#
  }
}
