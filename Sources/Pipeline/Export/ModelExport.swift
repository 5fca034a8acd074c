import Foundation
import LanguageModels
import NeuralNetworks
import Rewriting

/// Writes rewriters and other language models for other programs, and proves what was written by
/// reading it back.
public struct ModelExport {
  /// What is written.
  public enum Format: String, Sendable, CaseIterable {
    /// A folder that `transformers` and vLLM load.
    case hf
    /// One file that llama.cpp and Ollama load.
    case gguf
  }

  /// How numbers are stored, by the names that the field uses.
  public enum NumberType: String, Sendable, CaseIterable {
    case f32, bf16, f16
    /// Blocks of 32 numbers with a common scale; in GGUF alone.
    case q8 = "q8_0"
  }

  private let source: ExportSource
  private let format: Format
  private let type: NumberType
  private let output: URL

  /// Reads what is to be exported.
  ///
  /// - Parameters:
  ///   - source: A rewriter's folder in a run's `sft` or `rl`, an exported rewriter, or any language
  ///     model, a folder or a GGUF file.
  ///   - output: The folder or file to write; only what an export wrote is replaced.
  /// - Throws: What cannot be read; `RunError.outputExists`; `RunError.exportType`.
  public init(from source: URL, to output: URL, format: Format, type: NumberType) throws {
    guard format == .gguf || type != .q8 else {
      throw RunError.exportType(type.rawValue, format: format.rawValue)
    }
    self.source = try ExportSource(source)
    for original in [source, self.source.base].compactMap(\.self) {
      try Self.check(output, from: original, format)
    }
    (self.format, self.type, self.output) = (format, type, output)
  }

  /// Writes the model under a temporary name, reads it back, compares both, and only then gives it its
  /// name.
  ///
  /// - Throws: `RunError.exportDiffers` where the written model does something else; what cannot be
  ///   written. What was there before stays.
  public func write() throws -> ExportParity {
    try FileManager.default.createDirectory(
      at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
    var parity: ExportParity?
    let prove = { (written: URL) in
      parity = try ExportParity(
        source.contents, ModelFolder(contentsOf: written), tokens: source.tokens,
        exact: type == .f32)
    }
    switch format {
    case .hf: try writeFolder(check: prove)
    case .gguf: try writeFile(check: prove)
    }
    guard let parity else { preconditionFailure("export: a model was written and not checked") }
    return parity
  }

  private func writeFolder(check: (URL) throws -> Void) throws {
    var files: [String: Data] = [:]
    if let guards = source.guards {
      files[Rewriter.guardsFileName] = Data(try ConfigurationLoader.resolvedJSON(guards).utf8)
    }
    files[ModelCard.fileName] = source.card.map { Data($0.utf8) }
    try source.contents.write(
      to: output, as: type.folderType, metadata: [Self.marker: Run.version], extraFiles: files,
      check: check)
  }

  private func writeFile(check: (URL) throws -> Void) throws {
    var extra = [Self.marker: Run.version]
    if let guards = source.guards {
      extra[Guards.metadataKey] = try ConfigurationLoader.resolvedJSON(guards)
    }
    extra[ExportSource.cardKey] = source.card
    try source.contents.writeGGUF(
      to: output, as: type.fileType,
      metadata: GGUFDescription(
        name: output.deletingPathExtension().lastPathComponent,
        description: source.guards == nil ? nil : "A rewriter of prompts, trained by mapo.",
        extra: extra),
      check: check)
  }
}

// MARK: - What may be replaced

extension ModelExport {
  /// Metadata that tells a file of ours.
  private static let marker = "mapo.version"

  /// Refuses an output whose replacement would lose anything but an export.
  private static func check(_ output: URL, from source: URL, _ format: Format) throws {
    let (from, to) = (
      source.resolvingSymlinksInPath().standardizedFileURL.path,
      output.resolvingSymlinksInPath().standardizedFileURL.path
    )
    let isApart = !(to + "/").hasPrefix(from + "/") && !(from + "/").hasPrefix(to + "/")
    guard isApart, try isReplaceable(URL(fileURLWithPath: to), format) else {
      throw RunError.outputExists(output.path)
    }
  }

  private static func isReplaceable(_ output: URL, _ format: Format) throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: output.path, isDirectory: &isFolder) else {
      return true
    }
    guard isFolder.boolValue == (format == .hf) else { return false }
    // What cannot be read is not ours, whatever the reason.
    switch format {
    case .gguf: return (try? GGUFFile(contentsOf: output))?.string(marker) != nil
    case .hf:
      let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
      let weights = output.appendingPathComponent("model.safetensors")
      return names.isEmpty
        || writtenFiles.isSuperset(of: names)
          && (try? Safetensors(contentsOf: weights))?.metadata[marker] != nil
    }
  }

  private static let writtenFiles: Set = [
    "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    "generation_config.json", ModelCard.fileName, Rewriter.guardsFileName,
  ]
}

extension ModelExport.NumberType {
  fileprivate var folderType: Safetensors.StorageType {
    switch self {
    case .f32: .float32
    case .bf16: .bfloat16
    case .f16: .float16
    case .q8: preconditionFailure("export: safetensors has no q8_0")
    }
  }

  fileprivate var fileType: GGUFNumberType {
    switch self {
    case .f32: .float32
    case .bf16: .bfloat16
    case .f16: .float16
    case .q8: .eightBit
    }
  }
}

extension Run {
  /// Exports the rewriter of every target.
  func export() async throws {
    try await stage(.export) {
      for target in configuration.targets {
        let parity = try ModelExport(
          from: folder.model(.rl, target.name), to: folder.model(.export, target.name),
          format: .hf, type: .f32
        ).write()
        observer.logger.info("export \(target.name): \(parity)")
      }
      return ["rewriters": Double(configuration.targets.count)]
    }
  }
}
