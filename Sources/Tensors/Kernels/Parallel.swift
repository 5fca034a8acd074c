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
/// - Parameter share: Ranges for each thread: more than one where items differ much in length.
///
/// Every caller writes only to the items of its range. The ranges depend on the counts alone, never
/// on which thread is free.
package func inParallel(
  _ count: Int, grain: Int, share: Int = 1, _ body: (Range<Int>) -> Void
) {
  let threads = ComputeThreads.count
  let pieces =
    threads == 1 ? 1 : min(threads * share, count / max(1, grain), WorkerPool.maximumPieces)
  guard pieces > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  WorkerPool.shared.run(pieces, threads: threads) { piece in
    body(count * piece / pieces..<count * (piece + 1) / pieces)
  }
}

extension Tensor {
  /// Rows of `width` numbers that are worth a thread of their own.
  static func rowGrain(_ width: Int) -> Int { max(1, (1 << 14) / max(1, width)) }
}
