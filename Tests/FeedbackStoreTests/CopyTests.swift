import FeedbackStore
import Foundation
import Testing

@Suite struct CopyTests {
  /// The copy holds what is written, journal and all, and goes its own way.
  @Test func aStoreInUseIsCopiedWhole() throws {
    try withTemporaryFile { file in
      let world = try World(store: FeedbackStore(at: file))
      try world.store.record([world.row(world.train, world.examples[0], score: 1)])
      let place = file.appendingPathExtension("copy")
      defer { try? FileManager.default.removeItem(at: place) }
      try FeedbackStore.copy(file, to: place)
      #expect(!FileManager.default.fileExists(atPath: place.path + "-wal"))
      let copy = try FeedbackStore(at: place, create: false)
      #expect(try copy.statistics().map(\.answered) == [1])
      try world.store.record([world.row(world.train, world.examples[1], score: 1)])
      #expect(try copy.statistics().map(\.answered) == [1])
      #expect(try world.store.statistics().map(\.answered) == [2])
    }
  }

  @Test func whatIsNoStoreIsNotCopied() throws {
    try withTemporaryFile { file in
      let place = file.appendingPathExtension("copy")
      #expect(throws: StoreError.missing(path: file.path)) {
        try FeedbackStore.copy(file, to: place)
      }
      try Data(String(repeating: "text,label\n", count: 1000).utf8).write(to: file)
      #expect(throws: StoreError.notADatabase(path: file.path)) {
        try FeedbackStore.copy(file, to: place)
      }
      #expect(!FileManager.default.fileExists(atPath: place.path))
    }
  }
}
