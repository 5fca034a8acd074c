import CPlatform
import Foundation
import Synchronization

/// Memory of a tensor, of fixed size: aligned, and given back to the pool when the last user lets go;
/// or a part of a file.
final class Buffer {
  let pointer: UnsafeMutablePointer<Float>
  private let owner: Owner

  private enum Owner {
    case pool(sizeClass: Int)
    case file(FileMapping)
  }

  /// Memory for at least `count` numbers, with any content.
  ///
  /// - Parameter isScratch: Whether every thread may want one at the same moment.
  init(count: Int, isScratch: Bool = false) {
    let sizeClass = BufferPool.sizeClass(count)
    owner = .pool(sizeClass: sizeClass)
    pointer = BufferPool.take(sizeClass, isScratch: isScratch)
    open_memory(pointer, count * MemoryLayout<Float>.stride)
    #if DEBUG
      pointer.initialize(repeating: .nan, count: count)
    #endif
  }

  /// The `count` numbers of a file that begin at a byte.
  ///
  /// - Precondition: They are within the file, at a multiple of their alignment.
  init(_ file: FileMapping, byteOffset: Int, count: Int) {
    let size = MemoryLayout<Float>.stride
    precondition(
      byteOffset >= 0 && byteOffset % size == 0 && byteOffset + count * size <= file.count,
      "buffer: \(count) numbers at byte \(byteOffset) of \(file.count)")
    owner = .file(file)
    pointer = (file.start + byteOffset).bindMemory(to: Float.self, capacity: count)
  }

  deinit {
    if case .pool(let sizeClass) = owner { BufferPool.giveBack(pointer, sizeClass) }
  }
}

/// Memory for the duration of one call, with any content.
///
/// A pointer alone does not keep its buffer: this does.
func withScratch<Result>(
  count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
) rethrows -> Result {
  let buffer = Buffer(count: count, isScratch: true)
  return try withExtendedLifetime(buffer) { try body(buffer.pointer) }
}

/// Keeps freed buffers for the next tensor of the same size, so that a training step that has run
/// once takes its memory from here instead of from the system.
public enum BufferPool {
  /// Addresses of free buffers by size class. Addresses, because pointers are not `Sendable`:
  /// each address is in the pool or with exactly one `Buffer`, never both.
  private static let free = Mutex<[Int: [UInt]]>([:])
  private static let misses = Atomic<Int>(0)

  /// How often memory was taken from the system since the program began: a training step that has
  /// run before leaves it as it was.
  public static var missCount: Int { misses.load(ordering: .relaxed) }

  /// Gives all free buffers back to the system.
  public static func trim() {
    free.withLock { lists in
      mutex_was_locked()
      defer { mutex_will_be_unlocked() }
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

  /// Memory that is closed.
  static func take(_ sizeClass: Int, isScratch: Bool) -> UnsafeMutablePointer<Float> {
    let address = free.withLock { lists in
      mutex_was_locked()
      defer { mutex_will_be_unlocked() }
      return lists[sizeClass]?.popLast()
    }
    if let address, let raw = UnsafeMutableRawPointer(bitPattern: address) {
      return raw.assumingMemoryBound(to: Float.self)
    }
    // Which threads work at the same moment is chance: the first miss provides for all of them.
    let isShared = isScratch && sizeClass <= largestShared
    if isShared { for _ in 1..<ComputeThreads.count { giveBack(allocate(sizeClass), sizeClass) } }
    return allocate(sizeClass)
  }

  private static func allocate(_ sizeClass: Int) -> UnsafeMutablePointer<Float> {
    misses.add(1, ordering: .relaxed)
    let bytes = sizeClass * MemoryLayout<Float>.stride
    let isLarge = bytes >= largePage
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, isLarge ? largePage : 64, bytes)
    guard status == 0, let raw else {
      preconditionFailure("out of memory: \(sizeClass) numbers for a tensor")
    }
    #if os(Linux)
      // Fewer, larger pages: less time in page faults and address translation.
      if isLarge { madvise(raw, bytes, MADV_HUGEPAGE) }
    #endif
    close_memory(raw, bytes)
    return raw.bindMemory(to: Float.self, capacity: sizeClass)
  }

  /// 2 MiB, the second page size of x86-64 and arm64.
  private static let largePage = 1 << 21
  /// Numbers of the largest scratch that each thread gets one of.
  private static let largestShared = 1 << 20

  static func giveBack(_ pointer: UnsafeMutablePointer<Float>, _ sizeClass: Int) {
    close_memory(pointer, sizeClass * MemoryLayout<Float>.stride)
    let address = UInt(bitPattern: pointer)
    free.withLock { lists in
      mutex_was_locked()
      defer { mutex_will_be_unlocked() }
      lists[sizeClass, default: []].append(address)
    }
  }
}
