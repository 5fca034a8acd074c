import FeedbackStore
import Testing

/// What is known of calls that were made: what generators wrote, how long targets took, why calls
/// failed.
@Suite struct CallTests {
  private func generation(
    _ world: World, _ output: String, generator: String = "g1", request: String = "Reword it.",
    draw: Int = 0
  ) -> GenerationRow {
    GenerationRow(
      generator: generator, promptID: world.train, request: request, draw: draw, output: output)
  }

  @Test func aGenerationIsKeptAsItWasFirstWritten() throws {
    let world = try World()
    let rows = [
      generation(world, "Mood?"), generation(world, "Mood: ?", draw: 1),
      generation(world, "Tone?", request: "Shorten it."),
      generation(world, "Good?", generator: "g2"), generation(world, "changed"),
    ]
    for row in rows { try world.store.record(row, settling: []) }
    for row in rows.dropLast() {
      let output = try world.store.cachedGeneration(
        generator: row.generator, prompt: row.promptID, request: row.request, draw: row.draw)
      #expect(output == row.output)
    }
    let other = try world.store.cachedGeneration(
      generator: "g1", prompt: world.other, request: "Reword it.", draw: 0)
    #expect(other == nil)
    let counts = try ["g1", "g2", "g3"].map { try world.store.storedGenerations(generator: $0) }
    #expect(counts == [3, 1, 0])
  }

  @Test func aFailedRequestIsPaidForAndLeavesNoGeneration() throws {
    let world = try World()
    let run = try world.store.upsert(run: "r", seed: 1, configHash: "c", startedAt: .now)
    let call = try world.store.reserve(Spending(calls: 1, tokens: 50), run: run, party: .generator)
    let spent = Settlement(reservation: call, spent: Spending(calls: 2, tokens: 9))
    try world.store.record(nil, settling: [spent])
    #expect(try world.store.storedGenerations(generator: "g1") == 0)
    #expect(try world.store.dailySpending().map(\.spending) == [Spending(calls: 2, tokens: 9)])
    #expect(throws: StoreError.notReserved(id: call)) {
      try world.store.record(generation(world, "Mood?"), settling: [spent])
    }
    #expect(try world.store.storedGenerations(generator: "g1") == 0, "both or none")
  }

  @Test func measuredCallsAreMeansOverAnswers() throws {
    let world = try World()
    #expect(try world.store.measuredCalls(fingerprint: "f1") == nil)
    try world.store.record([world.row(world.train, world.examples[0], score: nil)])
    #expect(try world.store.measuredCalls(fingerprint: "f1") == nil, "no answer, but a failure")
    try world.store.record([
      world.row(world.train, world.examples[1], score: 1),
      world.row(world.other, world.examples[1], score: 0),
      world.row(world.train, world.examples[6], score: 1, purpose: .fresh),
    ])
    let calls = try #require(try world.store.measuredCalls(fingerprint: "f1"))
    #expect(calls.answered == [.search: 2, .fresh: 1] && calls.count == 3)
    #expect(calls.outputTokens == 2 && calls.seconds == 0.5)
    #expect(try world.store.measuredCalls(fingerprint: "f2") == nil)
  }

  @Test func rareReasonsOfFailuresAreOneEntry() throws {
    let world = try World()
    let reasons = ["b", "a", "a", "c", "d", "d"]
    try world.store.record(
      reasons.enumerated().map { index, reason in
        FeedbackRow(
          targetID: world.target, promptID: world.train, exampleID: world.examples[index],
          sampling: "greedy", purpose: .search, outcome: .failed(reason: reason))
      })
    let few = try world.store.failures(reasonsPerTarget: 2)
    #expect(few.map(\.reason) == ["a", "d", "other reasons"] && few.map(\.count) == [2, 2, 2])
    let all = try world.store.failures()
    #expect(all.map(\.reason) == ["a", "d", "b", "c"] && all.allSatisfy { $0.target == "north" })
  }

  @Test func aDifferenceOnASingleAnswerIsATie() throws {
    let world = try World()
    let better = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    for (index, share) in [1.0, 0].enumerated() {
      try world.store.record([
        world.row(world.train, world.examples[index], score: 0),
        world.row(better, world.examples[index], score: 1),
      ])
      #expect(try world.store.statistics().map(\.tiedShare) == [share])
    }
  }

  /// Comparisons read search answers only, but a failed search call may be answered by a later one
  /// that was made for something else.
  @Test func rankingsFollowWhatWasFirstAskedForTheSearch() throws {
    let world = try World()
    let better = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    let gains = { try world.store.rankings(target: world.target).first?.candidates.map(\.gain) }
    try world.store.record([
      world.row(world.train, world.examples[0], score: 0),
      world.row(better, world.examples[0], score: nil),
    ])
    #expect(try gains() == [0])
    try world.store.record([
      world.row(better, world.examples[0], score: 1, purpose: .evaluation)
    ])
    #expect(try gains() == [1, 0])
    try world.store.record([world.row(better, world.examples[6], score: 0, purpose: .fresh)])
    #expect(try gains() == [1, 0])
  }
}
