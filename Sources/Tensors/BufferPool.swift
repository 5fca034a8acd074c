import Foundation
import Synchronization

/// Memory of a tensor: aligned, of fixed size, given back to the pool when the last user lets go.
final class Buffer {
  let pointer: UnsafeMutablePointer<Float>
  private let sizeClass: Int

  /// Memory for at least `count` numbers, with any content.
  init(count: Int) {
    sizeClass = BufferPool.sizeClass(count)
    pointer = BufferPool.take(sizeClass)
    #if DEBUG
      pointer.initialize(repeating: .nan, count: count)
    #endif
  }

  deinit { BufferPool.giveBack(pointer, sizeClass) }
}

/// Memory for the duration of one call, with any content.
///
/// A pointer alone does not keep its buffer: this does.
func withScratch<Result>(
  count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
) rethrows -> Result {
  let buffer = Buffer(count: count)
  return try withExtendedLifetime(buffer) { try body(buffer.pointer) }
}

/// Keeps freed buffers for the next tensor of the same size, so that a training step that has run
/// once takes its memory from here instead of from the system.
public enum BufferPool {
  /// Addresses of free buffers by size class. Addresses, because pointers are not `Sendable`:
  /// each address is in the pool or with exactly one `Buffer`, never both.
  private static let free = Mutex<[Int: [UInt]]>([:])

  /// Gives all free buffers back to the system.
  public static func trim() {
    free.withLock { lists in
      for address in lists.values.joined() {
        Foundation.free(UnsafeMutableRawPointer(bitPattern: address))
      }
      lists.removeAll()
    }
  }

  /// Sizes grow in steps of at most a quarter, so that tensors of nearly the same size share.
  package static func sizeClass(_ count: Int) -> Int {
    guard count > 64 else { return 64 }
    let octave = 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    let step = max(16, octave / 4)
    return (count + step - 1) / step * step
  }

  static func take(_ sizeClass: Int) -> UnsafeMutablePointer<Float> {
    let address = free.withLock { $0[sizeClass]?.popLast() }
    if let address, let raw = UnsafeMutableRawPointer(bitPattern: address) {
      return raw.assumingMemoryBound(to: Float.self)
    }
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, 64, sizeClass * MemoryLayout<Float>.stride)
    guard status == 0, let raw else {
      preconditionFailure("out of memory: \(sizeClass) numbers for a tensor")
    }
    return raw.bindMemory(to: Float.self, capacity: sizeClass)
  }

  static func giveBack(_ pointer: UnsafeMutablePointer<Float>, _ sizeClass: Int) {
    let address = UInt(bitPattern: pointer)
    free.withLock { $0[sizeClass, default: []].append(address) }
  }
}
