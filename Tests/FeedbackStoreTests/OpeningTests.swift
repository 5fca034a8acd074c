import FeedbackStore
import Foundation
import GRDB
import Testing

@Suite struct OpeningTests {
  @Test func migratesFromEmptyAndOpensAgain() throws {
    try withTemporaryFile { file in
      let world = try World(store: FeedbackStore(at: file))
      try world.store.record([world.row(world.train, world.examples[0], score: 1)])
      let again = try FeedbackStore(at: file, create: false)
      #expect(try again.statistics().map(\.answered) == [1])
      #expect(try again.upsert(target: "renamed", fingerprint: "f1") == world.target)
    }
  }

  @Test func anEmptyFileAndAnInterruptedFirstStartAreNewStores() throws {
    try withTemporaryFile { file in
      try Data().write(to: file)
      #expect(try FeedbackStore(at: file).statistics().isEmpty)
    }
    try withTemporaryFile { file in
      let queue = try DatabaseQueue(path: file.path)
      try queue.write { database in
        try database.execute(
          sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      }
      try queue.close()
      #expect(try FeedbackStore(at: file).statistics().isEmpty)
    }
  }

  @Test func refusesAMissingFile() throws {
    try withTemporaryFile { file in
      let error = #expect(throws: StoreError.self) { try FeedbackStore(at: file, create: false) }
      #expect(error?.description == "there is no feedback store at '\(file.path)'")
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test func refusesAMissingFolder() throws {
    let file = URL(filePath: "/no/such/folder/feedback.sqlite")
    let error = #expect(throws: StoreError.self) { try FeedbackStore(at: file) }
    #expect(
      error?.description
        == "cannot open the feedback store '\(file.path)': unable to open database file")
  }

  @Test func refusesAFileThatIsNoDatabaseAndLeavesIt() throws {
    try withTemporaryFile { file in
      let text = Data(String(repeating: "text,label\n", count: 1000).utf8)
      try text.write(to: file)
      let error = #expect(throws: StoreError.self) { try FeedbackStore(at: file) }
      #expect(
        error?.description
          == "'\(file.path)' is not a feedback store: it is not an SQLite database")
      #expect(try Data(contentsOf: file) == text)
    }
  }

  @Test func refusesTheDatabaseOfAnotherProgram() throws {
    try withTemporaryFile { file in
      let queue = try DatabaseQueue(path: file.path)
      try queue.write { try $0.execute(sql: "CREATE TABLE song (title TEXT)") }
      try queue.close()
      #expect(throws: StoreError.otherProgram(path: file.path)) { try FeedbackStore(at: file) }
    }
  }

  @Test func refusesANewerSchema() throws {
    try withTemporaryFile { file in
      _ = try FeedbackStore(at: file)
      let queue = try DatabaseQueue(path: file.path)
      try queue.write { database in
        try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 of the future')")
      }
      try queue.close()
      let error = #expect(throws: StoreError.self) { try FeedbackStore(at: file) }
      #expect(
        error?.description
          == "the feedback store '\(file.path)' was written by a newer version of this program")
    }
  }

  @Test func readersAndWritersOfOneFileDoNotDisturbEachOther() async throws {
    try await withTemporaryFile { file in
      let world = try World(store: FeedbackStore(at: file))
      let reader = try FeedbackStore(at: file, create: false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for rollout in 0..<25 {
              let rows = world.examples.map {
                world.row(world.train, $0, score: 1, rollout: writer * 25 + rollout)
              }
              try world.store.record(rows)
            }
          }
        }
        group.addTask {
          for _ in 0..<50 {
            let answered = try reader.statistics().map(\.answered)
            #expect(answered.allSatisfy { $0 % world.examples.count == 0 }, "half a batch was seen")
          }
        }
        try await group.waitForAll()
      }
      #expect(try reader.statistics()[0].answered == 4 * 25 * world.examples.count)
    }
  }
}
