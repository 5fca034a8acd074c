import Foundation
import LanguageModels
import Rewriting
import TargetModels

/// What is exported: a whole model, and what it is.
struct ExportSource {
  /// The model, adapters merged, with the chat template that is exported.
  let contents: ModelFolder
  /// The folder of an adapter's base.
  let base: URL?
  /// What every rewrite has to pass; nil for a model that is no rewriter.
  let guards: Guards?
  /// The model card; nil where nothing is known of the model.
  let card: String?
  /// Where it was read.
  private let url: URL

  /// A rewriter of a run, an exported rewriter, or any other language model: a folder or GGUF file.
  ///
  /// - Throws: What cannot be read; `RunError.noData` for a reward model; `RunError.dataChanged` where
  ///   the base of an adapter is no longer the one that it was trained on.
  init(_ url: URL) throws {
    self.url = url
    let read = try ModelFolder(contentsOf: url)
    guard read.model.head == .tokens else {
      throw RunError.noData("\(url.path) cannot be exported: it is a reward model")
    }
    if let run = RunFolder(of: url) {
      let manifest = try run.manifest()
      try manifest.checkBase()
      guards = manifest.configuration.guards
      card = try ModelCard(of: url, in: run, manifest)?.markdown
    } else {
      guards = try Guards(ofModelAt: url)
      card = try Self.card(ofModelAt: url)
    }
    base = read.base
    let whole = read.merged()
    contents = whole.replacing(
      chatTemplate: guards == nil
        ? try TargetFormat(whole, folder: url).exportedTemplate
        : try RewriterFormat(whole).exportedTemplate)
  }

  /// Prompts as a model reads them.
  ///
  /// - Throws: `RewriterFormatError`, `CheckpointError`: the model cannot be shown a prompt.
  func tokens(_ prompts: [(text: String, kind: PromptKind?)], of model: ModelFolder) throws
    -> [[Int32]]
  {
    guard guards != nil else {
      let format = try TargetFormat(model, folder: url)
      return prompts.map { format.prompt($0.text) }
    }
    let format = try RewriterFormat(model)
    return prompts.map { format.prompt($0.text, kind: $0.kind) }
  }

  /// The metadata of a GGUF file that hold the card.
  static let cardKey = "mapo.card"

  /// The card that was exported with a model; nil where there is none.
  private static func card(ofModelAt url: URL) throws -> String? {
    if ModelFolder.isGGUF(url) { return try GGUFFile(contentsOf: url).string(cardKey) }
    let file = url.appendingPathComponent(ModelCard.fileName)
    let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize  // nil where it is absent
    guard let size, size <= largestCard else { return nil }
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  private static let largestCard = 1 << 20
}

extension RunFolder.Manifest {
  /// Refuses a pretrained base that has changed since the run began.
  fileprivate func checkBase() throws {
    guard let path = configuration.base.path else { return }
    guard try configuration.baseHashes() == dataHashes.filter({ $0.key.hasPrefix(Self.basePrefix) })
    else { throw RunError.dataChanged(path) }
  }
}

extension RunFolder {
  /// The run that a model's folder is in, found upwards from it; nil where it is in none.
  fileprivate init?(of model: URL) {
    var folder = model.standardizedFileURL
    for _ in 0..<3 {
      folder = folder.deletingLastPathComponent()
      self.init(folder)
      if hasManifest { return }
    }
    return nil
  }
}
