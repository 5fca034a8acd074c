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
    return try await text(request, draw, in: brief.original)
  }

  /// The prompt with the sentence that the model writes; where it wrote the whole prompt, that.
  public func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    let instruction = RevisionInstruction(request: request)
    let (prompt, index) = (request.prompt, request.index)
    return try await text(instruction, draw, in: prompt.parts[index].text).map { revised in
      prompt.isKept(in: revised, but: index) ? revised : prompt.replacing(index, with: revised)
    }
  }

  /// A rewrite in one of eight styles, which draws take in turn.
  public func rewrite(
    of prompt: String, _ brief: TaskBrief, draw: Int
  ) async throws -> String? {
    let styles = RewriteInstruction.styles
    let request = RewriteInstruction(
      original: prompt, required: brief.required, count: nil, style: styles[draw % styles.count])
    return try await text(request, draw, in: prompt)
  }

  /// A prompt that is to score higher than those shown.
  public func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? {
    let request = ProposalInstruction(brief: brief, scored: scored)
    return try await text(request, draw, in: brief.original)
  }

  private func text(
    _ request: some TextRequest, _ draw: Int, in original: String
  ) async throws -> String? {
    try await ask(request.text, draw).flatMap {
      WrittenText($0, to: request, original: original).text
    }
  }
}

extension PromptSentences {
  /// Whether `text` is a whole prompt in which one part alone may be another: it has all other parts,
  /// those at its ends at its ends, and more than them.
  fileprivate func isKept(in text: String, but index: Int) -> Bool {
    let others = parts.indices.filter { $0 != index }
    guard let first = others.first, let last = others.last else { return false }
    return text.count > others.reduce(0) { $0 + parts[$1].text.count }
      && others.allSatisfy { text.contains(parts[$0].text) }
      && (first > index || text.hasPrefix(parts[first].text))
      && (last < index || text.hasSuffix(parts[last].text))
  }
}
