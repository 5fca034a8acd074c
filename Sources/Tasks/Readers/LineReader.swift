import Foundation

/// How the bytes of a text file stand for characters.
public enum TextEncoding: String, Codable, Sendable, CaseIterable {
  /// UTF-8, with or without a byte-order mark.
  case utf8
  /// ISO 8859-1: each byte is the code point of that number.
  case latin1

  /// The text of `bytes`; nil where they are not of this encoding.
  func text(_ bytes: some Sequence<UInt8>) -> String? {
    switch self {
    case .utf8: String(validating: bytes, as: UTF8.self)
    case .latin1: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
  }
}

/// Reads a text file line by line, in memory bounded by its longest line.
///
/// Lines end with LF or CR LF; the last one needs no end. A byte-order mark is skipped.
///
///     var lines = try LineReader(url, as: "pairs.jsonl")
///     while let line = try lines.nextWithText() { … }
public struct LineReader: ~Copyable {
  /// A line without its end.
  public struct Line: Equatable, Sendable {
    /// Its number in the file, from 1.
    public let number: Int
    /// Its text.
    public let text: String

    /// Whether it holds nothing but spaces and tabs.
    public var isBlank: Bool { text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
  }

  /// 64 MiB, in bytes.
  public static let defaultMaximumLength = 64 << 20

  private static let chunkLength = 1 << 18
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private let handle: FileHandle
  private let file: String
  private let encoding: TextEncoding
  private let maximumLength: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var lineNumber = 0
  private var isAtEnd = false

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - name: What errors call it.
  ///   - encoding: Of its text.
  ///   - maximumLength: Of a line, in bytes.
  /// - Throws: `unreadable` where there is no such file or it may not be read.
  public init(
    _ url: URL, as name: String, encoding: TextEncoding = .utf8,
    maximumLength: Int = LineReader.defaultMaximumLength
  ) throws(TaskError) {
    handle = try openFile(url, as: name).handle
    file = name
    self.encoding = encoding
    self.maximumLength = maximumLength
  }

  /// The next line; nil after the last one.
  ///
  /// - Throws: `malformed` for a line that is longer than the maximum (the rest of it is not
  ///   read) or not of the encoding; `unreadable` where the file system fails.
  public mutating func next() throws(TaskError) -> Line? {
    guard let end = try endOfLine() else { return nil }
    var line = buffer[start..<end]
    start = min(end + 1, buffer.count)
    lineNumber += 1
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    if lineNumber == 1, encoding == .utf8, line.starts(with: Self.byteOrderMark) {
      line.removeFirst(Self.byteOrderMark.count)
    }
    guard let text = encoding.text(line) else {
      throw .malformed(file: file, line: lineNumber, reason: "not UTF-8 text")
    }
    return Line(number: lineNumber, text: text)
  }

  /// The next line that is not blank; nil after the last one. Throws as `next()` does.
  public mutating func nextWithText() throws(TaskError) -> Line? {
    while let line = try next() {
      if !line.isBlank { return line }
    }
    return nil
  }

  /// Where in the buffer the next line ends, reading on until it does; nil at the end of the file.
  private mutating func endOfLine() throws(TaskError) -> Int? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        try checkLength(end - start)
        return end
      }
      try checkLength(buffer.count - start)
      if isAtEnd { return start < buffer.count ? buffer.count : nil }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      try readChunk()
    }
  }

  private func checkLength(_ length: Int) throws(TaskError) {
    guard length <= maximumLength else {
      throw .malformed(
        file: file, line: lineNumber + 1, reason: "a line of more than \(maximumLength) bytes")
    }
  }

  private mutating func readChunk() throws(TaskError) {
    let chunk: Data
    do { chunk = try handle.read(upToCount: Self.chunkLength) ?? Data() } catch {
      throw .unreadable(file: file, reason: error.localizedDescription)
    }
    isAtEnd = chunk.isEmpty
    buffer += chunk
  }
}
