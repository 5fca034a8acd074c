/// Generate, score, resample around the best: a search in the manner of APE.
///
/// The first population is the original, and in turn first prompts that are inferred from exemplars and
/// rewrites of the original. A round scores its population on a subset of the validation examples,
/// the survivors on all of them, and begins the next with the survivors and rewrites of them that
/// keep the meaning.
///
/// Source: Zhou et al. 2022, "Large Language Models Are Human-Level Prompt Engineers",
/// arXiv:2211.01910, algorithm 1 and the iterative search of section 3.3. Ours (O): one subset, drawn
/// once, so that rounds compare; rewrites of the original in the first population; populations that
/// shrink so that the survivors can still be scored on all examples.
///
/// - Parameters:
///   - problem: The prompt to improve, and everything that may be asked.
///   - meter: Its limit holds to the call; one that nobody else uses.
///   - config: The settings `ape`, and when the writer is taken to be at its end.
/// - Throws: `OptimizationError` where the original cannot be scored, `CancellationError` between
///   calls, and what the problem's closures throw.
/// - Precondition: The settings have no problem, and the meter is that of the problem.
public func apeLike(
  _ problem: OptimizationProblem, meter: ScoreMeter, config: BaselineConfig
) async throws -> SearchOutcome {
  var round = try await ResamplingRound(problem, meter, config)
  for _ in 0...config.ape.rounds {
    guard let size = await round.affordable else {
      return await round.search.outcome(.budget)
    }
    guard try await round.fill(newPrompts: size.newPrompts) else {
      return await round.search.outcome(.nothingToRevise)
    }
    try await round.select(survivors: size.survivors)
  }
  return await round.search.outcome(.finished)
}

/// A population, and what its members scored on the subset.
private struct ResamplingRound {
  var search: BaselineSearch
  /// The examples that whole populations are scored on.
  private let subset: [Int]
  private var population: [String]
  private var isFirst = true

  init(_ problem: OptimizationProblem, _ meter: ScoreMeter, _ config: BaselineConfig) async throws {
    search = try await BaselineSearch(problem, meter, config)
    var random = HashedNumbers(seed: problem.seed, "ape")
    let count = min(config.ape.firstExamples, problem.validationCount)
    subset = random.sample(count, of: problem.validation)
    population = [problem.brief.original]
  }

  /// How many new prompts and survivors the limit pays for; nil where it pays for none.
  var affordable: (newPrompts: Int, survivors: Int)? {
    get async {
      let (config, all) = (search.config.ape, search.problem.validationCount)
      let wanted = config.population - population.count
      guard let left = await search.callsLeft else { return (wanted, config.survivors) }
      let survivors = min(config.survivors, left / all)
      let payable = (left - survivors * (all - subset.count)) / subset.count
      return survivors > 0 ? (min(wanted, payable), survivors) : nil
    }
  }

  /// Adds prompts to the population.
  ///
  /// - Returns: Whether there was any.
  mutating func fill(newPrompts count: Int) async throws -> Bool {
    let parents = population
    for place in 0..<count {
      let rewrite = CheckedWriter.Request.rewrite(of: parents[place % parents.count])
      let requests =
        !isFirst ? [rewrite] : place % 2 == 0 ? [.firstPrompt, rewrite] : [rewrite, .firstPrompt]
      guard let prompt = try await search.newPrompt(requests) else { break }
      population.append(prompt)
    }
    isFirst = false
    return population.count > parents.count
  }

  /// Leaves the best on the subset, and scores them on all examples.
  mutating func select(survivors: Int) async throws {
    guard let rows = try await search.meter.scores(of: population, on: subset) else {
      preconditionFailure("apeLike: the population was to be paid for")
    }
    let scores = rows.map { meanScore($0) ?? -1 }
    let ranking = population.indices.sorted { left, right in
      (scores[right], left) < (scores[left], right)
    }
    population = ranking.prefix(survivors).map { population[$0] }
    try await search.validate(population)
  }
}
