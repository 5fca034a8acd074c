import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that wait for work by spinning for a moment, then sleeping.
///
/// A training step has hundreds of parallel regions of a few hundred microseconds. Threads that go to
/// sleep between them wake up too late for half of the next one.
///
/// A job is a number of pieces. Whoever is free takes the next piece, the calling thread as well: a
/// worker that the system does not run in time delays nobody. The pieces are the same whoever runs
/// them, so results do not depend on it.
package final class WorkerPool: Sendable {
  package static let shared = WorkerPool()

  /// Number of the job (32 bits), its pieces (16 bits), and the next piece to take (16 bits), in one
  /// word: a thread that takes a piece knows which job it belongs to. The job cannot end before a
  /// piece that was taken is done.
  private let ticket = Atomic<UInt64>(0)
  private let finishedPieces = Atomic<Int>(0)
  private let isBusy = Atomic<Bool>(false)
  private let workerCount = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let alarm = DispatchSemaphore(value: 0)
  /// Safety: written before the ticket that publishes it, read after a piece of that ticket was
  /// taken, and not written again before that piece is done.
  nonisolated(unsafe) private var body: (Int) -> Void = { _ in }

  /// Rounds of waiting before a worker goes to sleep: about half a millisecond.
  private static let patience = 1 << 15
  static let maximumPieces = 0xffff

  /// Runs `work` for each of `pieces`, and returns when all are done.
  ///
  /// Where another job is running the calling thread does all pieces itself.
  package func run(_ pieces: Int, threads: Int, _ work: (Int) -> Void) {
    precondition(0 <= pieces && pieces <= Self.maximumPieces, "workers: \(pieces) pieces")
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for piece in 0..<pieces { work(piece) }
      return
    }
    while workerCount.load(ordering: .relaxed) < min(threads, pieces) - 1 { startWorker() }
    withoutActuallyEscaping(work) { escaping in
      body = escaping
      finishedPieces.store(0, ordering: .relaxed)
      let job = (ticket.load(ordering: .relaxed) >> 32) &+ 1
      ticket.store(job << 32 | UInt64(pieces) << 16, ordering: .sequentiallyConsistent)
      for _ in 1..<max(1, pieces) where takeSleeper() { alarm.signal() }
      while takePiece() {}
      var rounds = 0
      while finishedPieces.load(ordering: .acquiring) < pieces { Self.pause(&rounds) }
      body = { _ in }
    }
    isBusy.store(false, ordering: .releasing)
  }

  /// Does the next piece of the current job; false where none is left.
  private func takePiece() -> Bool {
    var current = ticket.load(ordering: .acquiring)
    while Self.hasPiece(current) {
      let (exchanged, original) = ticket.compareExchange(
        expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
      if exchanged {
        body(Int(current & 0xffff))
        finishedPieces.add(1, ordering: .acquiringAndReleasing)
        return true
      }
      current = original
    }
    return false
  }

  private static func hasPiece(_ ticket: UInt64) -> Bool { ticket & 0xffff < ticket >> 16 & 0xffff }

  private func startWorker() {
    workerCount.add(1, ordering: .relaxed)
    let thread = Thread { [self] in waitForWork() }
    thread.name = "mapo.compute"
    thread.start()
  }

  private func waitForWork() {
    var rounds = 0
    while true {
      if takePiece() {
        rounds = 0
      } else if rounds < Self.patience {
        Self.pause(&rounds)
      } else {
        sleep()
        rounds = 0
      }
    }
  }

  /// Sleeps until the next job. Whoever takes the sleeper off the count, this thread or the one that
  /// publishes a job, decides whether the alarm rings: no job is slept through.
  private func sleep() {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    if Self.hasPiece(ticket.load(ordering: .sequentiallyConsistent)), takeSleeper() { return }
    alarm.wait()
  }

  private func takeSleeper() -> Bool {
    var count = sleepers.load(ordering: .sequentiallyConsistent)
    while count > 0 {
      let (exchanged, original) = sleepers.compareExchange(
        expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
      if exchanged { return true }
      count = original
    }
    return false
  }

  /// A moment of waiting that lets others run where the machine has more threads than cores.
  private static func pause(_ rounds: inout Int) {
    rounds += 1
    if rounds % 64 == 0 { sched_yield() }
  }
}
