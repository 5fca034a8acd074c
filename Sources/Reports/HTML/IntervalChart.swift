/// Means with intervals, one a line, over one axis: a forest plot.
public struct IntervalChart: Equatable, Sendable {
  /// One line.
  public struct Row: Equatable, Sendable {
    /// What it is the mean of.
    public var label: String
    /// The mean and its interval.
    public var interval: ReportInterval
    /// Whether it sums up others, and stands out.
    public var isSummary: Bool

    /// A line.
    public init(_ label: String, _ interval: ReportInterval, isSummary: Bool = false) {
      (self.label, self.interval, self.isSummary) = (label, interval, isSummary)
    }
  }

  /// The heading.
  public var title: String
  /// What is seen, in plain words.
  public var explanation: String
  /// What the axis measures, with units.
  public var axisLabel: String
  /// The lines.
  public var rows: [Row]
  /// Where "no difference" is; nil for means that are no differences.
  public var zero: Double?
  /// Whether numbers above zero have a plus: for differences.
  public var signed: Bool
  /// Digits after the point in the numbers.
  public var decimals: Int

  /// Describes a chart.
  public init(
    title: String, explanation: String, axisLabel: String, rows: [Row], zero: Double?,
    signed: Bool = true, decimals: Int
  ) {
    (self.title, self.explanation, self.axisLabel) = (title, explanation, axisLabel)
    (self.rows, self.zero, self.signed, self.decimals) = (rows, zero, signed, decimals)
  }
}

extension IntervalChart {
  /// The chart; its numbers stand beside it.
  var html: HTML {
    let shown = rows.prefix(ChartRows.limit)
    let values = shown.flatMap { [$0.interval.mean, $0.interval.low, $0.interval.high] }
    let chart = ChartRows(
      axis: Axis(covering: values + (zero.map { [$0] } ?? []), count: 5), axisLabel: axisLabel)
    return HTML(figure: title, explanation: explanation, class: "intervals") {
      chart.html {
        for row in shown { html(row, in: chart) }
      }
      if rows.count > shown.count {
        HTML("p", ["class": "note"]) { "\(rows.count - shown.count) more lines are not shown." }
      }
    }
  }

  private func html(_ row: Row, in chart: ChartRows) -> HTML {
    let interval = row.interval
    let axis = chart.axis
    return chart.row(
      row.label, height: 28, description: nil,
      value: interval.text(decimals: decimals, signed: signed),
      class: row.isSummary ? "summary" : nil
    ) {
      if let zero { ChartRows.vertical(axis.percent(zero), 0, 28, class: "zero") }
      if Axis.isDrawn(interval.low), Axis.isDrawn(interval.high) {
        HTML(
          "line",
          [
            "class": "interval", "x1": axis.percent(interval.low),
            "x2": axis.percent(interval.high), "y1": "14", "y2": "14",
          ])
      }
      if Axis.isDrawn(interval.mean) {
        HTML(
          "circle",
          [
            "class": "mean", "cx": axis.percent(interval.mean), "cy": "14",
            "r": row.isSummary ? "6" : "4.5",
          ])
      }
    }
  }
}
