/// Writes prompts: rules, a language model, or a trained rewriter.
///
/// Every call counts as one generator call. A writer is a function of its request and of `draw`, which
/// a search counts from 0 for first prompts, for each part of each prompt, for rewrites of each prompt,
/// and for proposals: so a search that was killed finds the same texts when it is begun again, and
/// equal requests of one search never have the same draw. What costs money a writer takes from a cache.
/// What it returns has not been checked: the search passes every text through one
/// filter.
public protocol PromptWriter: Sendable {
  /// Whether a language model that follows instructions writes: only then can it be shown scored
  /// prompts and asked for a better one.
  var followsInstructions: Bool { get }

  /// Phase 1: a first prompt, inferred from the description and the exemplars.
  ///
  /// - Returns: nil where nothing usable came.
  func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String?

  /// Phase 2: the prompt with one sentence revised.
  ///
  /// - Returns: The whole prompt; nil where nothing usable came: this part is not asked for again
  ///   before the prompt has changed.
  func revision(_ request: SentenceRevision, draw: Int) async throws -> String?

  /// A rewrite of a whole prompt that keeps its meaning.
  ///
  /// - Returns: nil where nothing usable came.
  func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String?

  /// A prompt better than those shown, which are in ascending order of their scores.
  ///
  /// Source: Yang et al. 2023, "Large Language Models as Optimizers" (OPRO), arXiv:2309.03409.
  ///
  /// - Returns: nil where nothing usable came.
  /// - Precondition: `followsInstructions`.
  func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String?
}

/// What phase 2 asks a writer for.
public struct SentenceRevision: Equatable, Sendable {
  /// The task.
  public let brief: TaskBrief
  /// The prompt as it is.
  public let prompt: PromptSentences
  /// Which of its parts is to be revised.
  public let index: Int
  /// Examples that the prompt fails, with the target's answers.
  public let failures: [FailedAnswer]

  /// A request by its parts.
  /// - Precondition: `index` is that of a part that may be edited.
  public init(brief: TaskBrief, prompt: PromptSentences, index: Int, failures: [FailedAnswer]) {
    precondition(prompt.parts[index].isEditable, "SentenceRevision: part \(index) is no sentence")
    (self.brief, self.prompt, self.index, self.failures) = (brief, prompt, index, failures)
  }
}
