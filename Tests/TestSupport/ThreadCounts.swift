import Foundation
import Tensors

/// The number of threads belongs to the process, and tests run side by side.
private let threadCountLock = NSRecursiveLock()

/// Runs `body` with so many compute threads; who asks for another number waits.
public func withComputeThreads<Result>(
  _ count: Int, _ body: () throws -> Result
) rethrows -> Result {
  threadCountLock.lock()
  let before = ComputeThreads.count
  ComputeThreads.count = count
  defer {
    ComputeThreads.count = before
    threadCountLock.unlock()
  }
  return try body()
}
