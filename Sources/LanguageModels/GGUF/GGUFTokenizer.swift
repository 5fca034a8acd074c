import Foundation
import NeuralNetworks
import Tokenizers

/// What a GGUF file says of a tokenizer and of the tokens that end an answer.
///
/// The format has no place for what added tokens do to the space around them, nor for normalization:
/// llama.cpp normalizes nothing. Here texts are normalized where the published models of the
/// pre-tokenizer's name do.
struct GGUFTokenizer {
  let tokenizer: Tokenizer
  let roles: TokenRoles
  /// What chat templates call the tokens: `bos_token`, `eos_token`, `pad_token`.
  let names: [String: String]

  private static let startName = "bos_token"
}

private enum Key {
  static let model = "tokenizer.ggml.model"
  static let pre = "tokenizer.ggml.pre"
  static let tokens = "tokenizer.ggml.tokens"
  static let types = "tokenizer.ggml.token_type"
  static let merges = "tokenizer.ggml.merges"
  static let start = "tokenizer.ggml.bos_token_id"
  static let addsStart = "tokenizer.ggml.add_bos_token"
  static let addsEnd = "tokenizer.ggml.add_eos_token"
  static let padding = "tokenizer.ggml.padding_token_id"
  /// End of text, of a turn and of a message: llama.cpp stops at each.
  static let ends = ["eos", "eot", "eom"].map { "tokenizer.ggml.\($0)_token_id" }
}

/// llama.cpp's kinds of tokens.
private enum TokenType: Int {
  case normal = 1
  case control = 3
  case userDefined = 4
  case unused = 5
}

/// A name that llama.cpp has for the rules by which a text is cut into words.
private struct PreTokenizerName {
  let name: String
  let rule: PreTokenizer
  /// Whether a word that is a token is taken as it is.
  var ignoresMerges = false
  /// Whether texts are brought into normal form C first.
  var normalizesNFC = false
}

private let preTokenizers: [PreTokenizerName] = [
  .init(name: "gpt-2", rule: .gpt2), .init(name: "llama-bpe", rule: .llama3, ignoresMerges: true),
  .init(name: "qwen2", rule: .qwen2, normalizesNFC: true), .init(name: "smollm", rule: .smolLM),
  // Llama 3's rule, merges as they come.
  .init(name: "dbrx", rule: .llama3), .init(name: "smaug-bpe", rule: .llama3),
  // Other names of the same.
  .init(name: "llama3", rule: .llama3, ignoresMerges: true),
  .init(name: "llama-v3", rule: .llama3, ignoresMerges: true),
  // Qwen2's rule on texts as they come.
  .init(name: "deepseek-r1-qwen", rule: .qwen2),
]

// MARK: - Writing

extension GGUFTokenizer {
  /// The metadata of a tokenizer, whose vocabulary is filled up to the model's with unused tokens.
  ///
  /// - Throws: `CheckpointError.unwritable` where llama.cpp would cut texts otherwise.
  func metadata(
    vocabularySize: Int, file: String
  ) throws(CheckpointError) -> [(key: String, value: GGUFValue)] {
    let parts = tokenizer.parts
    let candidates = preTokenizers.filter {
      $0.rule == parts.preTokenizer && $0.ignoresMerges == parts.ignoresMerges
    }
    guard
      let pre = candidates.first(where: { $0.normalizesNFC == parts.normalizesNFC })
        ?? candidates.first
    else {
      throw .unwritable(
        file: file,
        reason: "llama.cpp has no name for the pre-tokenizer \(parts.preTokenizer) that "
          + (parts.ignoresMerges ? "ignores merges" : "follows merges"))
    }
    guard roles.end.count <= Key.ends.count, parts.prefixTokens.count <= 1 else {
      throw .unwritable(
        file: file,
        reason:
          "\(roles.end.count) end tokens and \(parts.prefixTokens.count) tokens before a text; "
          + "GGUF has places for \(Key.ends.count) and 1")
    }
    var types = [TokenType](repeating: .normal, count: parts.texts.count)
    for token in parts.added { types[Int(token.id)] = token.isSpecial ? .control : .userDefined }
    let unused = parts.texts.count..<max(parts.texts.count, vocabularySize)
    types += unused.map { _ in .unused }
    var metadata: [(key: String, value: GGUFValue)] = [
      (Key.model, .text("gpt2")), (Key.pre, .text(pre.name)),
      (Key.tokens, .texts(parts.texts + unused.map { "[PAD\($0)]" })),
      (Key.types, .integers(types.map(\.rawValue))),
      (Key.merges, .texts(parts.merges.map { "\($0.left) \($0.right)" })),
      (Key.addsStart, .flag(!parts.prefixTokens.isEmpty)), (Key.addsEnd, .flag(false)),
    ]
    // Where no token starts a text the key serves templates alone; as GPT-2 does, it names the end.
    let named = names[Self.startName].flatMap { name in parts.added.first { $0.content == name } }
    if let start = parts.prefixTokens.first ?? named?.id ?? roles.end.first {
      metadata.append((Key.start, .integer(Int(start))))
    }
    metadata += zip(Key.ends, roles.end).map { ($0, .integer(Int($1))) }
    if let padding = roles.padding { metadata.append((Key.padding, .integer(Int(padding)))) }
    return metadata
  }
}

