import Tasks

/// Prompts by rules: no model is asked, and the same request and draw give the same text.
///
/// What is written stays in the space of the phrase book, in which the embedded targets have their
/// preferences, and keeps placeholders, required words and arguments such as label words. The rules
/// are ours (O); the five parts of a first prompt and the revision of one sentence at a time are the
/// paper's (Yang et al. 2024, arXiv:2406.13443).
public struct RulePromptWriter: PromptWriter {
  /// Advice that fits every task, in sentences that the phrase book's frames have.
  package static let stockSentences = [
    "Read every word.", "Think about every word.", "Be exact.", "Do not explain.",
    "Write nothing else.", "You are a careful assistant.",
  ]

  /// Rules cannot read scores.
  public var followsInstructions: Bool { false }

  private let generator: RuleBasedGenerator
  private let heldOut: HeldOutTexts
  private let seed: UInt64

  /// A writer.
  ///
  /// - Parameters:
  ///   - generator: Finds wordings and their alternatives; its settings are those of rewrites.
  ///   - heldOut: What is not to be written.
  ///   - seed: Of all that is drawn.
  public init(generator: RuleBasedGenerator, heldOut: HeldOutTexts, seed: UInt64) {
    (self.generator, self.heldOut, self.seed) = (generator, heldOut, seed)
  }

  /// Draw 0 puts the original's instruction into the five parts of phase 1; later draws put the
  /// original into the other frames of the phrase book one after the other, in other words: a target
  /// that never saw prompts in five parts cannot profit from them. After these, and where the original
  /// fits no frame, it is begun with one of the stock sentences. nil after the last.
  public func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    let rules = FirstPromptRules(brief: brief, generator: generator, heldOut: heldOut)
    if draw == 0 { return rules.fiveParts() }
    var order = HashedNumbers(seed: seed, "frames", brief.original)
    var numbers = HashedNumbers(seed: seed, "first prompt", brief.original, "\(draw)")
    return rules.alternative(draw - 1, order: &order, using: &numbers)
  }

  /// One or two wordings of the sentence changed; where it has none that the phrase book knows, it is
  /// put otherwise, replaced or left out. A sentence that says what form the answer has is offered
  /// where the failures show a wrong one.
  ///
  /// Draws go through all changes, and nothing comes again; nil after the last.
  public func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    let rules = RevisionRules(request: request, generator: generator, heldOut: heldOut)
    let place = [request.prompt.text, "\(request.index)"].joined(separator: "\u{1F}")
    return rules.revision(draw) { HashedNumbers(seed: seed, "revision", place, $0) }
  }

  /// The prompt with one sentence as it is in a rewrite of the whole prompt; nil where the rewrite
  /// leaves it as it is.
  package func revision(_ request: SentenceRevision, takenFrom rewritten: String) -> String? {
    RevisionRules(request: request, generator: generator, heldOut: heldOut)
      .revision(takenFrom: rewritten)
  }

  /// One random rewording: edits, or a crossover with one of the brief's partners.
  public func rewrite(
    of prompt: String, _ brief: TaskBrief, draw: Int
  ) async throws -> String? {
    var numbers = HashedNumbers(seed: seed, "rewrite", prompt, "\(draw)")
    return generator.candidates(
      for: prompt, count: 1, required: brief.required, partners: brief.partners, heldOut: heldOut,
      using: &numbers
    ).candidates.first?.text
  }

  /// - Precondition: Never called: rules follow no instructions.
  public func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? {
    preconditionFailure("RulePromptWriter: rules cannot read scored prompts")
  }
}
