import Foundation
import NeuralNetworks
import Tensors
import Tokenizers

/// A model and its tokenizer on disk, in the layout that Hugging Face's `transformers` loads:
/// `config.json`, `generation_config.json`, `model.safetensors` (read also in several files with an
/// index), `tokenizer.json`, `tokenizer_config.json`.
///
/// An adapted model is written as its adapter alone, in the layout of the `peft` library:
/// `adapter_config.json`, which says where the base is, and `adapter_model.safetensors`.
public struct ModelFolder {
  /// The weights.
  public let model: Transformer
  /// The tokenizer that the weights were trained with.
  public let tokenizer: Tokenizer
  /// The folder of an adapted model's base; nil for a whole model.
  public let base: URL?
  /// The tokens each of which ends an answer; what a trained answer ends with is first.
  public let endTokens: [Int32]
  /// The token that fills rows in other engines, where there is one.
  public let paddingToken: Int32?
  /// How a conversation is shown to the model; nil where it was not trained for any.
  public let chatTemplate: ChatTemplate?

  /// A model that is trained here, with its tokenizer, whose special tokens say where an answer ends.
  ///
  /// - Parameter base: Where the base of an adapted model is: needed where it is written.
  /// - Precondition: The model has no fewer tokens than the tokenizer.
  public init(model: Transformer, tokenizer: Tokenizer, base: URL? = nil) {
    let roles = TokenRoles(own: tokenizer)
    self.init(
      model: model, tokenizer: tokenizer, base: base, endTokens: roles.end,
      paddingToken: roles.padding, chatTemplate: nil)
  }

  /// All parts.
  ///
  /// - Precondition: The model has no fewer tokens than the tokenizer. It may have more, which are
  ///   never meant: published tables are padded to a round number.
  public init(
    model: Transformer, tokenizer: Tokenizer, base: URL? = nil, endTokens: [Int32],
    paddingToken: Int32?, chatTemplate: ChatTemplate?
  ) {
    precondition(
      model.configuration.vocabularySize >= tokenizer.vocabularySize,
      "model of \(model.configuration.vocabularySize) tokens, tokenizer of "
        + "\(tokenizer.vocabularySize)")
    self.model = model
    self.tokenizer = tokenizer
    self.base = base
    self.endTokens = endTokens
    self.paddingToken = paddingToken
    self.chatTemplate = chatTemplate
  }

  /// Reads a folder, or a GGUF file; for an adapter, the base's folder too.
  ///
  /// - Parameter base: The base of an adapter, where it is in memory already: it is shared, and its
  ///   folder is not read. A whole model has no use for it.
  /// - Throws: `CheckpointError`, `TokenizerError`: a file is missing, damaged, or the parts do not
  ///   fit one another. `MatrixKernelsError`: the model could not compute.
  public init(contentsOf folder: URL, sharing base: Transformer? = nil) throws {
    _ = try MatrixKernels.chosen()
    try AtomicFolder.checkPresence(of: folder)
    if Self.isGGUF(folder) {
      try self.init(gguf: folder)
    } else if Self.isAdapter(folder) {
      try self.init(adapterIn: folder, sharing: base)
    } else {
      try self.init(wholeIn: folder)
    }
  }

  /// The same with a model of its own weights, without adapter.
  public func merged() -> ModelFolder {
    model.adapterConfig == nil ? self : replacing(model: model.merged())
  }

  /// The same with another model: one that was trained from this one.
  ///
  /// - Parameter base: Where the base of an adapted model is: needed where it is written.
  /// - Precondition: The model has no fewer tokens than the tokenizer.
  public func replacing(model: Transformer, base: URL? = nil) -> ModelFolder {
    ModelFolder(
      model: model, tokenizer: tokenizer, base: base, endTokens: endTokens,
      paddingToken: paddingToken, chatTemplate: chatTemplate)
  }

  /// The same with another chat template.
  public func replacing(chatTemplate: ChatTemplate?) -> ModelFolder {
    ModelFolder(
      model: model, tokenizer: tokenizer, base: base, endTokens: endTokens,
      paddingToken: paddingToken, chatTemplate: chatTemplate)
  }