// MARK: - Reading

extension GGUFTokenizer {
  /// Reads the tokenizer of a file.
  ///
  /// - Throws: `CheckpointError.unreadable`, naming the key; `TokenizerError` where the parts do not
  ///   fit one another.
  init(_ file: GGUFFile) throws {
    let model = try file.required(Key.model, \.text)
    guard model == "gpt2" else {
      throw file.fault("key '\(Key.model)' is '\(model)', which is not supported")
    }
    let name = try file.required(Key.pre, \.text)
    guard let pre = preTokenizers.first(where: { $0.name == name }) else {
      throw file.fault("key '\(Key.pre)' is '\(name)', which is not supported")
    }
    let texts = try file.required(Key.tokens, \.texts)
    let types = try Self.types(of: texts.count, in: file)
    // Unused tokens at the end fill the model's table.
    let count = (types.lastIndex { $0 != .unused } ?? -1) + 1
    let tokenID = { (key: String) throws(CheckpointError) -> Int32? in
      guard let id = try file.value(key, \.integer) else { return nil }
      guard texts.indices.contains(id) else { throw file.fault("key '\(key)' is \(id), no token") }
      return Int32(id)
    }
    let addsStart = try file.value(Key.addsStart, \.flag) ?? (pre.ignoresMerges)
    if try file.value(Key.addsEnd, \.flag) == true {
      throw file.fault("key '\(Key.addsEnd)' is true, which is not supported")
    }
    tokenizer = try Tokenizer(
      TokenizerParts(
        texts: Array(texts.prefix(count)), merges: Self.merges(in: file),
        added: types.prefix(count).enumerated().filter { $1 != .normal }.map { id, type in
          AddedToken(id: Int32(id), content: texts[id], isSpecial: type != .userDefined)
        },
        preTokenizer: pre.rule, normalizesNFC: pre.normalizesNFC, ignoresMerges: pre.ignoresMerges,
        prefixTokens: addsStart ? [try tokenID(Key.start)].compactMap { $0 } : []),
      file: file.name)
    var ends: [Int32] = []
    for key in Key.ends {
      if let id = try tokenID(key), !ends.contains(id) { ends.append(id) }
    }
    roles = TokenRoles(end: ends, padding: try tokenID(Key.padding))
    let named = [
      (Self.startName, try tokenID(Key.start)), ("eos_token", ends.first),
      ("pad_token", roles.padding),
    ]
    names = Dictionary(
      uniqueKeysWithValues: named.compactMap { name, id in id.map { (name, texts[Int($0)]) } })
  }

  private static func types(
    of count: Int, in file: GGUFFile
  ) throws(CheckpointError) -> [TokenType] {
    let codes = try file.required(Key.types, \.integers)
    guard codes.count == count else {
      throw file.fault("key '\(Key.types)' has \(codes.count) elements for \(count) tokens")
    }
    var types: [TokenType] = []
    for code in codes {
      guard let type = TokenType(rawValue: code) else {
        throw file.fault("key '\(Key.types)' has the type \(code), which is not supported")
      }
      types.append(type)
    }
    return types
  }

  private static func merges(
    in file: GGUFFile
  ) throws(CheckpointError) -> [(left: String, right: String)] {
    var merges: [(left: String, right: String)] = []
    for text in try file.required(Key.merges, \.texts) {
      let parts = text.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw file.fault("key '\(Key.merges)' has '\(text)'")
      }
      merges.append((String(parts[0]), String(parts[1])))
    }
    return merges
  }
}
