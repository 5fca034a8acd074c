import Foundation
import Logging
import NeuralNetworks
import Pipeline
import Testing

@Suite struct TrainingLoopTests {
  /// Adds one to a number in each step.
  private final class Counter: Resumable {
    var progress = 0
    var numbers: [Float] = [0]

    func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
      try numbers.withUnsafeMutableBufferPointer { try body([NamedNumbers("numbers", $0)]) }
    }

    func step() {
      progress += 1
      numbers[0] += 1
    }
  }

  private typealias Loop = TrainingLoop<Counter, [Int]>

  private struct Outage: Error {}

  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("loop-\(UUID().uuidString)")

  private func loop(_ counter: Counter, checkpointSeconds: Double = 0) -> Loop {
    let observer = RunObserver(
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: { _ in })
    return Loop(
      MetricSource(.base, nil), counter, stateIn: folder, identity: "a",
      checkpointSeconds: checkpointSeconds, observer: observer)
  }

  private func savedProgress() throws -> String? {
    try Safetensors(contentsOf: folder.appendingPathComponent("checkpoint.safetensors"))
      .metadata["progress"]
  }

  /// What a step throws ends the loop with the state before it saved: the same step comes next.
  @Test func aStepThatThrowsIsDoneAgain() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = Counter()
    await #expect(throws: Outage.self) {
      _ = try await loop(first, checkpointSeconds: 1000).run(6, notes: []) { index, notes in
        notes.append(index)
        first.progress += 100  // a cursor moves before the step fails
        if index == 4 { throw Outage() }
        first.progress -= 100
        first.step()
        return .taken
      }
    }
    let second = Counter()
    let notes = try await loop(second).run(6, notes: [-1]) { index, notes in
      notes.append(index)
      second.step()
      return .taken
    }
    #expect(notes == [0, 1, 2, 3, 4, 5])
    #expect(second.progress == 6 && second.numbers == [6])
  }

  /// Single steps that are not finite are passed over; several in a row end the training with a
  /// sentence, and the state before them stays.
  @Test(arguments: [0.0, 1000])
  func aLostTrainingIsGivenUp(checkpointSeconds: Double) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let counter = Counter()
    await #expect(throws: RunError.lost("base", skipped: Loop.longestSkip, lastGood: 7)) {
      _ = try await loop(counter, checkpointSeconds: checkpointSeconds).run(100, notes: []) {
        index, _ in
        if index == 3 || index >= 7 { return .skipped }
        counter.step()
        return .taken
      }
    }
    #expect(counter.progress == 6)
    #expect(try savedProgress() == "6")
    #expect(
      RunError.lost("base", skipped: 5, lastGood: 7).description
        == "base: 5 steps in a row had a loss or gradient that is not finite, so it is given up; "
        + "the last saved state, of step 7 or before, is kept; a lower learning rate helps")
  }

  @Test func trainingMayEndEarly() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let counter = Counter()
    let notes = try await loop(counter).run(10, notes: []) { index, notes in
      guard index < 3 else { return .finished }
      notes.append(index)
      counter.step()
      return .taken
    }
    #expect(notes == [0, 1, 2] && counter.progress == 3)
  }

  /// Cancelled before a step, the state is saved although no save was due.
  @Test func aCancelledTrainingIsSaved() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let task = Task { [self] in
      let counter = Counter()
      _ = try await loop(counter, checkpointSeconds: 1000).run(1_000_000, notes: []) { index, _ in
        counter.step()
        if index == 9 { withUnsafeCurrentTask { $0?.cancel() } }
        return .taken
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try savedProgress() == "10")
  }
}
