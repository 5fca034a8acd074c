import Foundation
import PromptSearch
import Rewriting
import TargetModels

/// Prompts by a trained rewriter (O).
///
/// A rewriter was trained on whole prompts: a sentence alone it seldom rewrites without breaking a
/// guard. A revision is therefore made of rewrites of the whole prompt, of which only what belongs to
/// the sentence is taken.
package actor RewriterPromptWriter: PromptWriter {
  /// It knows no other instruction than its own.
  package nonisolated var followsInstructions: Bool { false }

  /// The actor's own queue: a rewrite would block the cooperative threads.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Rewrites among which the one is looked for that changes a sentence.
  private static let samples = 8

  private let executor: QueueExecutor
  private let rewriter: Rewriter
  private let rules: RulePromptWriter
  private let temperature: Float
  private let seed: UInt64

  /// Reads a rewriter.
  ///
  /// - Parameters:
  ///   - folder: What a training left, or any other model of a rewriter.
  ///   - guards: What its rewrites have to pass.
  ///   - rules: Take a rewrite apart.
  ///   - temperature: Of its samples, above 0.
  ///   - seed: Of all that is drawn.
  /// - Throws: What `RewriterModel` throws.
  package init(
    contentsOf folder: URL, guards: Guards, rules: RulePromptWriter, temperature: Float,
    seed: UInt64
  ) throws {
    precondition(temperature > 0, "RewriterPromptWriter: a temperature of \(temperature)")
    let parts = try RewriterModel(contentsOf: folder)
    rewriter = Rewriter(
      model: parts.contents.model, tokenizer: parts.contents.tokenizer, format: parts.format,
      guards: guards)
    executor = QueueExecutor(label: "prompt writer")
    (self.rules, self.temperature, self.seed) = (rules, temperature, seed)
  }

  /// Draw 0 is the most probable rewrite of the original, later ones are sampled.
  package func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    if draw > 0 { return sample(brief.original, brief, draw) }
    return text(rewriting: brief.original, brief, Rewriter.Options())
  }

  package func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    let rewrites = rewriter.choices(
      for: request.prompt.text, kind: PromptKind(rawValue: request.brief.kind.rawValue),
      count: Self.samples, options: options(draw))
    for rewrite in rewrites where !rewrite.isOriginal {
      if let revised = rules.revision(request, takenFrom: rewrite.text) { return revised }
    }
    return nil
  }

  /// A sample.
  package func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? {
    sample(prompt, brief, draw)
  }

  /// - Precondition: Never called: a rewriter follows no instructions.
  package func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? {
    preconditionFailure("RewriterPromptWriter: a rewriter cannot read scored prompts")
  }

  private func sample(_ prompt: String, _ brief: TaskBrief, _ draw: Int) -> String? {
    text(rewriting: prompt, brief, options(draw))
  }

  private func options(_ draw: Int) -> Rewriter.Options {
    var numbers = HashedNumbers(seed: seed, "rewriter", "\(draw)")
    return Rewriter.Options(temperature: temperature, seed: numbers.next())
  }

  /// nil where a guard kept the prompt.
  private func text(
    rewriting prompt: String, _ brief: TaskBrief, _ options: Rewriter.Options
  ) -> String? {
    let rewrite = rewriter.rewrite(
      [prompt], kinds: [PromptKind(rawValue: brief.kind.rawValue)], required: [brief.required],
      options: options)[0]
    return rewrite.kept ? nil : rewrite.rewritten
  }
}
