import FeedbackStore
import Foundation
import GRDB
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

  /// What a study asked for first is kept under its purpose, and is as good as a fresh answer.
  @Test func answersOfAStudyCountAsFreshOnes() throws {
    let world = try World()
    let better = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    try world.store.record([optimum(world.train, better)], target: world.target)
    try world.store.record([
      world.row(world.train, world.examples[5], score: 0, purpose: .search),
      world.row(better, world.examples[5], score: 1, purpose: .evaluation),
      world.row(world.train, world.examples[6], score: 0, purpose: .evaluation),
      world.row(better, world.examples[6], score: 0.5, purpose: .fresh),
      world.row(world.train, world.examples[7], score: 1, purpose: .fresh),
      world.row(better, world.examples[7], score: 1, purpose: .fresh),
    ])
    let change = try #require(try world.store.scoreChanges().first)
    #expect(change.count == 2 && change.original == 0.5 && change.chosen == 0.75)
  }

  // MARK: Opening for reading

  @Test func readingLeavesTheFolderAsItWas() throws {
    try withTemporaryFile { file in
      do {
        let world = try World(store: FeedbackStore(at: file))
        try world.store.record([world.row(world.train, world.examples[0], score: 1)])
      }
      let before = try Data(contentsOf: file)
      let store = try FeedbackStore(reading: file)
      #expect(try store.purposeCounts().map(\.answered) == [1])
      #expect(throws: StoreError.self) { try store.upsert(target: "new", fingerprint: "f2") }
      #expect(try Data(contentsOf: file) == before)
      let folder = file.deletingLastPathComponent()
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names == ["feedback.sqlite"])
    }
  }

  @Test func readingSeesWhatAnOpenStoreHasWritten() throws {
    try withTemporaryFile { file in
      let world = try World(store: FeedbackStore(at: file))
      try world.store.record([world.row(world.train, world.examples[0], score: 1)])
      #expect(try FeedbackStore(reading: file).purposeCounts().map(\.answered) == [1])
    }
  }

  /// A view in the place of a table may compute for ever.
  @Test(arguments: [
    "ALTER TABLE promptTotal RENAME TO other; CREATE VIEW promptTotal AS SELECT * FROM other",
    "DROP VIEW ranking; CREATE VIEW ranking AS SELECT * FROM comparison", "DROP TABLE spending",
    "CREATE TRIGGER extra AFTER INSERT ON task BEGIN DELETE FROM task; END",
  ])
  func otherTablesAreNotRead(change: String) throws {
    try withTemporaryFile { file in
      _ = try FeedbackStore(at: file)
      let queue = try DatabaseQueue(path: file.path)
      try queue.write { try $0.execute(sql: change) }
      try queue.close()
      let error = #expect(throws: StoreError.self) { try FeedbackStore(reading: file) }
      #expect(error?.description.hasSuffix("are not those of this version of the program") == true)
    }
  }

  @Test func whatIsNoRegularFileIsRefusedAtOnce() throws {
    try withTemporaryFile { file in
      try #require(mkfifo(file.path, 0o600) == 0)
      let refused = StoreError.cannotOpen(path: file.path, reason: "it is not a regular file")
      #expect(throws: refused) { try FeedbackStore(reading: file) }
      #expect(throws: refused) { try FeedbackStore(at: file) }
      let folder = file.deletingLastPathComponent()
      #expect(throws: StoreError.self) { try FeedbackStore(reading: folder) }
    }
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
