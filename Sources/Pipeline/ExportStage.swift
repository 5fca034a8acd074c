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

  /// Writes a rewriter to a folder in Hugging Face's layout, with its guards and a model card beside
  /// it, and reads the result back.
  ///
  /// - Parameters:
  ///   - source: A model folder of a run's `sft` or `rl` stage.
  ///   - output: Where to; only an exported rewriter is replaced, and only by a complete one.
  ///   - type: How numbers are stored.
  ///   - guards: What every rewrite has to pass.
  /// - Throws: `RunError.outputExists`; what cannot be read or written.
  public static func write(
    from source: URL, to output: URL, as type: NumberType, guards: Guards
  ) throws {
    try check(output, from: source)
    let contents = try ModelFolder(contentsOf: source).merged()
    guard let format = RewriterFormat(contents.tokenizer) else {
      throw RunError.noData("\(source.path) is not a rewriter: its tokenizer lacks special tokens")
    }
    guard contents.model.head == .tokens else {
      throw RunError.noData("\(source.path) is not a rewriter: it is a reward model")
    }
    try FileManager.default.createDirectory(
      at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
    let generation = ["eos_token_id": Int(format.endToken), "pad_token_id": 0]
    try contents.write(
      to: output, as: type.storage,
      extraFiles: [
        guardsFile: Data(ConfigurationLoader.resolvedJSON(guards).utf8),
        "generation_config.json": Data(ConfigurationLoader.resolvedJSON(generation).utf8),
        "README.md": Data(card(source).utf8),
      ])
    _ = try Rewriter(contentsOf: output)
  }

  /// Refuses an output whose replacement would lose anything but an exported rewriter.
  private static func check(_ output: URL, from source: URL) throws {
    let (from, to) = (
      source.resolvingSymlinksInPath().standardizedFileURL.path,
      output.resolvingSymlinksInPath().standardizedFileURL.path
    )
    let isApart = !(to + "/").hasPrefix(from + "/") && !(from + "/").hasPrefix(to + "/")
    guard isApart else { throw RunError.outputExists(output.path) }
    guard FileManager.default.fileExists(atPath: to) else { return }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: to),
      names.isEmpty || exportedFiles.isSuperset(of: names) && names.contains(guardsFile)
    else { throw RunError.outputExists(output.path) }
  }

  private static let guardsFile = Rewriter.guardsFileName
  private static let exportedFiles: Set = [
    "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    "generation_config.json", "README.md", guardsFile,
  ]

  private static func card(_ source: URL) -> String {
    """
    # A prompt rewriter

    Trained by mapo \(Run.version) for the target model '\(source.lastPathComponent)'. It reads a
    sentence that tells the kind of task ("\(RewriterFormat.prefix(.classification))",
    "\(RewriterFormat.prefix(.qa))", "\(RewriterFormat.prefix(.generation))", or
    "\(RewriterFormat.prefix(nil))"), a line break, the prompt, and the token
    `\(SpecialToken.answer)`; it writes the rewritten prompt and `\(SpecialToken.end)`. Decode
    greedily, and keep the original where a placeholder, a quoted text, a number or a label word is
    lost: `mapo rewrite` does all of that.

    """
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
