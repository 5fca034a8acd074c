/// Prompts by a language model that follows instructions.
///
/// It asks nobody itself: requests and answers go through a closure, whose owner chooses the model,
/// keeps its answers and counts its calls. Equal requests of different draws are to be answered
/// differently.
public struct LanguageModelPromptWriter: PromptWriter {
  /// Gets a request and its draw; returns the answer, nil where there is none.
  public typealias Ask =
    @Sendable (_ instruction: String, _ draw: Int) async throws -> String?

  /// It can be shown scored prompts.
  public var followsInstructions: Bool { true }

  private let ask: Ask

  /// A writer that asks through `ask`.
  public init(ask: @escaping Ask) { self.ask = ask }

  /// The prompt in five parts that the model infers from the exemplars.
  public func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    let request = FirstPromptInstruction(brief: brief)
    return try await text(request.text, draw, request.answerMark, in: brief.original)
  }

  /// The prompt with the sentence that the model writes; where it wrote the whole prompt, that.
  public func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    let instruction = RevisionInstruction(request: request)
    let (prompt, index) = (request.prompt, request.index)
    let revised = try await text(
      instruction.text, draw, instruction.answerMark, in: prompt.parts[index].text)
    return revised.map { revised in
      let others = prompt.parts.indices.filter { $0 != index }.map { prompt.parts[$0].text }
      let isWhole = others.count > 1 && others.allSatisfy { revised.contains($0) }
      return isWhole ? revised : prompt.replacing(index, with: revised)
    }
  }

  /// A rewrite in one of eight styles, which draws take in turn.
  public func rewrite(
    of prompt: String, _ brief: TaskBrief, draw: Int
  ) async throws -> String? {
    let styles = RewriteInstruction.styles
    let request = RewriteInstruction(
      original: prompt, required: brief.required, count: nil, style: styles[draw % styles.count])
    return try await text(request.text, draw, request.answerMark, in: prompt)
  }

  /// A prompt that is to score higher than those shown.
  public func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? {
    let request = ProposalInstruction(brief: brief, scored: scored)
    return try await text(request.text, draw, request.answerMark, in: brief.original)
  }

  private func text(
    _ instruction: String, _ draw: Int, _ mark: String, in original: String
  ) async throws -> String? {
    try await ask(instruction, draw).flatMap {
      WrittenText($0, mark: mark, original: original).text
    }
  }
}
