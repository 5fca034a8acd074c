import PromptSearch
import TestSupport
import Testing

@Suite struct RacingTests {
  private let schedule = [RaceStage(examples: 8, keep: 4), RaceStage(examples: 16, keep: 1)]

  /// Candidates that are right on a given share of the examples.
  private func evaluate(
    _ qualities: [Double], _ candidates: [Int], _ examples: Range<Int>
  ) -> [[Double]] {
    candidates.map { candidate in
      examples.map { example in
        var random = SeededGenerator(seed: UInt64(example * 101 + candidate))
        return Double.random(in: 0..<1, using: &random) < qualities[candidate] ? 1 : 0
      }
    }
  }

  @Test func theBestWins() async {
    var qualities = Array(repeating: 0.3, count: 12)
    qualities[7] = 1
    let result = await race(
      candidates: qualities.indices.map { "prompt \($0)" }, schedule: schedule
    ) {
      evaluate(qualities, $0, $1)
    }
    #expect(result.winner == 7)
    #expect(result.scores[7] == Array(repeating: 1, count: 24))
    #expect(result.survivors.count == 5 && result.survivors.contains(0))
    #expect(result.scores.count { $0.count == 24 } == 5)
    #expect(result.scores.count { $0.count == 8 } == 7)
    #expect(result.moments(of: 7).mean == 1)
  }

  @Test func theOriginalStaysWhereNothingBeatsIt() async {
    let qualities = [1.0, 0.5, 0.5, 1.0]
    let result = await race(candidates: ["a long original", "b", "c", "d"], schedule: schedule) {
      evaluate(qualities, $0, $1)
    }
    #expect(result.winner == 0)
    #expect(result.survivors.contains(0))
  }

  @Test func theOriginalIsNeverDropped() async {
    let result = await race(
      candidates: ["a", "b", "c"], schedule: [RaceStage(examples: 4, keep: 1)]
    ) {
      evaluate([0, 1, 0.9], $0, $1)
    }
    #expect(result.winner == 1)
    #expect(result.scores[0].count == 4)
  }

  @Test func tiesGoToTheShorter() async {
    let result = await race(
      candidates: ["original", "quite long", "short"], schedule: [RaceStage(examples: 10, keep: 2)]
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

  @Test func oneStandardErrorDecides() {
    #expect(isBetter([1, 1, 1, 1], than: [0, 1, 0, 1]))
    #expect(!isBetter([1, 1, 0, 1], than: [1, 1, 0, 1]))
    #expect(!isBetter([1, 0, 1, 0], than: [0, 1, 0, 1]))
    #expect(!isBetter([1], than: [0]))
    #expect(isBetter([1, 1], than: [0, 0]))
    // A lead on one example is one standard error, for any count.
    for count in 2...40 {
      let zeros = Array(repeating: 0.0, count: count)
      #expect(!isBetter([1] + zeros.dropFirst(), than: zeros))
    }
  }

  @Test func errorsPass() async {
    struct Broken: Error {}
    await #expect(throws: Broken.self) {
      try await race(candidates: ["a", "b"], schedule: schedule) { _, _ in throw Broken() }
    }
  }
}
