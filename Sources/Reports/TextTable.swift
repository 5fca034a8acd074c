/// A table for a terminal.
///
///     target   prompts   gain
///     small         63   0.06
///
/// Columns are as wide as their widest cell; wide East Asian characters and emoji count two columns.
public struct TextTable: Sendable, Equatable {
  /// On which side of a column its cells stand.
  public enum Alignment: Sendable, Equatable {
    /// Words.
    case left
    /// Numbers.
    case right
  }

  /// The heading and alignment of one column.
  public struct Column: Sendable, Equatable {
    /// What stands above the cells.
    public let title: String
    /// On which side the cells stand.
    public let alignment: Alignment

    /// Names a column.
    public init(_ title: String, _ alignment: Alignment) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns from left to right.
  public let columns: [Column]
  /// The cells added so far, `[rows][columns]`.
  public private(set) var rows: [[String]] = []

  /// An empty table.
  public init(columns: [Column]) { self.columns = columns }

  /// Adds a row; line ends and tabs become spaces, other control characters visible.
  ///
  /// - Precondition: There is one cell for each column.
  public mutating func add(_ cells: [String]) {
    precondition(
      cells.count == columns.count, "table: \(cells.count) cells for \(columns.count) columns")
    rows.append(cells.map(singleLine))
  }

  /// Plain text: headings, a rule, the rows; no white space at the ends of lines.
  public func plainText() -> String {
    let widths = columnWidths()
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([columns.map(\.title), rule] + rows).map { cells in
      trimmingEnd(padded(cells, to: widths).joined(separator: "  ")) + "\n"
    }.joined()
  }

  private func columnWidths() -> [Int] {
    columns.indices.map { index in
      rows.reduce(displayWidth(columns[index].title)) {
        max($0, displayWidth($1[index]))
      }
    }
  }

  private func padded(_ cells: [String], to widths: [Int]) -> [String] {
    columns.indices.map { index in
      let space = String(repeating: " ", count: widths[index] - displayWidth(cells[index]))
      return columns[index].alignment == .left ? cells[index] + space : space + cells[index]
    }
  }
}

/// Columns that a text takes on a terminal: 2 for wide East Asian characters and emoji, 0 for what
/// has no width of its own, else 1 for each character.
public func displayWidth(_ text: String) -> Int {
  text.reduce(0) { $0 + width(of: $1) }
}

private func width(of character: Character) -> Int {
  guard let scalar = character.unicodeScalars.first else { return 0 }
  switch scalar.properties.generalCategory {
  case .control, .format, .nonspacingMark, .enclosingMark: return 0
  default: break
  }
  if scalar.properties.isEmojiPresentation { return 2 }
  let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
  ]
  return wide.contains { $0.contains(scalar.value) } ? 2 : 1
}

private func singleLine(_ cell: String) -> String {
  visible(String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 }))
}

private func trimmingEnd(_ line: String) -> String {
  String(line.reversed().drop { $0 == " " }.reversed())
}
