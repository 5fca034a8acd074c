import Foundation
import LanguageModels
import NeuralNetworks
import Rewriting

/// Writes rewriters that other programs load.
public enum RewriterExport {
  /// How numbers are stored, by the names that the field uses.
  public enum NumberType: String, Sendable, CaseIterable {
    case f32, bf16, f16

    var storage: Safetensors.StorageType {
      switch self {
      case .f32: .float32
      case .bf16: .bfloat16
      case .f16: .float16
      }
    }
  }

  /// Copies a rewriter to a folder in Hugging Face's layout, with its guards beside it, and reads
  /// the result back.
  ///
  /// - Parameters:
  ///   - source: A model folder of a run's `sft` or `rl` stage.
  ///   - output: Where to; an existing folder is replaced only by a complete one.
  ///   - type: How numbers are stored.
  ///   - guards: What every rewrite has to pass.
  /// - Throws: What cannot be read or written.
  public static func write(
    from source: URL, to output: URL, as type: NumberType, guards: Guards
  ) throws {
    let contents = try ModelFolder(contentsOf: source)
    let staged = output.appendingPathExtension("staged")
    let files = FileManager.default
    try? files.removeItem(at: staged)  // left by an interrupted export, if at all
    try files.createDirectory(
      at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
    do {
      try contents.write(to: staged, as: type.storage)
      try Data(ConfigurationLoader.resolvedJSON(guards).utf8).write(
        to: staged.appendingPathComponent(Rewriter.guardsFileName), options: .atomic)
      let generation = #"{"do_sample": false, "eos_token_id": 1, "pad_token_id": 0}"# + "\n"
      try Data(generation.utf8).write(
        to: staged.appendingPathComponent("generation_config.json"), options: .atomic)
      _ = try Rewriter(contentsOf: staged)
      if files.fileExists(atPath: output.path) {
        _ = try files.replaceItemAt(output, withItemAt: staged)
      } else {
        try files.moveItem(at: staged, to: output)
      }
    } catch {
      try? files.removeItem(at: staged)  // the error that matters is the one above
      throw error
    }
  }

  /// The guards of the run that a model folder belongs to, found upwards from it.
  ///
  /// - Throws: `RunError.notARunFolder` where there is none.
  public static func guards(of model: URL) throws -> Guards {
    var folder = model.standardizedFileURL
    for _ in 0..<3 {
      folder = folder.deletingLastPathComponent()
      if let manifest = try? RunFolder(folder).manifest() { return manifest.configuration.guards }
    }
    throw RunError.notARunFolder(model.path)
  }
}

extension Run {
  /// Exports the rewriter of every target.
  func export() async throws {
    try await stage(.export) {
      for target in configuration.targets {
        try RewriterExport.write(
          from: folder.model(.rl, target.name), to: folder.model(.export, target.name),
          as: .f32, guards: configuration.guards)
      }
      return ["rewriters": Double(configuration.targets.count)]
    }
  }
}
