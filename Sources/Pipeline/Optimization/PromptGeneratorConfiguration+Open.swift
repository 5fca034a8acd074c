import Foundation
import PromptSearch

extension PromptGeneratorConfiguration {
  /// The generator for one prompt and target, ready to be asked; nothing is sent.
  ///
  /// - Throws: `RunError.stageMissing` where the run's own rewriter is not trained yet; what opening
  ///   a rewriter or a server's client throws.
  /// - Precondition: The configuration was checked.
  func open(
    _ run: Run, _ subject: OptimizationSubject, target: String, seed: UInt64
  ) throws -> any PromptWriter {
    let rules = RulePromptWriter(
      generator: RuleBasedGenerator(
        grammar: run.pool.grammar, config: run.configuration.dataset.rules),
      heldOut: subject.heldOut, seed: seed)
    switch source {
    case .rules: return rules
    case .rewriter:
      guard let temperature else { preconditionFailure("generator: no temperature, unchecked") }
      if path == nil { try run.require(.rl, target) }
      return try RewriterPromptWriter(
        contentsOf: path.map { URL(fileURLWithPath: $0) } ?? run.folder.model(.rl, target),
        guards: run.configuration.guards, rules: rules, temperature: temperature, seed: seed)
    case .server:
      guard let writer else { preconditionFailure("generator: no writer, unchecked") }
      return try LanguageModelPromptWriter(writer, run, original: subject.original.id)
    }
  }
}
