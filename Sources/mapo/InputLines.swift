import Foundation
import Rewriting

/// Lines of a file descriptor, a batch at a time: as many as have arrived, so that a file fills large
/// batches and a line that someone types is answered at once. Memory is bounded for any input.
struct InputLines {
  /// One line, without its line break.
  enum Line: Equatable {
    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    case text(String)
    /// The line was read and forgotten: it has more than `maximumByteCount` bytes.
    case tooLong

    /// What can be rewritten.
    var text: String? { if case .text(let text) = self { text } else { nil } }
  }

  /// The longest line that is kept, in bytes.
  static let maximumByteCount = 1 << 20
  /// What is answered to a line that is longer.
  static let refusal = Rewrite(
    keeping: "", because: "the line has more than \(maximumByteCount) bytes")
  /// A batch takes no more bytes when it has so many.
  private static let batchByteCount = 1 << 22
  /// How long more lines are waited for when there is one: who writes many writes them faster.
  private static let pauseMilliseconds: Int32 = 5

  private let descriptor: Int32
  private let batchSize: Int
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)
  /// Lines that are complete; those before `firstLeft` have been given out.
  private var arrived: [Line] = []
  private var firstLeft = 0
  private var arrivedByteCount = 0
  /// The beginning of the next line; of one that is too long, a little more than may be kept.
  private var partial: [UInt8] = []
  private var hasEnded = false

  /// - Parameter batchSize: The most lines of a batch.
  init(descriptor: Int32 = STDIN_FILENO, batchSize: Int) {
    self.descriptor = descriptor
    self.batchSize = batchSize
  }

  /// The next lines: waits for the first, then takes what comes without a pause.
  ///
  /// - Returns: No lines at the end of the input.
  mutating func nextBatch() throws(StreamError) -> [Line] {
    while !hasEnded && arrived.count - firstLeft < batchSize
      && arrivedByteCount < Self.batchByteCount
      && (firstLeft == arrived.count || hasMore(within: Self.pauseMilliseconds))
    {
      try read()
    }
    let batch = Array(arrived[firstLeft...].prefix(batchSize))
    firstLeft += batch.count
    // Not each time: what is left would be moved for every batch.
    if firstLeft * 2 >= arrived.count {
      arrived.removeFirst(firstLeft)
      firstLeft = 0
    }
    if arrived.isEmpty { arrivedByteCount = 0 }
    return batch
  }

  /// Whether reading would not wait.
  private func hasMore(within milliseconds: Int32) -> Bool {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, milliseconds) > 0
  }

  /// Reads what is there and cuts it into lines.
  private mutating func read() throws(StreamError) {
    let count = Foundation.read(descriptor, &chunk, chunk.count)
    guard count >= 0 else {
      switch errno {
      case EINTR: return
      case EAGAIN: _ = hasMore(within: -1)
      default: throw .unreadable(errno)
      }
      return
    }
    var rest = chunk[..<count]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      append(rest[..<end])
      endLine()
      rest = rest[(end + 1)...]
    }
    append(rest)
    if count == 0 {
      hasEnded = true
      if !partial.isEmpty { endLine() }
    }
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) {
    partial += bytes.prefix(max(0, Self.maximumByteCount + 1 - partial.count))
  }

  private mutating func endLine() {
    arrivedByteCount += partial.count
    if partial.count > Self.maximumByteCount {
      arrived.append(.tooLong)
    } else {
      if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
      arrived.append(.text(String(decoding: partial, as: UTF8.self)))
    }
    partial.removeAll(keepingCapacity: true)
  }
}
