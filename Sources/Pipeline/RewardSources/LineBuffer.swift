/// Cuts bytes into lines, and what is longer than a line may be.
struct LineBuffer {
  private let longestLine: Int
  /// The line that is not finished yet.
  private(set) var partial: [UInt8] = []

  /// Keeps one byte more than `longestLine` of a line, by which it shows.
  init(longestLine: Int) { self.longestLine = longestLine }

  /// Whether the unfinished line is too long already.
  var isTooLong: Bool { partial.count > longestLine }

  /// The lines that `bytes` finish, without their ends.
  mutating func lines(with bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      append(rest[..<end])
      lines.append(partial)
      partial = []
      rest = rest[(end + 1)...]
    }
    append(rest)
    return lines
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) {
    partial += bytes.prefix(max(0, longestLine + 1 - partial.count))
  }
}
