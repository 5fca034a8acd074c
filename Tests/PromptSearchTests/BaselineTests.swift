import PromptSearch
import TestSupport
import Testing

/// A baseline by the name of its outcomes.
enum Baseline: String, CaseIterable, Sendable {
  case bestOfRandom, ape, opro

  func search(
    _ problem: OptimizationProblem, limit: Int?, config: BaselineConfig
  ) async throws -> SearchOutcome {
    let meter = ScoreMeter(problem, limit: limit)
    return switch self {
    case .bestOfRandom: try await PromptSearch.bestOfRandom(problem, meter: meter, config: config)
    case .ape: try await apeLike(problem, meter: meter, config: config)
    case .opro: try await oproLike(problem, meter: meter, config: config)
    }
  }
}

private let settings = BaselineConfig(
  randomRewrites: 1_000,
  ape: BaselineConfig.APE(population: 8, survivors: 3, rounds: 1_000, firstExamples: 5),
  opro: BaselineConfig.OPRO(shown: 4, perRound: 3), fruitlessDraws: 40)

struct BaselineTests {
  private let world = BaselineWorld(seed: 1, examples: 20)

  @Test(arguments: Baseline.allCases)
  func findsWhatThereIsToFind(baseline: Baseline) async throws {
    for seed in UInt64(1)...10 {
      let world = BaselineWorld(seed: seed, examples: 20)
      let outcome = try await baseline.search(
        world.problem(WordWriter(seed: seed)), limit: 800, config: settings)
      #expect(outcome.final >= outcome.initial + 0.2, "seed \(seed)")
      #expect(outcome.final == world.mean(outcome.prompt))
      #expect(outcome.initial == world.mean("Say it loud") && outcome.original == outcome.initial)
      #expect(outcome.initialPrompt == "Say it loud")
      #expect(outcome.final == outcome.scored.map(\.score).max())
      #expect(outcome.steps > 0 && outcome.trials.isEmpty)
    }
  }

  /// The limit holds to the call, and is used but for less than a prompt.
  @Test(arguments: Baseline.allCases)
  func theLimitHolds(baseline: Baseline) async throws {
    for seed in UInt64(0)..<12 {
      for limit in [20, 21, 39, 40, 44, 59, 60, 75, 133, 200] {
        var world = BaselineWorld(seed: seed, examples: 20)
        world.failures = seed % 3 == 0 ? 0.2 : 0
        let asked = AskedPairs()
        let outcome = try await baseline.search(
          world.problem(WordWriter(seed: seed), asked: asked), limit: limit, config: settings)
        let pairs = asked.pairs.withLock { $0 }
        #expect(pairs.count == outcome.targetCalls && Set(pairs).count == pairs.count)
        #expect(outcome.targetCalls <= limit && outcome.targetCalls > limit - 20)
        #expect(outcome.ending == .budget)
      }
    }
  }

  /// A writer that never fails and never repeats itself is asked for no text that is not scored.
  @Test(arguments: Baseline.allCases)
  func asksForNoMoreThanTheLimitPays(baseline: Baseline) async throws {
    for limit in [20, 39, 40, 79, 80, 200, 233] {
      let problem = world.problem(CountingWriter())
      let outcome = try await baseline.search(problem, limit: limit, config: settings)
      #expect(outcome.targetCalls <= limit && outcome.ending == .budget)
      if baseline != .ape { #expect(outcome.generatorCalls == outcome.scored.count - 1) }
      if limit < 40 { #expect(outcome.generatorCalls == 0) }
    }
  }

  @Test(arguments: Baseline.allCases)
  func isTheSameWhenRepeated(baseline: Baseline) async throws {
    let first = try await baseline.search(
      world.problem(WordWriter(seed: 3)), limit: 300, config: settings)
    let second = try await baseline.search(
      world.problem(WordWriter(seed: 3)), limit: 300, config: settings)
    #expect(first == second)
    let other = try await baseline.search(
      world.problem(WordWriter(seed: 4)), limit: 300, config: settings)
    #expect(first.scored != other.scored)
  }

  @Test(arguments: Baseline.allCases)
  func endsWhereTheWriterHasNothingMoreToSay(baseline: Baseline) async throws {
    let writer = WordWriter(seed: 1, vocabulary: ["calm", "short"])
    let outcome = try await baseline.search(
      world.problem(writer), limit: 10_000, config: settings)
    #expect(outcome.ending == .nothingToRevise)
    // Neither of the two words, each, and both in either order.
    #expect(outcome.scored.count <= 5 && outcome.scored.count > 1)
  }

  @Test func endsAfterTheRewritesAndRoundsThatAreAsked() async throws {
    var few = settings
    (few.randomRewrites, few.ape.rounds) = (3, 2)
    let problem = world.problem(WordWriter(seed: 1))
    let random = try await Baseline.bestOfRandom.search(problem, limit: nil, config: few)
    #expect(random.ending == .finished && random.targetCalls == 4 * 20)
    let resampled = try await Baseline.ape.search(problem, limit: nil, config: few)
    #expect(resampled.ending == .finished)
    // The original; then 7, 5 and 5 new prompts on 5 examples, and 3 survivors a round on 15 more.
    #expect(resampled.targetCalls <= 20 + 17 * 5 + 9 * 15)
  }

  @Test(arguments: Baseline.allCases)
  func aLimitBelowOnePromptIsAnError(baseline: Baseline) async throws {
    let asked = AskedPairs()
    let problem = world.problem(WordWriter(seed: 1), asked: asked)
    await #expect(throws: OptimizationError.limitBelowOnePrompt(limit: 19, examples: 20)) {
      try await baseline.search(problem, limit: 19, config: settings)
    }
    #expect(asked.pairs.withLock { $0.isEmpty })
  }

  @Test(arguments: Baseline.allCases)
  func atLeastTheOriginalMustBeScored(baseline: Baseline) async throws {
    let world = BaselineWorld(seed: 1, examples: 20, failures: 1)
    await #expect(throws: OptimizationError.notScored(examples: 20)) {
      try await baseline.search(
        world.problem(WordWriter(seed: 1)), limit: 100, config: settings)
    }
  }

  @Test(
    arguments: [
      (\BaselineConfig.randomRewrites, 0, "randomRewrites is 0, outside 1...1000000"),
      (\.ape.population, 1, "ape.population is 1, outside 2...1000000"),
      (\.ape.survivors, 8, "ape.survivors is 8, not below ape.population"),
      (\.ape.rounds, -1, "ape.rounds is -1, outside 0...1000000"),
      (\.ape.firstExamples, 0, "ape.firstExamples is 0, outside 1...1000000"),
      (\.opro.shown, 0, "opro.shown is 0, outside 1...1000000"),
      (\.opro.perRound, 0, "opro.perRound is 0, outside 1...1000000"),
      (\.fruitlessDraws, 0, "fruitlessDraws is 0, outside 1...1000000"),
    ] as [(WritableKeyPath<BaselineConfig, Int> & Sendable, Int, String)])
  func settingsAreChecked(
    key: WritableKeyPath<BaselineConfig, Int> & Sendable, value: Int, words: String
  ) {
    #expect(settings.problem == nil)
    var wrong = settings
    wrong[keyPath: key] = value
    #expect(wrong.problem == words)
  }
}
