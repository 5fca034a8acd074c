import Foundation
import PromptSearch
import Rewriting
import TargetModels

/// A trained rewriter that all searches of a target share.
package actor SharedRewriter {
  /// The actor's own queue: a rewrite would block the cooperative threads.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let executor: QueueExecutor
  private let rewriter: Rewriter

  /// Reads a rewriter.
  ///
  /// - Parameters:
  ///   - folder: What a training left, or any other model of a rewriter.
  ///   - guards: What its rewrites have to pass.
  /// - Throws: What `RewriterModel` throws.
  package init(contentsOf folder: URL, guards: Guards) throws {
    let parts = try RewriterModel(contentsOf: folder)
    rewriter = Rewriter(
      model: parts.contents.model, tokenizer: parts.contents.tokenizer, format: parts.format,
      guards: guards)
    executor = QueueExecutor(label: "prompt writer")
  }

  /// A rewrite; nil where a guard kept the prompt.
  fileprivate func rewrite(
    _ prompt: String, _ brief: TaskBrief, _ options: Rewriter.Options
  ) -> String? {
    let rewrite = rewriter.rewrite(
      [prompt], kinds: [PromptKind(rawValue: brief.kind.rawValue)], required: [brief.required],
      options: options)[0]
    return rewrite.kept ? nil : rewrite.rewritten
  }

  /// Different rewrites.
  fileprivate func choices(
    for prompt: String, _ brief: TaskBrief, count: Int, _ options: Rewriter.Options
  ) -> [String] {
    rewriter.choices(
      for: prompt, kind: PromptKind(rawValue: brief.kind.rawValue), count: count, options: options
    ).filter { !$0.isOriginal }.map(\.text)
  }
}

/// Prompts by a trained rewriter (O).
///
/// A rewriter was trained on whole prompts: a sentence alone it seldom rewrites without breaking a
/// guard. A revision is therefore made of rewrites of the whole prompt, of which only what belongs to
/// the sentence is taken.
package struct RewriterPromptWriter: PromptWriter {
  /// It knows no other instruction than its own.
  package var followsInstructions: Bool { false }

  /// Rewrites among which the one is looked for that changes a sentence.
  private static let samples = 8

  private let rewriter: SharedRewriter
  private let rules: RulePromptWriter
  private let temperature: Float
  private let seed: UInt64

  /// The writer of one search.
  ///
  /// - Parameters:
  ///   - rewriter: Writes.
  ///   - rules: Take a rewrite apart.
  ///   - temperature: Of its samples, above 0.
  ///   - seed: Of all that is drawn.
  package init(
    _ rewriter: SharedRewriter, rules: RulePromptWriter, temperature: Float, seed: UInt64
  ) {
    precondition(temperature > 0, "RewriterPromptWriter: a temperature of \(temperature)")
    (self.rewriter, self.rules) = (rewriter, rules)
    (self.temperature, self.seed) = (temperature, seed)
  }

  /// Draw 0 is the most probable rewrite of the original, later ones are sampled.
  package func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    await rewriter.rewrite(
      brief.original, brief, draw > 0 ? options(draw) : Rewriter.Options())
  }

  package func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    let rewrites = await rewriter.choices(
      for: request.prompt.text, request.brief, count: Self.samples, options(draw))
    return rewrites.lazy.compactMap { rules.revision(request, takenFrom: $0) }.first
  }

  /// A sample.
  package func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? {
    await rewriter.rewrite(prompt, brief, options(draw))
  }

  /// - Precondition: Never called: a rewriter follows no instructions.
  package func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? {
    preconditionFailure("RewriterPromptWriter: a rewriter cannot read scored prompts")
  }

  private func options(_ draw: Int) -> Rewriter.Options {
    var numbers = HashedNumbers(seed: seed, "rewriter", "\(draw)")
    return Rewriter.Options(temperature: temperature, seed: numbers.next())
  }
}
