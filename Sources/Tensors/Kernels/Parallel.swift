import Dispatch
import Foundation
import Synchronization

/// How many threads the kernels use: one for each active processor, unless a program sets another
/// number before its first operation.
public enum ComputeThreads {
  private static let setting = Atomic<Int>(ProcessInfo.processInfo.activeProcessorCount)

  /// The number of threads, at least one. Results do not depend on it beyond rounding.
  public static var count: Int {
    get { setting.load(ordering: .relaxed) }
    set { setting.store(max(1, newValue), ordering: .relaxed) }
  }
}

/// Calls `body` with ranges that together cover `0..<count`, on several threads where each range
/// holds at least `grain` items.
///
/// Safety: the compiler cannot see that the ranges are disjoint, so `body` is passed to the other
/// threads unchecked. Every caller writes only to the items of its range, and this function
/// returns after the last thread is done.
func inParallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let pieces = min(ComputeThreads.count, count / max(1, grain))
  guard pieces > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  withoutActuallyEscaping(body) { escaping in
    nonisolated(unsafe) let work = escaping
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      work(count * piece / pieces..<count * (piece + 1) / pieces)
    }
  }
}

extension Tensor {
  /// Rows of `width` numbers that are worth a thread of their own.
  static func rowGrain(_ width: Int) -> Int { max(1, (1 << 14) / max(1, width)) }
}
