import FeedbackStore
import Testing

/// What a policy is rewarded with must not change what the next training learns from.
@Suite struct RewardAnswerTests {
  @Test func rankingsAreTheSameBeforeAndAfter() throws {
    let world = try World()
    let candidate = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    for (prompt, score) in [(world.train, 0.25), (candidate, 0.75)] {
      try world.store.record([world.row(prompt, world.examples[0], score: score)])
    }
    let before = try world.store.rankings(target: world.target)
    #expect(before.first?.candidates.map(\.gain) == [0.5, 0])
    try world.store.record(
      [world.train, candidate].flatMap { prompt in
        world.examples[1..<4].map { world.row(prompt, $0, score: 1, purpose: .reward) }
      })
    #expect(try world.store.rankings(target: world.target) == before)
    #expect(try world.store.statistics().map(\.answered) == [8])
    // They are answers like any other: none is asked for twice.
    #expect(
      try world.store.cachedScore(
        target: world.target, prompt: candidate, example: world.examples[2], sampling: "greedy")
        == 1)
  }
}
