/// Distributions side by side: every value a dot, with quartiles and median.
public struct StripChart: Equatable, Sendable {
  /// The strips of one line, one for each series; empty where there is none.
  public struct Row: Equatable, Sendable {
    /// What the values belong to.
    public var label: String
    /// The values of each series.
    public var values: [[Double]]

    /// A line.
    public init(_ label: String, _ values: [[Double]]) {
      (self.label, self.values) = (label, values)
    }
  }

  /// The heading.
  public var title: String
  /// What is seen, in plain words; where it is empty, what dots, bars and lines are.
  public var explanation: String
  /// What the axis measures, with units.
  public var axisLabel: String
  /// The names of the strips of each line, such as "before" and "after".
  public var series: [String]
  /// The lines.
  public var rows: [Row]
  /// What the axis covers at least.
  public var range: ClosedRange<Double>?

  /// Describes a chart.
  ///
  /// - Precondition: Each row has values for each series.
  public init(
    title: String, explanation: String, axisLabel: String, series: [String], rows: [Row],
    range: ClosedRange<Double>? = nil
  ) {
    precondition(
      rows.allSatisfy { $0.values.count == series.count },
      "strip chart: every row has \(series.count) strips")
    (self.title, self.explanation, self.axisLabel) = (title, explanation, axisLabel)
    (self.series, self.rows, self.range) = (series, rows, range)
  }
}

extension StripChart {
  /// Dots of a chart at most, about.
  private static let dots = 1500
  /// How a strip is read.
  private static let reading =
    "Each dot is one value; the bar goes from the first to the third quartile, the line in it is "
    + "the median."

  /// The chart with its key and, on demand, its quartiles.
  var html: HTML {
    let shown = rows.prefix(ChartRows.limit)
    let values = shown.flatMap { $0.values.joined() }
    let bounds = range.map { [$0.lowerBound, $0.upperBound] } ?? []
    let chart = ChartRows(
      axis: Axis(covering: values + bounds, count: 5), axisLabel: axisLabel)
    let strips = shown.map { Strips($0.label, $0.values, in: chart.axis) }
    let limit = max(12, Self.dots / max(1, strips.count * series.count))
    return HTML(
      figure: title, explanation: explanation.isEmpty ? Self.reading : explanation, class: "strips"
    ) {
      if series.count > 1 { HTML(key: series) }
      chart.html {
        for strip in strips { strip.html(in: chart, series: series, dots: limit) }
      }
      if rows.count > shown.count {
        HTML("p", ["class": "note"]) { "\(rows.count - shown.count) more lines are not shown." }
      }
      HTML(data: data(strips))
    }
  }

  private func data(_ strips: [Strips]) -> ReportTable {
    let heads = ["values", "lowest", "first quartile", "median", "third quartile", "highest"]
    var table = ReportTable(
      caption: axisLabel,
      columns: [.init("", .left), .init("", .left)] + heads.map { .init($0, .right) })
    for strip in strips {
      for (name, values) in zip(series, strip.sorted) {
        let quartiles = [0, 0.25, 0.5, 0.75, 1].map { share in
          ReportTable.Cell.number(
            values.isEmpty ? nil : quantile(share, ofSorted: values), decimals: 3)
        }
        table.add([.init(strip.label), .init(name), .count(values.count)] + quartiles)
      }
    }
    return table
  }
}

/// The strips of one line, their values sorted.
private struct Strips {
  let label: String
  let sorted: [[Double]]
  private let axis: Axis
  private static let height = 24
  /// Values from which on a strip has a bar and a median, and its dots are spread.
  private static let fewest = 4

  init(_ label: String, _ values: [[Double]], in axis: Axis) {
    (self.label, self.axis) = (label, axis)
    sorted = values.map { $0.filter(Axis.isDrawn).sorted() }
  }

  func html(in chart: ChartRows, series: [String], dots: Int) -> HTML {
    chart.row(
      label, height: Self.height * sorted.count + 4, description: description(series),
      value: medians
    ) {
      for (index, values) in sorted.enumerated() {
        HTML("g", ["class": "s\(index % 6)"]) {
          strip(values, middle: Double(Self.height * index) + 14, dots: dots)
        }
      }
    }
  }

  /// "median 0.61 → 0.70".
  private var medians: String {
    "median "
      + sorted.map { values in
        values.isEmpty ? "–" : numberText(quantile(0.5, ofSorted: values), decimals: 2)
      }.joined(separator: " → ")
  }

  private func description(_ series: [String]) -> String {
    zip(series, sorted).map { name, values in
      guard let first = values.first, let last = values.last else { return "\(name): no values" }
      let median = numberText(quantile(0.5, ofSorted: values), decimals: 3)
      return "\(name): \(values.count) values from \(numberText(first, decimals: 3)) to "
        + "\(numberText(last, decimals: 3)), median \(median)"
    }.joined(separator: "; ")
  }

  private func strip(_ values: [Double], middle: Double, dots: Int) -> HTML {
    let isSpread = values.count >= Self.fewest
    return HTML {
      if isSpread {
        HTML(
          "line",
          [
            "class": "box", "x1": axis.percent(quantile(0.25, ofSorted: values)),
            "x2": axis.percent(quantile(0.75, ofSorted: values)), "y1": coordinate(middle),
            "y2": coordinate(middle),
          ])
      }
      for index in evenlySpread(values.count, limit: dots) {
        HTML(
          "circle",
          [
            "cx": axis.percent(values[index]),
            "cy": coordinate(isSpread ? middle + Self.displacement(index) : middle), "r": "2",
          ])
      }
      if isSpread {
        ChartRows.vertical(
          axis.percent(quantile(0.5, ofSorted: values)), Int(middle) - 9, Int(middle) + 9,
          class: "median")
      }
    }
  }

  /// How far a dot stands above or below the middle, so that equal values are seen apart: the golden
  /// ratio spreads them evenly.
  private static func displacement(_ index: Int) -> Double {
    let turn = Double(index) * 0.618_033_988_749_895
    return ((turn - turn.rounded(.down)) - 0.5) * 14
  }
}
