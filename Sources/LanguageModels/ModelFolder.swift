import Foundation
import NeuralNetworks
import Tensors
import Tokenizers

/// A model and its tokenizer on disk, in the layout that Hugging Face's `transformers` loads:
/// `config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json`.
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

  /// A model with its tokenizer.
  ///
  /// - Parameter base: Where the base of an adapted model is: needed where it is written.
  /// - Precondition: Both agree on the number of tokens.
  public init(model: Transformer, tokenizer: Tokenizer, base: URL? = nil) {
    precondition(
      model.configuration.vocabularySize == tokenizer.vocabularySize,
      "model of \(model.configuration.vocabularySize) tokens, tokenizer of "
        + "\(tokenizer.vocabularySize)")
    self.model = model
    self.tokenizer = tokenizer
    self.base = base
  }

  /// Reads a folder; for an adapter, the base's folder too.
  ///
  /// - Parameter base: The base of an adapter, where it is in memory already: it is shared, and its
  ///   folder is not read. A whole model has no use for it.
  /// - Throws: `CheckpointError`, `TokenizerError`: a file is missing, damaged, or the parts do not
  ///   fit one another. `MatrixKernelsError`: the model could not compute.
  public init(contentsOf folder: URL, sharing base: Transformer? = nil) throws {
    _ = try MatrixKernels.chosen()
    try AtomicFolder.checkPresence(of: folder)
    if Self.isAdapter(folder) {
      try self.init(adapterIn: folder, sharing: base)
    } else {
      try self.init(wholeIn: folder)
    }
  }

  /// The same with a model of its own weights, without adapter.
  public func merged() -> ModelFolder {
    model.adapterConfig == nil ? self : ModelFolder(model: model.merged(), tokenizer: tokenizer)
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
  /// - Throws: `CheckpointError.unwritable` where the tokenizer lacks the end or the padding token;
  ///   the file system's error. What was there before stays.
  /// - Precondition: The base of an adapted model has another folder, which is known.
  public func write(
    to folder: URL, as type: Safetensors.StorageType = .float32, metadata: [String: String] = [:],
    extraFiles: [String: Data] = [:]
  ) throws {
    guard let endTokenID = tokenizer.id(ofSpecial: SpecialToken.end),
      let paddingTokenID = tokenizer.id(ofSpecial: SpecialToken.padding)
    else {
      throw CheckpointError.unwritable(
        file: folder.path,
        reason: "its tokenizer lacks the special tokens \(SpecialToken.end) and "
          + "\(SpecialToken.padding)")
    }
    let adapter = adapterConfiguration(in: folder)
    try AtomicFolder.write(folder) { partial in
      if let adapter {
        try adapter.write(to: partial.appendingPathComponent(AdapterConfiguration.fileName))
        try model.writeAdapter(
          to: partial.appendingPathComponent(AdapterConfiguration.weightsName), as: type,
          metadata: metadata)
      } else {
        try HuggingFaceConfiguration(model, endTokenID: endTokenID, paddingTokenID: paddingTokenID)
          .write(to: partial.appendingPathComponent("config.json"), as: type)
        try model.write(
          to: partial.appendingPathComponent("model.safetensors"), as: type, metadata: metadata)
      }
      try tokenizer.write(to: partial.appendingPathComponent("tokenizer.json"))
      try tokenizer.writeConfiguration(
        to: partial.appendingPathComponent("tokenizer_config.json"), endToken: SpecialToken.end,
        paddingToken: SpecialToken.padding, contextLength: model.configuration.maximumLength)
      for (name, contents) in extraFiles {
        try contents.write(to: partial.appendingPathComponent(name), options: .atomic)
      }
    }
  }

  private init(wholeIn folder: URL) throws {
    let configURL = folder.appendingPathComponent("config.json")
    let configuration = try HuggingFaceConfiguration(contentsOf: configURL)
    let tokenizer = try Tokenizer(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    try Self.check(tokenizer, fits: configuration.shape, of: configURL)
    let weights = try Safetensors(contentsOf: folder.appendingPathComponent("model.safetensors"))
    let model = try Transformer(
      configuration.shape, head: configuration.head, contentsOf: weights)
    self.init(model: model, tokenizer: tokenizer)
  }

  /// Refuses a tokenizer of another size than the model's vocabulary.
  static func check(
    _ tokenizer: Tokenizer, fits shape: TransformerConfiguration, of file: URL
  ) throws(CheckpointError) {
    guard tokenizer.vocabularySize == shape.vocabularySize else {
      throw .unreadable(
        file: file.path,
        reason: "vocab_size is \(shape.vocabularySize), but tokenizer.json has "
          + "\(tokenizer.vocabularySize) tokens")
    }
  }
}
