/// A matrix whose cells are coloured by their values, from the smallest to the largest.
public struct HeatMap: Equatable, Sendable {
  /// The heading.
  public var title: String
  /// What is seen, in plain words.
  public var explanation: String
  /// What rows and columns are.
  public var rowTitle, columnTitle: String
  /// The names of rows and columns.
  public var rows, columns: [String]
  /// The values, `[rows][columns]`; nil where there is none.
  public var values: [[Double?]]
  /// Digits after the point.
  public var decimals: Int

  /// Describes a matrix.
  ///
  /// - Precondition: There is a value or nil for each row and column.
  public init(
    title: String, explanation: String, rowTitle: String, columnTitle: String, rows: [String],
    columns: [String], values: [[Double?]], decimals: Int
  ) {
    precondition(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count },
      "heat map: the values are not \(rows.count) by \(columns.count)")
    (self.title, self.explanation) = (title, explanation)
    (self.rowTitle, self.columnTitle, self.rows, self.columns) = (
      rowTitle, columnTitle, rows, columns
    )
    (self.values, self.decimals) = (values, decimals)
  }
}

extension HeatMap {
  /// Rows and columns shown at most.
  private static let limit = 40

  /// The matrix as a table of coloured cells, with the scale below it.
  var html: HTML {
    let columns = columns.prefix(Self.limit)
    let bounds = bounds
    let hidden = (rows.count - min(rows.count, Self.limit), self.columns.count - columns.count)
    return HTML(figure: title, explanation: explanation, class: "heat") {
      HTML("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": title]) {
        HTML("table") {
          HTML("thead") { head(columns) }
          HTML("tbody") {
            for index in rows.indices.prefix(Self.limit) {
              row(index, columns: columns.count, bounds)
            }
          }
        }
      }
      key(bounds)
      if hidden != (0, 0) {
        HTML("p", ["class": "note"]) {
          "\(hidden.0) more rows and \(hidden.1) more columns are not shown."
        }
      }
    }
  }

  private func head(_ columns: ArraySlice<String>) -> HTML {
    HTML {
      HTML("tr") {
        HTML("td")
        HTML("th", ["colspan": String(max(1, columns.count)), "class": "over"]) {
          HTML(label: columnTitle)
        }
      }
      HTML("tr") {
        HTML("th", ["class": "over"]) { HTML(label: rowTitle) }
        for name in columns { HTML("th", ["scope": "col"]) { HTML(label: name) } }
      }
    }
  }

  private func row(_ index: Int, columns: Int, _ bounds: ClosedRange<Double>) -> HTML {
    HTML("tr") {
      HTML("th", ["scope": "row"]) { HTML(label: rows[index]) }
      for value in values[index].prefix(columns) {
        if let value, Axis.isDrawn(value) {
          HTML("td", ["class": "q\(Self.level(value, in: bounds))"]) { text(value) }
        } else {
          HTML("td") { "–" }
        }
      }
    }
  }

  private func key(_ bounds: ClosedRange<Double>) -> HTML {
    HTML("p", ["class": "scale"]) {
      text(bounds.lowerBound)
      HTML("span", ["class": "ramp", "aria-hidden": "true"]) {
        for level in 0..<Palette.levels { HTML("span", ["class": "q\(level)"]) }
      }
      text(bounds.upperBound)
    }
  }

  private func text(_ value: Double) -> String { numberText(value, decimals: decimals) }

  /// What the scale goes from and to.
  private var bounds: ClosedRange<Double> {
    let drawn = values.joined().compactMap { $0 }.filter(Axis.isDrawn)
    return (drawn.min() ?? 0)...(drawn.max() ?? 0)
  }

  private static func level(_ value: Double, in bounds: ClosedRange<Double>) -> Int {
    let length = bounds.upperBound - bounds.lowerBound
    guard length > 0 else { return Palette.levels / 2 }
    let position = (value - bounds.lowerBound) / length
    return Int((min(max(position, 0), 1) * Double(Palette.levels - 1)).rounded())
  }
}
