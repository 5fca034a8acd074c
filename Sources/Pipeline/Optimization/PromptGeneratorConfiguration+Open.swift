import Foundation
import PromptSearch

extension PromptGeneratorConfiguration {
  private func openRewriter(
    of target: String, in folder: RunFolder, _ configuration: RunConfiguration
  ) throws(ConfigurationError) -> SharedRewriter {
    let key = "optimize.generator.path"
    if path == nil && folder.summary(.rl, target) == nil {
      throw .invalid(
        key: key, reason: "is not set, and the run has not trained a rewriter for '\(target)'")
    }
    let model = path.map { URL(fileURLWithPath: $0) } ?? folder.model(.rl, target)
    do {
      return try SharedRewriter(contentsOf: model, guards: configuration.guards)
    } catch {
      throw .invalid(key: key, reason: "names \(model.path), which cannot be used: \(error)")
    }
  }

  /// What all searches of each target share: its rewriter, read once; none for the other sources. A
  /// server's client is tried, and nothing is sent.
  ///
  /// - Throws: `ConfigurationError.invalid` where something is missing or cannot be read.
  func openRewriters(
    of targets: [String], in folder: RunFolder, _ configuration: RunConfiguration
  ) throws(ConfigurationError) -> [String: SharedRewriter] {
    do {
      _ = try writer?.open(configuration.connection)
    } catch {
      throw .invalid(key: "optimize.generator.writer", reason: "cannot be used: \(error)")
    }
    var rewriters: [String: SharedRewriter] = [:]
    for target in targets where source == .rewriter {
      rewriters[target] = try openRewriter(of: target, in: folder, configuration)
    }
    return rewriters
  }

  /// The generator for one prompt and target, ready to be asked; nothing is sent.
  ///
  /// - Parameter rewriter: The target's, where the source is one.
  /// - Throws: What opening a server's client throws.
  /// - Precondition: The configuration was checked.
  func open(
    _ run: Run, _ subject: OptimizationSubject, _ rewriter: SharedRewriter?, seed: UInt64
  ) throws -> any PromptWriter {
    let rules = RulePromptWriter(
      generator: RuleBasedGenerator(
        grammar: run.pool.grammar, config: run.configuration.dataset.rules),
      heldOut: subject.heldOut, seed: seed)
    switch source {
    case .rules: return rules
    case .rewriter:
      guard let temperature, let rewriter else { preconditionFailure("generator: unchecked") }
      return RewriterPromptWriter(rewriter, rules: rules, temperature: temperature, seed: seed)
    case .server:
      guard let writer else { preconditionFailure("generator: no writer, unchecked") }
      return try LanguageModelPromptWriter(writer, run, original: subject.original.id)
    }
  }
}
