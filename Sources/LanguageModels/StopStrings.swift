/// Which stop string ended a sequence, and where.
public struct StopMatch: Sendable, Equatable {
  /// The stop string.
  public let text: String
  /// How many bytes of new text are before it.
  public let byteOffset: Int
}

/// Watches a growing text for the first of some strings.
///
/// Bytes are compared, not characters: a string may begin and end within tokens, and tokens may
/// begin and end within characters.
struct StopStringWatcher {
  private let strings: [(text: String, bytes: [UInt8])]
  private var bytes: [UInt8] = []

  /// - Precondition: No string is empty.
  init(_ strings: [String]) {
    precondition(!strings.contains(""), "generate: a stop string is empty")
    // Where two are completed by the same byte, the longer one began first.
    self.strings = strings.map { ($0, Array($0.utf8)) }
      .sorted { $0.bytes.count > $1.bytes.count }
  }

  /// Appends the bytes of one token; the string that they complete first, if any.
  mutating func append(_ new: [UInt8]) -> StopMatch? {
    for byte in strings.isEmpty ? [] : new {
      bytes.append(byte)
      for (text, pattern) in strings where bytes.suffix(pattern.count) == pattern[...] {
        return StopMatch(text: text, byteOffset: bytes.count - pattern.count)
      }
    }
    return nil
  }
}