  /// Writes the folder: all files go to a temporary name beside it and to the disk, then the temporary
  /// one takes its place.
  ///
  /// Folders cannot be exchanged in one step everywhere: an interruption at the worst moment leaves
  /// the old one, complete, as `<name>.previous`. Reading never takes that one by itself, but says
  /// that it is there.
  ///
  /// - Parameters:
  ///   - folder: An existing one is replaced only when the new one is complete.
  ///   - type: How numbers are stored.
  ///   - metadata: Free text kept with the weights.
  ///   - extraFiles: Further files of the folder, by name.
  ///   - check: Called with the complete temporary folder; where it throws, nothing is replaced.
  /// - Throws: `CheckpointError.unwritable` where no token ends an answer; the file system's error;
  ///   what `check` throws. What was there before stays.
  /// - Precondition: The base of an adapted model has another folder, which is known.
  public func write(
    to folder: URL, as type: Safetensors.StorageType = .float32, metadata: [String: String] = [:],
    extraFiles: [String: Data] = [:], check: (_ written: URL) throws -> Void = { _ in }
  ) throws {
    guard !endTokens.isEmpty else {
      throw CheckpointError.unwritable(file: folder.path, reason: "it has no end token")
    }
    let roles = TokenRoles(end: endTokens, padding: paddingToken)
    let adapter = adapterConfiguration(in: folder)
    try AtomicFolder.write(folder) { partial in
      if let adapter {
        try adapter.write(to: partial.appendingPathComponent(AdapterConfiguration.fileName))
        try model.writeAdapter(
          to: partial.appendingPathComponent(AdapterConfiguration.weightsName), as: type,
          metadata: metadata)
      } else {
        try HuggingFaceConfiguration(model, roles)
          .write(to: partial.appendingPathComponent("config.json"), as: type)
        try model.write(
          to: partial.appendingPathComponent("model.safetensors"), as: type, metadata: metadata)
      }
      try roles.writeGeneration(in: partial)
      try tokenizer.write(to: partial.appendingPathComponent("tokenizer.json"))
      try TokenizerConfiguration(
        tokenizer, roles, chatTemplate, contextLength: model.configuration.maximumLength
      ).write(to: partial.appendingPathComponent("tokenizer_config.json"))
      for (name, contents) in extraFiles {
        try contents.write(to: partial.appendingPathComponent(name), options: .atomic)
      }
      try check(partial)
    }
  }

  private init(wholeIn folder: URL) throws {
    let configURL = folder.appendingPathComponent("config.json")
    let configuration = try HuggingFaceConfiguration(contentsOf: configURL)
    let tokenizer = try Tokenizer(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    try Self.check(tokenizer, fits: configuration.shape, of: configURL)
    let model = try Transformer(
      configuration.shape, head: configuration.head,
      mapping: ShardedSafetensors(contentsOf: folder))
    try self.init(
      model: model, tokenizer: tokenizer, filesOf: folder, otherwise: configuration.tokens)
  }

  /// A model with what the small files of its folder say.
  init(
    model: Transformer, tokenizer: Tokenizer, base: URL? = nil, filesOf folder: URL,
    otherwise roles: TokenRoles
  ) throws(CheckpointError) {
    let roles = try TokenRoles(
      generationIn: folder, vocabularySize: model.configuration.vocabularySize
    ).completed(by: roles).completed(by: TokenRoles(own: tokenizer))
    self.init(
      model: model, tokenizer: tokenizer, base: base, endTokens: roles.end,
      paddingToken: roles.padding, chatTemplate: try ChatTemplate.read(from: folder))
  }

  /// Refuses a tokenizer with more tokens than the model.
  static func check(
    _ tokenizer: Tokenizer, fits shape: TransformerConfiguration, of file: URL
  ) throws(CheckpointError) {
    guard tokenizer.vocabularySize <= shape.vocabularySize else {
      throw .unreadable(
        file: file.path,
        reason: "vocab_size is \(shape.vocabularySize), but tokenizer.json has "
          + "\(tokenizer.vocabularySize) tokens")
    }
  }
}
