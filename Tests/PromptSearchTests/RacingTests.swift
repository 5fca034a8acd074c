import PromptSearch
import TestSupport
import Testing

@Suite struct RacingTests {
  private let config = SearchConfig(
    callsPerOriginal: 184, firstExamples: 8, reduction: 3, dropConfidence: 0.95, finalists: 4)

  @Test func theBestWins() async {
    var qualities = Array(repeating: 0.3, count: 13)
    qualities[7] = 1
    let result = await RaceWorld(seed: 1, qualities: qualities).race(config, examples: 24)
    #expect(result.winner == 7)
    #expect(result.scores[7] == Array(repeating: 1, count: 24))
    #expect(result.rounds.map(\.examples) == [0..<8, 8..<24])
    #expect(result.rounds.map(\.candidates.count) == [13, 5])
    #expect(result.survivors == result.rounds[1].candidates)
    #expect(result.survivors.contains(0) && result.survivors.contains(7))
    #expect(result.departures.count == 8)
    #expect(result.departures.values.allSatisfy { $0 == .outranked(round: 1) })
    #expect(result.calls == 184)
    #expect(result.moments(of: 7).mean == 1)
    #expect(result.gain(of: 7, over: 0).count == 24)
  }

  @Test func theOriginalStaysWhereNothingBeatsIt() async {
    let result = await RaceWorld(seed: 2, qualities: [1, 0.5, 0.5, 1]).race(config, examples: 24)
    #expect(result.winner == 0)
    #expect(result.survivors.contains(0))
  }

  @Test func theOriginalIsNeverOutranked() async {
    let one = SearchConfig(
      callsPerOriginal: 60, firstExamples: 4, reduction: 2, dropConfidence: 0.9, finalists: 1)
    let result = await RaceWorld(seed: 3, qualities: [0, 0.4, 1, 0.9, 0.8]).race(one, examples: 40)
    #expect(result.winner == 2)
    #expect(result.survivors == [0, 2])
    #expect(result.scores[0].count == result.scores[2].count)
  }

  @Test func tiesGoToTheShorter() async {
    let result = await race(
      candidates: ["original", "quite long", "short"], examples: 10, config: config
    ) { candidates, examples in
      candidates.map { candidate in
        examples.map { example in
          // Both beat the original by far; the longer leads on one example of ten.
          candidate == 0 ? 0 : (candidate == 1 || example > 0) ? 1 : 0
        }
      }
    }
    #expect(result.winner == 2)
  }

  @Test func theOrderOfCandidatesDoesNotMatter() async {
    for seed in 1...20 as ClosedRange<UInt64> {
      let world = RaceWorld.drawn(40, deviation: 0.1, seed: seed)
      let forward = await world.race(config, examples: 50)
      var random = SeededGenerator(seed: seed)
      let order = [0] + (1..<40).shuffled(using: &random)
      let prompts = world.prompts
      let shuffled = await race(
        candidates: order.map { prompts[$0] }, examples: 50, config: wide
      ) { world.scores($0.map { order[$0] }, $1) }
      let straight = await world.race(wide, examples: 50)
      #expect(order[shuffled.winner] == straight.winner)
      #expect(Set(shuffled.survivors.map { order[$0] }) == Set(straight.survivors))
      // A budget that pays for fewer takes the first of them.
      #expect(forward.departures.values.contains(.beyondBudget))
    }
  }

  private let wide = SearchConfig(
    callsPerOriginal: 700, firstExamples: 6, reduction: 2, dropConfidence: 0.9, finalists: 3)

  @Test func errorsPass() async {
    struct Broken: Error {}
    await #expect(throws: Broken.self) {
      try await race(candidates: ["a", "b"], examples: 24, config: config) { _, _ in
        throw Broken()
      }
    }
  }

  @Test func anOriginalAloneCostsNothing() async {
    let alone = await RaceWorld(seed: 1, qualities: [0.5]).race(config, examples: 24)
    #expect(alone.winner == 0 && alone.calls == 0 && alone.survivors == [0])
    let without = await RaceWorld(seed: 1, qualities: [0.5, 1]).race(config, examples: 0)
    #expect(without.winner == 0 && without.calls == 0)
  }

  @Test func aScoreOutsideItsRangeStops() async {
    await #expect(processExitsWith: .failure) {
      let config = SearchConfig(
        callsPerOriginal: 4, firstExamples: 1, reduction: 2, dropConfidence: 0, finalists: 1)
      _ = await race(candidates: ["a", "b"], examples: 1, config: config) { _, _ in [[1], [1.5]] }
    }
  }
}
