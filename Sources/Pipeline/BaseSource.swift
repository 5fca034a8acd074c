import Foundation
import LanguageModels
import Rewriting
import TargetModels

/// The language model that SFT begins with: in YAML a map of settings, or a path.
public enum BaseSource: Codable, Equatable, Sendable {
  /// A small one, trained from nothing.
  case trained(BaseConfiguration)
  /// One that exists: the path of a folder in Hugging Face's layout. It is read, never written.
  case pretrained(String)

  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    do {
      self = .pretrained(try decoder.singleValueContainer().decode(String.self))
    } catch DecodingError.typeMismatch {
      self = .trained(try BaseConfiguration(from: decoder))
    }
  }

  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .trained(let settings): try settings.encode(to: encoder)
    case .pretrained(let path):
      var container = encoder.singleValueContainer()
      try container.encode(path)
    }
  }

  /// The path of a pretrained base; nil for one that the run trains.
  var path: String? {
    switch self {
    case .trained: nil
    case .pretrained(let path): path
    }
  }
}

/// A model that reads and writes prompts, with the format that it does so in.
struct RewriterModel {
  /// The model with its tokenizer.
  let contents: ModelFolder
  /// How it reads and writes.
  let format: RewriterFormat

  /// Reads a folder.
  ///
  /// - Parameter base: A model whose base weights an adapter shares, rather than read them again.
  /// - Throws: What `ModelFolder` and `RewriterFormat` throw.
  init(contentsOf folder: URL, sharing base: Transformer? = nil) throws {
    contents = try ModelFolder(contentsOf: folder, sharing: base)
    format = try RewriterFormat(contents)
  }
}

extension RunConfiguration {
  /// Opens a pretrained base, so that one that cannot be used is known before anything is done; nil
  /// where the run trains its own.
  ///
  /// - Throws: `RunError.missingFile`, `RunError.unusableBase`; `ConfigurationError.invalid` where it
  ///   reads less than the rewriter is to read.
  func openBase() throws -> RewriterModel? {
    guard let path = base.path else { return nil }
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError.missingFile(path, key: "base")
    }
    let model: RewriterModel
    do {
      model = try RewriterModel(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw RunError.unusableBase(path, reason: "\(error)")
    }
    let contents = model.contents.model
    guard contents.adapterConfig == nil else {
      throw RunError.unusableBase(path, reason: "it is an adapter; a base is a whole model")
    }
    guard contents.head == .tokens else {
      throw RunError.unusableBase(path, reason: "it is a reward model, not a language model")
    }
    let longest = contents.configuration.maximumLength
    guard rewriter.maximumLength <= longest else {
      throw ConfigurationError.invalid(
        key: "rewriter.maximumLength",
        reason: "is \(rewriter.maximumLength), but the base \(path) reads at most \(longest) tokens"
      )
    }
    return model
  }

  /// The hash of a pretrained base under the name that a manifest keeps it by; empty where the run
  /// trains its own.
  ///
  /// - Throws: As `openBase`.
  func baseHashes() throws -> [String: String] {
    guard let path = base.path, try openBase() != nil else { return [:] }
    return [
      RunFolder.Manifest.basePrefix + path:
        try modelFingerprint(of: URL(fileURLWithPath: path))
    ]
  }
}

extension Run {
  /// Where the base is: beneath the run's folder, or where a pretrained one lies.
  var baseFolder: URL {
    configuration.base.path.map { URL(fileURLWithPath: $0) } ?? folder.model(.base)
  }

  /// A model that an earlier stage left, or the base.
  ///
  /// - Parameter base: A model whose base weights an adapter shares, rather than read them again.
  func load(_ url: URL, sharing base: Transformer? = nil) throws -> RewriterModel {
    let rewriter = try RewriterModel(contentsOf: url, sharing: base)
    rewriter.contents.model.recomputesLayers = configuration.rewriter.recompute
    return rewriter
  }

  /// Writes a model that has the tokenizer of another, and all that its folder says besides.
  func save(
    _ model: Transformer, like contents: ModelFolder, to url: URL, extraFiles: [String: Data] = [:]
  ) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try contents.replacing(model: model, base: baseFolder).write(
      to: url, metadata: ["mapo_run": configuration.name, "mapo_seed": "\(configuration.seed)"],
      extraFiles: extraFiles)
  }
}
