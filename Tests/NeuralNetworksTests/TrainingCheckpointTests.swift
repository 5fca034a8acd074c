import Foundation
import NeuralNetworks
import Testing

@Suite struct TrainingCheckpointTests {
  /// A few numbers that are trained by hand.
  private final class Counter: Resumable {
    var progress: Int
    var numbers: [Float]

    init(_ progress: Int, _ numbers: [Float]) {
      (self.progress, self.numbers) = (progress, numbers)
    }

    func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
      try numbers.withUnsafeMutableBufferPointer { try body([NamedNumbers("numbers", $0)]) }
    }
  }

  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("checkpoint-\(UUID().uuidString)")
  private var checkpoint: TrainingCheckpoint { TrainingCheckpoint(in: folder) }
  private var current: URL { folder.appendingPathComponent("checkpoint.safetensors") }
  private var previous: URL { folder.appendingPathComponent("previous.safetensors") }

  /// Reads into a counter of three numbers.
  private func read(identity: String = "a") throws -> (Counter, String?) {
    let counter = Counter(0, [0, 0, 0])
    let notes = try checkpoint.read(String.self, into: counter, identity: identity)
    return (counter, notes)
  }

  @Test func theNewestIsReadAndTheOneBeforeIsKept() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try read().1 == nil)
    try checkpoint.write(Counter(1, [1, -0, .nan]), notes: "first", identity: "a")
    try checkpoint.write(Counter(2, [4, 5, .infinity]), notes: "second", identity: "a")
    let (counter, notes) = try read()
    #expect(notes == "second" && counter.progress == 2 && counter.numbers == [4, 5, .infinity])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.sorted() == ["checkpoint.safetensors", "previous.safetensors"])

    // Killed between two renames, or a file that the disk spoilt: the one before.
    let whole = try Data(contentsOf: current)
    try whole.prefix(whole.count / 2).write(to: current)
    let (older, olderNotes) = try read()
    #expect(olderNotes == "first" && older.progress == 1)
    #expect(older.numbers.map(\.bitPattern) == [1, -0, Float.nan].map(\.bitPattern))
    // The spoilt file is out of the way: the next save must not put it in the place of the whole one.
    #expect(!FileManager.default.fileExists(atPath: current.path))
    #expect(try read().1 == "first")
    try checkpoint.remove()
    try checkpoint.remove()
    #expect(try read().1 == nil)
  }

  @Test func whatDoesNotBelongIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try checkpoint.write(Counter(1, [1, 2, 3]), notes: "first", identity: "a")
    #expect(
      throws: CheckpointError.unreadable(
        file: current.path,
        reason: "it belongs to other settings, other data or another version of the program; "
          + "without it the stage begins anew")
    ) { try read(identity: "b") }
    #expect(
      throws: CheckpointError.unreadable(
        file: current.path,
        reason: "tensor 'numbers' has shape [3]; the model expects [2]")
    ) { try checkpoint.read(String.self, into: Counter(0, [0, 0]), identity: "a") }
    #expect(
      throws: CheckpointError.unreadable(file: current.path, reason: "its notes are damaged")
    ) { try checkpoint.read(Int.self, into: Counter(0, [0, 0, 0]), identity: "a") }
  }

  /// A checkpoint that cannot be written leaves those that are there.
  @Test func aFailedWriteLosesNothing() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try checkpoint.write(Counter(1, [1, 2, 3]), notes: "first", identity: "a")
    let blocked = folder.appendingPathComponent("next.safetensors.partial")
    try FileManager.default.createDirectory(at: blocked, withIntermediateDirectories: false)
    #expect(throws: CheckpointError.self) {
      try checkpoint.write(Counter(2, [4, 5, 6]), notes: "second", identity: "a")
    }
    #expect(try read().1 == "first")
  }
}
