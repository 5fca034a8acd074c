import Foundation
import Tokenizers

/// The `tokenizer_config.json` beside a tokenizer: what other programs have to know of it.
struct TokenizerConfiguration {
  let values: [String: JSONValue]

  /// - Parameters:
  ///   - tokenizer: The token that opens every text is named.
  ///   - roles: The first end token and the padding token are named where they are special tokens.
  ///   - template: The chat template, with the tokens that it knows by name.
  ///   - contextLength: The longest sequence, in tokens.
  init(
    _ tokenizer: Tokenizer, _ roles: TokenRoles, _ template: ChatTemplate?, contextLength: Int
  ) {
    let name = { (id: Int32?) in
      tokenizer.specialTokens.first { $0.value == id }.map { JSONValue.string($0.key) } ?? .null
    }
    let own: [String: JSONValue] = [
      "tokenizer_class": .string("PreTrainedTokenizerFast"),
      "bos_token": name(tokenizer.prefixTokens.first),
      "eos_token": name(roles.end.first), "pad_token": name(roles.padding),
      "clean_up_tokenization_spaces": .bool(false),
      "model_max_length": .integer(contextLength),
    ]
    let template = (template?.configuration ?? [:]).mapValues(JSONValue.string)
    values = own.merging(template) { $1 }
  }

  func write(to url: URL) throws { try JSONFile.write(values, to: url) }
}
