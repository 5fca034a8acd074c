import PromptSearch
import TestSupport
import Testing

@Suite struct DualPhasePropertyTests {
  /// Small gains count, so that searches are long.
  private let config = DualPhaseConfig.paper.with {
    ($0.minimumGain, $0.drafts, $0.failureGate) = (0.05, 2, 0.1)
    $0.originalCompetes = true
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func theLimitHoldsToTheCallAndOnlyEndsTheSearch(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = SentenceWorld.drawn(seed: seed, failsOneIn: seed % 2 * 11)
    let free = try await world.search(config)
    for _ in 0..<5 {
      let limit = 40 + random.index(below: free.targetCalls)
      let outcome = try await world.search(config, limit: limit)
      #expect(outcome.targetCalls <= limit)
      #expect(outcome.trials == Array(free.trials.prefix(outcome.trials.count)))
      // It ends early only where a whole evaluation more would have been too much.
      if outcome.ending == .budget {
        #expect(outcome.targetCalls + world.thresholds.count > limit)
      } else {
        #expect(outcome == free)
      }
    }
    #expect(try await world.search(config, limit: free.targetCalls + 40) == free)
  }

  @Test(arguments: 0..<3 as Range<UInt64>)
  func aSearchThatWasKilledAtAnyCallIsRepeatedWithoutAskingAgain(seed: UInt64) async throws {
    let world = SentenceWorld.drawn(seed: seed, failsOneIn: seed * 9)
    let whole = try await world.search(config)
    for calls in stride(from: 0, to: whole.targetCalls, by: seed == 0 ? 1 : 17) {
      let store = ScoreStore(world, calls: calls)
      await #expect(throws: ScoreStore.CutOff.self) {
        try await dualPhase(
          store.problem, meter: ScoreMeter(store.problem, limit: nil), config: self.config)
      }
      #expect(store.asked == calls)
      store.mend()
      let again = try await dualPhase(
        store.problem, meter: ScoreMeter(store.problem, limit: nil), config: config)
      #expect(again == whole)
      #expect(store.asked == whole.targetCalls)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func tracesAddUp(seed: UInt64) async throws {
    let world = SentenceWorld.drawn(seed: seed, failsOneIn: seed % 2 * 11)
    let outcome = try await world.search(config)
    let accepted = outcome.trials.filter { $0.verdict == .accepted }
    #expect(accepted.count == outcome.steps && outcome.steps <= config.steps)
    #expect(outcome.prompt == accepted.last?.prompt ?? outcome.initialPrompt)
    #expect(outcome.final == accepted.last?.validationScore ?? outcome.initial)
    #expect(outcome.generatorCalls == config.drafts + outcome.trials.count)
    #expect(Set(outcome.scored.map(\.text)).count == outcome.scored.count)
    for trial in outcome.trials {
      #expect(trial.trial <= config.trialsPerStep)
      #expect(trial.probability > 0 && trial.probability <= 1)
      #expect(trial.sentences.count == trial.weights.count)
    }
    let pairs = zip(outcome.trials, outcome.trials.dropFirst()).filter { $0.0.step == $0.1.step }
    #expect(pairs.allSatisfy { ($0.part == $1.part) == ($0.verdict == .belowGate) })
  }

  @Test func aCancelledSearchStops() async throws {
    let world = SentenceWorld.drawn(seed: 1)
    let config = config
    let search = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await world.search(config)
    }
    search.cancel()
    await #expect(throws: CancellationError.self) { try await search.value }
  }
}
