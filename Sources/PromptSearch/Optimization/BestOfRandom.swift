/// The best of random rewrites of the original prompt, each scored on all validation examples: the
/// plainest search there is (O).
///
/// - Parameters:
///   - problem: The prompt to improve, and everything that may be asked.
///   - meter: Its limit holds to the call; one that nobody else uses.
///   - config: How many rewrites are scored at most, and when the writer is taken to be at its end.
/// - Throws: `OptimizationError` where the original cannot be scored, `CancellationError` between
///   calls, and what the problem's closures throw.
/// - Precondition: The settings have no problem, and the meter is that of the problem.
public func bestOfRandom(
  _ problem: OptimizationProblem, meter: ScoreMeter, config: BaselineConfig
) async throws -> SearchOutcome {
  var search = try await BaselineSearch(problem, meter, config)
  for _ in 0..<config.randomRewrites {
    guard await meter.pays(for: problem.validationCount) else {
      return await search.outcome(.budget)
    }
    guard let prompt = try await search.newPrompt([.rewrite(of: problem.brief.original)]) else {
      return await search.outcome(.nothingToRevise)
    }
    try await search.validate([prompt])
  }
  return await search.outcome(.finished)
}
