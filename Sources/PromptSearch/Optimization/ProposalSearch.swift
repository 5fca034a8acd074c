/// Asks for a better prompt than those scored so far: a search in the manner of OPRO.
///
/// Every round shows the writer the best prompts in ascending order of their scores, and asks for
/// several proposals from the same ones, no more than the limit pays for; each is scored on all
/// validation examples.
///
/// Source: Yang et al. 2023, "Large Language Models as Optimizers", arXiv:2309.03409. Ours (O): it
/// begins with the original alone.
///
/// - Parameters:
///   - problem: The prompt to improve, and everything that may be asked.
///   - meter: Its limit holds to the call, and ends the search; one that nobody else uses.
///   - config: The settings `opro`, and when the writer is taken to be at its end.
/// - Throws: `OptimizationError` where the original cannot be scored, `CancellationError` between
///   calls, and what the problem's closures throw.
/// - Precondition: The settings have no problem, the meter is that of the problem and has a limit,
///   and the writer follows instructions.
public func oproLike(
  _ problem: OptimizationProblem, meter: ScoreMeter, config: BaselineConfig
) async throws -> SearchOutcome {
  precondition(meter.limit != nil, "oproLike: without a limit it does not end")
  precondition(problem.writer.followsInstructions, "oproLike: the writer follows no instructions")
  var search = try await BaselineSearch(problem, meter, config)
  while case let count = await meter.payablePrompts(config.opro.perRound), count > 0 {
    let shown = await best(config.opro.shown, of: meter.scored)
    var proposals: [String] = []
    while proposals.count < count, let prompt = try await search.newPrompt([.proposal(shown)]) {
      proposals.append(prompt)
    }
    if proposals.isEmpty { return await search.outcome(.nothingToRevise) }
    try await search.validate(proposals)
  }
  return await search.outcome(.budget)
}

/// The best `count`, in ascending order; of equal ones the earlier are better.
private func best(_ count: Int, of scored: [ScoredPrompt]) -> [ScoredPrompt] {
  let ranking = scored.indices.sorted { (scored[$0].score, $1) < (scored[$1].score, $0) }
  return ranking.suffix(count).map { scored[$0] }
}
