/// A problem's writer behind the one filter for candidates, and the count of its calls.
///
/// The n-th call, from 0, is draw n: a search asks its writer the same things whenever it is repeated.
package struct CheckedWriter: Sendable {
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
  private var filter: CandidateFilter

  /// The writer of a problem; the original counts as seen.
  package init(_ problem: OptimizationProblem) {
    writer = problem.writer
    filter = CandidateFilter(
      original: problem.brief.original, required: problem.brief.required, limits: problem.limits,
      heldOut: problem.heldOut)
  }

  /// One call: `ask` gets the writer and the number of the draw.
  package mutating func write(
    _ ask: (_ writer: any PromptWriter, _ draw: Int) async throws -> String?
  ) async throws -> Written {
    try Task.checkCancellation()
    let draw = calls
    calls += 1
    guard let text = try await ask(writer, draw) else { return .nothing }
    return switch filter.check(text) {
    case .accepted(let prompt): .prompt(prompt)
    case .rejected(let reason): .refused(text, reason)
    }
  }
}
