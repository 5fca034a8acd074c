import Foundation

/// Why lines cannot be read or answers not be written.
enum StreamError: Error, Equatable, CustomStringConvertible {
  /// Standard input fails; the system's number of the reason.
  case unreadable(Int32)
  /// Standard output or standard error fails.
  case unwritable(Int32)
  /// Whoever reads the answers has gone.
  case closed
  /// Lines that were too long, after all others were answered.
  case refusedLines(Int)

  /// One sentence for the person who ran the command.
  var description: String {
    switch self {
    case .unreadable(let code): "cannot read standard input: \(Self.reason(code))"
    case .unwritable(let code): "cannot write the answers: \(Self.reason(code))"
    case .closed: "nobody reads the answers any more"
    case .refusedLines(let count):
      "\(count) of the lines \(count == 1 ? "was refused: it has" : "were refused: they have") "
        + "more than \(InputLines.maximumByteCount) bytes"
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Lines for a file descriptor, written together.
struct OutputLines {
  private let descriptor: Int32
  private var bytes: [UInt8] = []

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Appends a line.
  mutating func append(_ line: String) {
    bytes += line.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Writes what was appended.
  mutating func flush() throws(StreamError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&state, 1, -1)
      } else if errno != EINTR {
        throw errno == EPIPE ? .closed : .unwritable(errno)
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
