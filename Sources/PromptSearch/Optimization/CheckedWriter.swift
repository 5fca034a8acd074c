/// A problem's writer behind the one filter for candidates, and the count of its calls.
///
/// Draws are counted for each thing that is asked for: the n-th call for the same, from 0, is draw n. A
/// search asks its writer the same things whenever it is repeated, and a writer that goes through its
/// texts draw by draw skips none, whatever else it is asked in between.
package struct CheckedWriter: Sendable {
  /// What is asked for.
  package enum Request: Sendable {
    /// A first prompt.
    case firstPrompt
    /// A prompt with one part revised.
    case revision(SentenceRevision)
    /// A rewrite of a prompt.
    case rewrite(of: String)
    /// A prompt better than those shown.
    case proposal([ScoredPrompt])

    /// What draws are counted by: failures and scored prompts, which change from call to call, are
    /// no part of it.
    fileprivate var subject: [String] {
      switch self {
      case .firstPrompt: ["firstPrompt"]
      case .revision(let revision): ["revision", "\(revision.index)", revision.prompt.text]
      case .rewrite(let prompt): ["rewrite", prompt]
      case .proposal: ["proposal"]
      }
    }
  }

  /// What came of one call.
  package enum Written: Equatable, Sendable {
    /// A prompt that was not seen before.
    case prompt(String)
    /// A text that may not be scored, and why.
    case refused(String, CandidateRejection)
    /// The writer had nothing.
    case nothing
  }

  /// Calls so far.
  package private(set) var calls = 0
  private let writer: any PromptWriter
  private let brief: TaskBrief
  private var filter: CandidateFilter
  private var draws: [[String]: Int] = [:]

  /// The writer of a problem; the original counts as seen.
  package init(_ problem: OptimizationProblem) {
    (writer, brief) = (problem.writer, problem.brief)
    filter = CandidateFilter(
      original: brief.original, required: brief.required, limits: problem.limits,
      heldOut: problem.heldOut)
  }

  /// One call.
  /// - Throws: What the writer throws; `CancellationError` before it is asked.
  package mutating func write(_ request: Request) async throws -> Written {
    try Task.checkCancellation()
    let draw = draws[request.subject, default: 0]
    draws[request.subject] = draw + 1
    calls += 1
    guard let text = try await text(request, draw) else { return .nothing }
    return switch filter.check(text) {
    case .accepted(let prompt): .prompt(prompt)
    case .rejected(let reason): .refused(text, reason)
    }
  }

  private func text(_ request: Request, _ draw: Int) async throws -> String? {
    switch request {
    case .firstPrompt: try await writer.firstPrompt(brief, draw: draw)
    case .revision(let revision): try await writer.revision(revision, draw: draw)
    case .rewrite(let prompt): try await writer.rewrite(of: prompt, brief, draw: draw)
    case .proposal(let scored): try await writer.proposal(brief, scored: scored, draw: draw)
    }
  }
}
