import Foundation
import NeuralNetworks
import Tokenizers

extension ChatTemplate {
  /// The file beside the tokenizer that holds the template alone; it has precedence.
  static let fileName = "chat_template.jinja"
  private static let configurationName = "tokenizer_config.json"
  private static let specialTokenNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The chat template of a folder in Hugging Face's layout, with the special tokens that its
  /// tokenizer_config.json names: the file chat_template.jinja, else the key `chat_template`, which
  /// may hold several under names, of which "default" is taken.
  ///
  /// - Returns: Nil where the folder has none.
  /// - Throws: `CheckpointError.unreadable`: a file is damaged, or the template asks for what we
  ///   lack.
  public static func read(from folder: URL) throws(CheckpointError) -> ChatTemplate? {
    let file = folder.appendingPathComponent(fileName)
    let configurationFile = folder.appendingPathComponent(configurationName)
    let configuration = try contents(of: configurationFile)
    let source = try contents(of: file)
    return try read(
      configuration: configuration, named: configurationFile.path, source: source,
      named: file.path)
  }

  /// The same from the contents of the two files; nil for one that is not there.
  package static func read(
    configuration: Data?, named configurationName: String, source: Data?,
    named sourceName: String
  ) throws(CheckpointError) -> ChatTemplate? {
    let values = try configuration.map { (data) throws(CheckpointError) in
      try JSONFile.members(of: data, name: configurationName)
    }
    if let source { try JSONFile.checkSize(of: source, name: sourceName) }
    let file = source == nil ? configurationName : sourceName
    let text =
      if let source {
        String(decoding: source, as: UTF8.self)
      } else {
        try template(in: values?["chat_template"], file: file)
      }
    guard let text else { return nil }
    do {
      return try ChatTemplate(text, specialTokens: specialTokens(in: values ?? [:]))
    } catch {
      throw .unreadable(file: file, reason: error.description)
    }
  }

  /// What tokenizer_config.json has to say, by its keys, for the template to be read again.
  public var configuration: [String: String] {
    specialTokens.merging(["chat_template": source], uniquingKeysWith: { $1 })
  }

  /// A file's bytes; nil where it does not exist.
  private static func contents(of file: URL) throws(CheckpointError) -> Data? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try mappedContents(of: file)
  }

  /// The value of `chat_template`: a text, or named ones.
  private static func template(
    in value: JSONValue?, file: String
  ) throws(CheckpointError) -> String? {
    switch value {
    case nil, .null: return nil
    case .string(let text): return text
    case .array(let values):
      let named = values.compactMap(\.members)
      guard named.count == values.count else { break }
      guard let template = named.first(where: { $0["name"]?.text == "default" }) else {
        return nil
      }
      if let text = template["template"]?.text { return text }
    default: break
    }
    throw .unreadable(file: file, reason: "key 'chat_template' has the wrong type")
  }

  /// The tokens that are named: as a text, or an object with their `content`.
  private static func specialTokens(in values: [String: JSONValue]) -> [String: String] {
    var tokens: [String: String] = [:]
    for name in specialTokenNames {
      tokens[name] = values[name]?.text ?? values[name]?.members?["content"]?.text
    }
    return tokens
  }
}
