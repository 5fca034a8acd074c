/// Reads rows of cells: lines with a separator, and with quotes as RFC 4180 has them where the file
/// uses them. Memory is bounded by the longest row.
///
/// In a quoted cell two quotes stand for one, and separators and line ends are text; CR LF is read
/// as LF. A quote elsewhere is an error. Blank lines between rows are skipped.
struct DelimitedRows: ~Copyable {
  let separator: UInt8
  let isQuoted: Bool
  let file: String
  private var lines: LineReader
  private let maximumLength = LineReader.defaultMaximumLength

  init(lines: consuming LineReader, file: String, separator: Character, isQuoted: Bool) {
    guard let separator = separator.asciiValue else {
      preconditionFailure("DelimitedRows: the separator must be an ASCII character")
    }
    self.lines = lines
    self.file = file
    self.separator = separator
    self.isQuoted = isQuoted
  }

  /// The next row and the line that it starts on; nil after the last one.
  ///
  /// - Throws: `malformed` for a quote that is not closed, naming the line of the opening one, or
  ///   that does not stand where quotes may; and what `LineReader` throws.
  mutating func next() throws(TaskError) -> (line: Int, cells: [String])? {
    guard let first = try lines.nextWithText() else { return nil }
    guard isQuoted else {
      let cells = first.text.utf8.split(separator: separator, omittingEmptySubsequences: false)
      return (first.number, cells.map { String(Substring($0)) })
    }
    var row = QuotedRow(separator: separator)
    var line = first
    while true {
      for byte in line.text.utf8 {
        if let reason = row.append(byte, line: line.number) {
          throw .malformed(file: file, line: line.number, reason: reason)
        }
      }
      guard let openingLine = row.openingLine else { return (first.number, row.finished()) }
      row.appendLineEnd()
      guard row.byteCount <= maximumLength, let next = try lines.next() else {
        throw .malformed(file: file, line: openingLine, reason: "a quote that is not closed")
      }
      line = next
    }
  }
}

/// The cells of a row while its bytes come in.
private struct QuotedRow {
  private enum State {
    case start
    case unquoted
    case quoted(openingLine: Int)
    /// After a quote in a quoted cell: the closing one, or the first of two.
    case closing(openingLine: Int)
  }

  private static let quote = UInt8(ascii: "\"")

  let separator: UInt8
  private var state = State.start
  private var cells: [String] = []
  private var cell: [UInt8] = []
  private(set) var byteCount = 0

  init(separator: UInt8) {
    self.separator = separator
  }

  /// The line of the quote that is open; nil where none is.
  var openingLine: Int? {
    guard case .quoted(let line) = state else { return nil }
    return line
  }

  /// Takes the next byte of a line; says what is wrong where it cannot.
  mutating func append(_ byte: UInt8, line: Int) -> String? {
    switch (state, byte) {
    case (.quoted(let opening), Self.quote): state = .closing(openingLine: opening)
    case (.quoted, _): add(byte)
    case (.closing(let opening), Self.quote):
      add(byte)
      state = .quoted(openingLine: opening)
    case (_, separator): endCell()
    case (.closing, _): return "text after a closing quote"
    case (.start, Self.quote): state = .quoted(openingLine: line)
    case (.unquoted, Self.quote): return "a quote in a cell without quotes"
    case (.start, _), (.unquoted, _):
      add(byte)
      state = .unquoted
    }
    return nil
  }

  /// Takes the end of a line that stands in a quoted cell.
  mutating func appendLineEnd() {
    add(UInt8(ascii: "\n"))
  }

  /// All cells of a row that has ended.
  mutating func finished() -> [String] {
    endCell()
    return cells
  }

  private mutating func add(_ byte: UInt8) {
    cell.append(byte)
    byteCount += 1
  }

  private mutating func endCell() {
    cells.append(String(decoding: cell, as: UTF8.self))
    cell.removeAll(keepingCapacity: true)
    state = .start
  }
}
