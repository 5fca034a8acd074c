import PromptSearch
import TestSupport
import Testing

@Suite struct RaceFailureTests {
  private let config = SearchConfig(
    callsPerOriginal: 400, firstExamples: 8, reduction: 2, dropConfidence: 0.9, finalists: 2)

  @Test func aFailedExampleDoesNotCount() async {
    // The original fails where it would be right, the other never: on the examples that both have
    // they are equal.
    let result = await race(candidates: ["original", "o"], examples: 40, config: config) {
      candidates, examples in
      candidates.map { candidate in
        examples.map { candidate == 0 && $0.isMultiple(of: 2) ? nil : $0.isMultiple(of: 2) ? 1 : 0 }
      }
    }
    #expect(result.gain(of: 1, over: 0).count == 20)
    #expect(result.gain(of: 1, over: 0).mean == 0)
    #expect(result.winner == 0)
    #expect(result.departures.isEmpty)
  }

  @Test func failuresHereAndThereThrowNobodyOut() async {
    var qualities = Array(repeating: 0.4, count: 10)
    qualities[3] = 0.95
    let world = RaceWorld(seed: 5, qualities: qualities, failures: 0.1)
    let result = await world.race(config, examples: 40)
    #expect(result.winner == 3)
    #expect(!result.departures.values.contains { if case .unscored = $0 { true } else { false } })
    #expect(result.scores[3].contains(nil))
  }

  @Test func whoeverCannotBeScoredLeaves() async {
    let world = RaceWorld(seed: 6, qualities: [0.2, 0.9, 1, 0.5])
    let result = await race(candidates: world.prompts, examples: 40, config: config) {
      candidates, examples in
      zip(candidates, world.scores(candidates, examples)).map { candidate, row in
        candidate == 2 ? row.enumerated().map { $0 < 3 ? $1 : nil } : row
      }
    }
    #expect(result.departures[2] == .unscored(round: 1))
    #expect(result.winner == 1)
    #expect(result.scores[2].compactMap(\.self).count == 3)
  }

  @Test func anOriginalThatCannotBeScoredEndsTheRace() async {
    let result = await race(candidates: ["original", "b"], examples: 40, config: config) {
      candidates, examples in
      candidates.map { candidate in examples.map { _ in candidate == 0 ? nil : 1 } }
    }
    #expect(result.winner == 0)
    #expect(result.rounds.count == 1)
    #expect(result.departures[0] == .unscored(round: 1))
  }

  @Test func oneStandardErrorDecides() {
    #expect(isBetter([1, 1, 1, 1], than: [0, 1, 0, 1]))
    #expect(!isBetter([1, 1, 0, 1], than: [1, 1, 0, 1]))
    #expect(!isBetter([1, 0, 1, 0], than: [0, 1, 0, 1]))
    #expect(!isBetter([1], than: [0]))
    #expect(isBetter([1, 1], than: [0, 0]))
    #expect(isBetter([1, nil, 1, 1], than: [0, 1, nil, 0]))
    #expect(!isBetter([1, nil, 1, 0], than: [0, 1, nil, 1]))
    #expect(!isBetter([nil, 1], than: [1, nil]))
    // A lead on one example is one standard error, for any count.
    for count in 2...40 {
      let zeros = Array(repeating: 0.0, count: count)
      #expect(!isBetter([1] + zeros.dropFirst(), than: zeros))
    }
  }
}
