import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct WorkerPoolTests {
  /// How often each piece ran.
  private func runs(_ pieces: Int, threads: Int) -> [Int] {
    let runs = Counts(pieces)
    WorkerPool.shared.run(pieces, threads: threads) { runs.add(1, to: $0) }
    return runs.values
  }

  @Test(arguments: 1...8)
  func everyPieceRunsOnce(threads: Int) {
    for pieces in [0, 1, 2, 3, 7, 8, 9, 64, 1000, 65_535] {
      #expect(runs(pieces, threads: threads) == [Int](repeating: 1, count: pieces))
    }
  }

  @Test func thousandsOfTinyJobs() {
    let sum = Atomic<Int>(0)
    for job in 0..<20_000 {
      WorkerPool.shared.run(1 + job % 5, threads: 2 + job % 3) { piece in
        sum.add(piece + 1, ordering: .relaxed)
      }
    }
    // 1, 1 + 2, … for one to five pieces.
    #expect(sum.load(ordering: .relaxed) == 4000 * (1 + 3 + 6 + 10 + 15))
  }

  /// What a piece wrote is seen by the caller, without a lock of the test's own.
  @Test func writesOfPiecesAreSeen() {
    var values = [Int](repeating: 0, count: 64)
    values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let buffer = buffer
      for job in 1...2000 {
        WorkerPool.shared.run(64, threads: 4) { buffer[$0] = job * $0 }
        #expect(buffer[17] == job * 17 && buffer[63] == job * 63)
      }
    }
  }

  @Test func aJobWithinAJob() {
    let runs = Counts(60)
    for _ in 0..<200 {
      WorkerPool.shared.run(5, threads: 3) { outer in
        WorkerPool.shared.run(4, threads: 3) { middle in
          WorkerPool.shared.run(3, threads: 3) { inner in
            runs.add(1, to: outer * 12 + middle * 3 + inner)
          }
        }
      }
    }
    #expect(runs.values == [Int](repeating: 200, count: 60))
  }

  @Test func manyCallersAtOnce() async {
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<16 {
        group.addTask {
          (0..<300).allSatisfy { job in
            let pieces = (caller + job) % 9
            return runs(pieces, threads: 1 + job % 4) == [Int](repeating: 1, count: pieces)
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  /// Pauses in which the threads go to sleep.
  @Test func sleepersAreWoken() {
    for _ in 0..<20 {
      Thread.sleep(forTimeInterval: 0.01)
      #expect(runs(8, threads: 3) == [Int](repeating: 1, count: 8))
    }
  }

  @Test(arguments: 1...8)
  func rangesCoverTheCountAndHoldTheGrain(threads: Int) {
    for (count, grain) in [(0, 1), (1, 1), (5, 1), (5, 3), (1000, 7), (1000, 999), (9, 0)] {
      let lengths = Counts(count)
      withComputeThreads(threads) {
        inParallel(count, grain: grain) { lengths.add($0.count, to: $0.lowerBound) }
      }
      let values = lengths.values
      let starts = values.indices.filter { values[$0] > 0 }
      #expect(starts.count == (count == 0 ? 0 : min(threads, max(1, count / max(1, grain)))))
      let ends = starts.dropFirst() + [count]
      #expect(
        zip(starts, ends).allSatisfy { $0 + values[$0] == $1 }, "each ends where the next begins")
      #expect(values.reduce(0, +) == count)
      #expect(starts.allSatisfy { values[$0] >= min(grain, count) })
    }
  }
}

/// Numbers that several threads add to. With a lock that the thread sanitizer sees.
private final class Counts: @unchecked Sendable {
  private let lock = NSLock()
  /// Safety: with the lock only.
  private var numbers: [Int]

  init(_ count: Int) { numbers = [Int](repeating: 0, count: count) }

  var values: [Int] { lock.withLock { numbers } }

  func add(_ number: Int, to index: Int) { lock.withLock { numbers[index] += number } }
}
