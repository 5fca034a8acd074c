import Foundation
import NeuralNetworks
import Tensors
import Tokenizers

/// A model and its tokenizer on disk, in the layout that Hugging Face's `transformers` loads:
/// `config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json`.
public struct ModelFolder {
  /// The weights.
  public let model: Transformer
  /// The tokenizer that the weights were trained with.
  public let tokenizer: Tokenizer

  /// A model with its tokenizer.
  ///
  /// - Precondition: Both agree on the number of tokens.
  public init(model: Transformer, tokenizer: Tokenizer) {
    precondition(
      model.configuration.vocabularySize == tokenizer.vocabularySize,
      "model of \(model.configuration.vocabularySize) tokens, tokenizer of "
        + "\(tokenizer.vocabularySize)")
    self.model = model
    self.tokenizer = tokenizer
  }

  /// Reads a folder.
  ///
  /// - Throws: `CheckpointError`, `TokenizerError`: a file is missing, damaged, or the parts do not
  ///   fit one another. `MatrixKernelsError`: the model could not compute.
  public init(contentsOf folder: URL) throws {
    _ = try MatrixKernels.chosen()
    try Self.checkPresence(of: folder)
    let configURL = folder.appendingPathComponent("config.json")
    let configuration = try HuggingFaceConfiguration(contentsOf: configURL)
    let tokenizer = try Tokenizer(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    guard tokenizer.vocabularySize == configuration.shape.vocabularySize else {
      throw CheckpointError.unreadable(
        file: configURL.path,
        reason: "vocab_size is \(configuration.shape.vocabularySize), but tokenizer.json has "
          + "\(tokenizer.vocabularySize) tokens")
    }
    let weights = try Safetensors(contentsOf: folder.appendingPathComponent("model.safetensors"))
    let model = try Transformer(
      configuration.shape, head: configuration.head, contentsOf: weights)
    self.init(model: model, tokenizer: tokenizer)
  }

  /// Writes the folder: all files go to a temporary name beside it, which then takes its place.
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
    let files = FileManager.default
    let partial = folder.appendingPathExtension("partial")
    try? files.removeItem(at: partial)  // what an interrupted write left; absent as a rule
    try files.createDirectory(at: partial, withIntermediateDirectories: true)
    do {
      try HuggingFaceConfiguration(model, endTokenID: endTokenID, paddingTokenID: paddingTokenID)
        .write(to: partial.appendingPathComponent("config.json"), as: type)
      try model.write(
        to: partial.appendingPathComponent("model.safetensors"), as: type, metadata: metadata)
      try tokenizer.write(to: partial.appendingPathComponent("tokenizer.json"))
      try tokenizer.writeConfiguration(
        to: partial.appendingPathComponent("tokenizer_config.json"), endToken: SpecialToken.end,
        paddingToken: SpecialToken.padding, contextLength: model.configuration.maximumLength)
      for (name, contents) in extraFiles {
        try contents.write(to: partial.appendingPathComponent(name), options: .atomic)
      }
      if files.fileExists(atPath: folder.path) {
        try Self.replace(folder, with: partial)
      } else {
        try files.moveItem(at: partial, to: folder)
      }
    } catch {
      try? files.removeItem(at: partial)  // the error that matters is the one above
      throw error
    }
  }

  /// The older folder of an interrupted write is the user's to take back: only they know whether
  /// it is the one that is wanted.
  private static func checkPresence(of folder: URL) throws(CheckpointError) {
    let files = FileManager.default
    let previous = folder.appendingPathExtension("previous")
    if !files.fileExists(atPath: folder.path) && files.fileExists(atPath: previous.path) {
      throw .unreadable(
        file: folder.path,
        reason: "it was being replaced when writing was interrupted; the older one is "
          + "'\(previous.lastPathComponent)', beside it")
    }
  }

  private static func replace(_ folder: URL, with new: URL) throws {
    let files = FileManager.default
    let previous = folder.appendingPathExtension("previous")
    try? files.removeItem(at: previous)  // absent as a rule; the folder itself is complete
    try files.moveItem(at: folder, to: previous)
    do {
      try files.moveItem(at: new, to: folder)
    } catch {
      try? files.moveItem(at: previous, to: folder)  // the error that matters is the one above
      throw error
    }
    try files.removeItem(at: previous)
  }
}
