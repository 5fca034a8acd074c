import Foundation
import NeuralNetworks
import Tensors
import Tokenizers

/// What a GGUF file says of itself.
public struct GGUFDescription: Sendable, Equatable {
  /// The model's name.
  public var name: String
  /// Where it is from, and what it is for.
  public var description: String?
  /// Further texts, by keys that llama.cpp does not know.
  public var extra: [String: String]

  /// All parts.
  public init(name: String, description: String? = nil, extra: [String: String] = [:]) {
    self.name = name
    self.description = description
    self.extra = extra
  }

  fileprivate var metadata: [(key: String, value: GGUFValue)] {
    var metadata: [(key: String, value: GGUFValue)] = [("general.name", .text(name))]
    if let description { metadata.append(("general.description", .text(description))) }
    return metadata + extra.sorted { $0.key < $1.key }.map { ($0, .text($1)) }
  }
}

private let chatTemplateKey = "tokenizer.chat_template"

extension ModelFolder {
  /// Whether a model is one file instead of a folder; what is not there is judged by its name.
  package static func isGGUF(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    return exists ? !isFolder.boolValue : url.pathExtension == "gguf"
  }

  /// Reads a GGUF file, the format of llama.cpp, that holds weights and tokenizer of a model of the
  /// LLaMA family (architectures `llama`, `qwen2` and `qwen3`).
  ///
  /// - Throws: `CheckpointError`, `TokenizerError`: the file is missing or damaged, or holds what is
  ///   not supported. `MatrixKernelsError`: the model could not compute.
  public init(gguf url: URL) throws {
    _ = try MatrixKernels.chosen()
    try self.init(gguf: GGUFFile(contentsOf: url))
  }

  /// The same from a file that is open.
  package init(gguf file: GGUFFile) throws {
    let tokens = try GGUFTokenizer(file)
    self.init(
      model: try Transformer(gguf: file), tokenizer: tokens.tokenizer,
      endTokens: tokens.roles.end, paddingToken: tokens.roles.padding,
      chatTemplate: try file.chatTemplate(specialTokens: tokens.names))
  }

  /// Writes a GGUF file that llama.cpp loads, with the tokenizer and the chat template; an adapted
  /// model is merged first. The same model gives the same bytes.
  ///
  /// Of tokenizers, llama.cpp knows neither normal forms nor what added tokens do to the text around
  /// them (`lstrip`, `rstrip`, `single_word`): texts in which these matter have other tokens there.
  ///
  /// - Parameters:
  ///   - url: The file appears there only when it is complete and on the disk.
  ///   - type: How matrices are stored; vectors are always stored as they are.
  ///   - description: What the file says of itself.
  ///   - check: Reads the complete file, under a temporary name, before it takes its place.
  /// - Throws: `CheckpointError.unwritable` where GGUF or llama.cpp has no place for a part of the
  ///   model; the file system's error; what `check` throws. What was there before stays.
  /// - Precondition: The further keys of `description` are not of GGUF's.
  public func writeGGUF(
    to url: URL, as type: GGUFNumberType, metadata description: GGUFDescription,
    check: (_ written: URL) throws -> Void = { _ in }
  ) throws {
    guard model.head == .tokens else {
      throw CheckpointError.unwritable(file: url.path, reason: "llama.cpp has no scalar head")
    }
    let configuration = model.configuration
    var metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .text(configuration.family.ggufArchitecture)),
      ("general.type", .text("model")), ("general.file_type", .integer(type.fileType)),
      ("general.quantization_version", .integer(2)),
    ]
    metadata += description.metadata
    metadata += configuration.ggufMetadata
    metadata += try GGUFTokenizer(
      tokenizer: tokenizer, roles: TokenRoles(end: endTokens, padding: paddingToken),
      names: chatTemplate?.specialTokens ?? [:]
    ).metadata(vocabularySize: configuration.vocabularySize, file: url.path)
    if let chatTemplate { metadata.append((chatTemplateKey, .text(chatTemplate.source))) }
    try merged().model.writeGGUF(to: url, as: type, metadata: metadata, check: check)
  }
}

extension GGUFFile {
  fileprivate func chatTemplate(
    specialTokens: [String: String]
  ) throws(CheckpointError) -> ChatTemplate? {
    guard let source = try value(chatTemplateKey, \.text) else { return nil }
    do {
      return try ChatTemplate(source, specialTokens: specialTokens)
    } catch {
      throw fault(error.description)
    }
  }
}
