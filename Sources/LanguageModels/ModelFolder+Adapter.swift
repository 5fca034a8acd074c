import Foundation
import NeuralNetworks
import Tokenizers

extension ModelFolder {
  /// Whether a folder holds an adapter, not a whole model.
  static func isAdapter(_ folder: URL) -> Bool {
    let file = folder.appendingPathComponent(AdapterConfiguration.fileName)
    return FileManager.default.fileExists(atPath: file.path)
  }

  /// Reads an adapter, and its base where none is given.
  init(adapterIn folder: URL, sharing shared: Transformer?) throws {
    let url = folder.appendingPathComponent(AdapterConfiguration.fileName)
    let adapter = try AdapterConfiguration(contentsOf: url)
    let baseFolder =
      adapter.basePath.hasPrefix("/")
      ? URL(fileURLWithPath: adapter.basePath)
      : folder.appendingPathComponent(adapter.basePath).standardizedFileURL
    guard !Self.isAdapter(baseFolder) else {
      throw CheckpointError.unreadable(
        file: url.path, reason: "its base '\(adapter.basePath)' is an adapter itself")
    }
    let tokenizer = try Tokenizer(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    let base = try shared ?? ModelFolder(contentsOf: baseFolder).model
    try Self.check(tokenizer, fits: base.configuration, of: url)
    guard adapter.head == .scalar || base.head == .tokens || base.configuration.tiedEmbeddings
    else {
      throw CheckpointError.unreadable(
        file: url.path, reason: "its base '\(adapter.basePath)' has no token head")
    }
    let weights = try Safetensors(
      contentsOf: folder.appendingPathComponent(AdapterConfiguration.weightsName))
    let model = try Transformer(
      adapting: base, adapter.lora, head: adapter.head, contentsOf: weights)
    try self.init(
      model: model, tokenizer: tokenizer, base: baseFolder, filesOf: folder,
      otherwise: Self.roles(in: baseFolder, of: base))
  }

  /// What the base's folder says of tokens, for an adapter that was not written here; nothing where
  /// the base is in memory alone.
  private static func roles(
    in folder: URL, of base: Transformer
  ) throws(CheckpointError) -> TokenRoles {
    let configuration = folder.appendingPathComponent("config.json")
    guard FileManager.default.fileExists(atPath: configuration.path) else {
      return TokenRoles(end: [], padding: nil)
    }
    return try TokenRoles(
      generationIn: folder, vocabularySize: base.configuration.vocabularySize
    ).completed(by: HuggingFaceConfiguration(contentsOf: configuration).tokens)
  }

  /// What an adapter's folder says of it; nil for a whole model.
  ///
  /// - Precondition: The base of an adapted model has another folder, which is known.
  func adapterConfiguration(in folder: URL) -> AdapterConfiguration? {
    guard let lora = model.adapterConfig else { return nil }
    guard let path = base?.path(from: folder), !path.isEmpty else {
      preconditionFailure("an adapter is written where its base is not, and says where that is")
    }
    return AdapterConfiguration(lora: lora, head: model.head, basePath: path)
  }
}

extension URL {
  /// The path that leads here from a folder; empty where both are the same. What lies outside of the
  /// folder's own run (`policy/cat`, `base`) has its whole path: an adapter may be copied into another
  /// run.
  fileprivate func path(from folder: URL) -> String {
    let (own, other) = (
      standardizedFileURL.pathComponents, folder.standardizedFileURL.pathComponents
    )
    let common = zip(own, other).prefix { $0 == $1 }.count
    guard other.count - common <= 2 else { return standardizedFileURL.path }
    return (Array(repeating: "..", count: other.count - common) + own[common...])
      .joined(separator: "/")
  }
}
