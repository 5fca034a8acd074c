/// A table of a report.
public struct ReportTable: Equatable, Sendable {
  /// What stands in a column.
  public struct Column: Equatable, Sendable {
    /// The heading.
    public var title: String
    /// On which side its cells stand: words left, numbers right.
    public var alignment: TextTable.Alignment
    /// What the number is, in plain words: shown over the heading and below the table.
    public var explanation: String?

    /// Names a column.
    public init(_ title: String, _ alignment: TextTable.Alignment, explanation: String? = nil) {
      (self.title, self.alignment, self.explanation) = (title, alignment, explanation)
    }
  }

  /// One cell.
  public struct Cell: Equatable, Sendable {
    /// What it shows.
    public var text: String
    /// What it is compared by, where it is a number.
    public var value: Double?
    /// Whether it stands out as the best.
    public var isBest = false

    /// A cell with words.
    public init(_ text: String) { self.text = text }

    /// A cell with a number, written as `text`.
    public init(_ text: String, value: Double?) { (self.text, self.value) = (text, value) }

    /// A number, or an en dash where there is none.
    public static func number(_ value: Double?, decimals: Int, signed: Bool = false) -> Cell {
      Cell(
        value.map { numberText($0, decimals: decimals, signed: signed) } ?? "–", value: value)
    }

    /// A count, or an en dash where there is none.
    public static func count(_ value: Int?) -> Cell {
      Cell(value.map(countText) ?? "–", value: value.map(Double.init))
    }

    /// A mean with its interval, or an en dash where there is none.
    public static func interval(_ value: ReportInterval?, decimals: Int, signed: Bool) -> Cell {
      Cell(value?.text(decimals: decimals, signed: signed) ?? "–", value: value?.mean)
    }
  }

  /// What the table shows; read out, and shown above it.
  public var caption: String
  /// The columns from left to right; the first one names the rows.
  public var columns: [Column]
  /// The cells, `[rows][columns]`.
  public private(set) var rows: [[Cell]] = []

  /// An empty table.
  public init(caption: String, columns: [Column]) {
    (self.caption, self.columns) = (caption, columns)
  }

  /// Adds a row.
  ///
  /// - Precondition: There is one cell for each column.
  public mutating func add(_ cells: [Cell]) {
    precondition(
      cells.count == columns.count, "table: \(cells.count) cells for \(columns.count) columns")
    rows.append(cells)
  }

  /// Lets the highest number of each row stand out, ties included, among some of its columns.
  public mutating func markBestInRows(among columns: [Int]) {
    for row in rows.indices {
      let best = columns.compactMap { rows[row][$0].value }.max()
      for column in columns where best != nil {
        rows[row][column].isBest = rows[row][column].value == best
      }
    }
  }
}

extension ReportTable {
  /// Rows shown at most.
  private static let limit = 200
  /// Letters in a line above which a table is set smaller on paper.
  private static let wide = 105
  /// Letters of words that stay on one line.
  private static let short = 24

  /// The table in a box of its own that scrolls, and below it what its columns mean.
  var html: HTML {
    let shown = rows.prefix(Self.limit)
    return HTML("figure", ["class": letters > Self.wide ? "table wide" : "table"]) {
      HTML("figcaption") { HTML(label: caption) }
      HTML("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption]) {
        HTML("table") {
          HTML("thead") { HTML("tr") { for column in columns { head(column) } } }
          HTML("tbody") { for row in shown { html(row) } }
        }
      }
      if rows.count > shown.count {
        HTML("p", ["class": "note"]) { "… \(countText(rows.count - shown.count)) more rows" }
      }
      HTML(legend: legend)
    }
  }

  /// Letters of the longest cells side by side, each with the space of two after it.
  private var letters: Int {
    columns.indices.reduce(0) { sum, column in
      let lengths = rows.prefix(Self.limit).map {
        $0[column].text.unicodeScalars.prefix(Self.short).count
      }
      return sum + (lengths.max() ?? 0) + 2
    }
  }

  private var legend: [(name: String, meaning: String)] {
    let columns = columns.compactMap { column in column.explanation.map { (column.title, $0) } }
    let hasBest = rows.joined().contains(where: \.isBest)
    return columns + (hasBest ? [("bold", "The highest of those compared.")] : [])
  }

  private func head(_ column: Column) -> HTML {
    HTML(
      "th",
      [
        "scope": "col", "class": Self.style(column, column.title),
        "title": column.explanation.map(Self.hover),
      ]
    ) { HTML(label: column.title) }
  }

  private func html(_ row: [Cell]) -> HTML {
    HTML("tr") {
      for (index, (column, cell)) in zip(columns, row).enumerated() {
        let style = Self.style(column, cell.text)
        if index == 0 {
          HTML("th", ["scope": "row", "class": style]) { HTML(label: cell.text) }
        } else if cell.isBest {
          HTML("td", ["class": style]) { HTML("strong") { HTML(label: cell.text) } }
        } else {
          HTML("td", ["class": style]) { HTML(label: cell.text) }
        }
      }
    }
  }

  /// Numbers stand right, words left, in lines where they are many.
  private static func style(_ column: Column, _ text: String) -> String? {
    if column.alignment == .right { return "number" }
    return text.unicodeScalars.prefix(short + 1).count > short ? "long" : nil
  }

  private static func hover(_ text: String) -> String { ClippedText(text, limit: 600).shown }
}
