import Foundation
import LanguageModels
import Rewriting
import TargetModels

/// What is exported: a whole model, and what it is.
struct ExportSource {
  /// The model, adapters merged, with the chat template that is exported.
  let contents: ModelFolder
  /// What every rewrite has to pass; nil for a model that is no rewriter.
  let guards: Guards?
  /// Where it was read.
  private let url: URL
  /// The model card; nil where nothing is known of the model.
  let card: String?

  /// A rewriter of a run, an exported rewriter, or any other language model: a folder or GGUF file.
  ///
  /// - Throws: What cannot be read; `RunError.noData` for a reward model.
  init(_ url: URL) throws {
    self.url = url
    let model = try ModelFolder(contentsOf: url).merged()
    guard model.model.head == .tokens else {
      throw RunError.noData("\(url.path) cannot be exported: it is a reward model")
    }
    if let run = RunFolder(of: url) {
      let manifest = try run.manifest()
      guards = manifest.configuration.guards
      card =
        ModelCard(
          target: url.lastPathComponent, manifest: manifest,
          evaluation: run.summary(.evaluation, nil) == nil ? nil : try run.evaluation(),
          isFinal: url.deletingLastPathComponent().lastPathComponent != Stage.sft.rawValue
        ).markdown
    } else {
      guards = try Guards(ofModelAt: url)
      card = try Self.card(besideModelIn: url)
    }
    contents = model.replacing(
      chatTemplate: guards == nil
        ? try TargetFormat(model, folder: url).exportedTemplate
        : try RewriterFormat(model).exportedTemplate)
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

  private static func card(besideModelIn folder: URL) throws -> String? {
    let file = folder.appendingPathComponent(ModelCard.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try String(contentsOf: file, encoding: .utf8)
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
