import FeedbackStore
import Testing

/// What a report of a run shows of its store.
@Suite struct StoreReportTests {
  private func optimum(_ original: Int64, _ chosen: Int64) -> Optimum {
    Optimum(
      originalID: original, chosenID: chosen, searchGain: 0.5, freshGain: 0.5,
      freshStandardError: 0, freshCount: 2)
  }

  @Test func changesAreOverTheFreshAnswersThatBothHave() throws {
    let world = try World()
    #expect(try world.store.scoreChanges().isEmpty)
    let better = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    try world.store.add(candidates: [world.other], of: world.other, target: world.target)
    try world.store.record(
      [optimum(world.train, better), optimum(world.other, world.other)], target: world.target)
    try world.store.record([
      world.row(world.train, world.examples[0], score: 0),
      world.row(better, world.examples[0], score: 1),
      world.row(world.train, world.examples[6], score: 0, purpose: .fresh),
      world.row(better, world.examples[6], score: 1, purpose: .fresh),
      world.row(world.train, world.examples[7], score: 0.5, purpose: .fresh),
      world.row(better, world.examples[7], score: 0.5, purpose: .fresh),
      world.row(better, world.examples[8], score: 0, purpose: .fresh),
      world.row(world.train, world.examples[8], score: nil, purpose: .fresh),
      world.row(world.other, world.examples[6], score: 1, purpose: .fresh),
    ])
    let change = try #require(try world.store.scoreChanges().first)
    #expect(try world.store.scoreChanges().count == 1, "what was kept has not changed")
    #expect(change.target == "north" && change.task == "reviews" && change.count == 2)
    #expect(change.original == 0.25 && change.chosen == 0.75)
  }

  @Test func callsAreCountedByPurpose() throws {
    let world = try World()
    #expect(try world.store.purposeCounts().isEmpty)
    try world.store.record([
      world.row(world.train, world.examples[0], score: 1),
      world.row(world.train, world.examples[1], score: 0, isAnswered: false),
      world.row(world.other, world.examples[0], score: nil),
      world.row(world.test, world.examples[9], score: 1, purpose: .evaluation),
    ])
    let counts = try world.store.purposeCounts()
    #expect(counts.map(\.purpose) == [.evaluation, .search])
    #expect(counts.map(\.answered) == [1, 2] && counts.map(\.failed) == [0, 1])
    #expect(counts.map(\.unanswered) == [0, 1] && counts.map(\.tokens) == [12, 36])
    #expect(counts.map(\.cost) == [0.25, 0.75] && counts.allSatisfy { $0.target == "north" })
  }
}
