/// Curves over steps.
public struct LineChart: Equatable, Sendable {
  /// A point of a curve.
  public struct Point: Equatable, Sendable {
    /// Where it is; a point that is not finite interrupts the curve.
    public var x, y: Double

    /// A point.
    public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
  }

  /// One curve.
  public struct Series: Equatable, Sendable {
    /// What it shows.
    public var name: String
    /// Its points, by rising x.
    public var points: [Point]

    /// A curve.
    public init(name: String, points: [Point]) { (self.name, self.points) = (name, points) }
  }

  /// The heading.
  public var title: String
  /// What is seen and which way is good, in plain words.
  public var explanation: String
  /// What the axes measure, with units.
  public var xLabel, yLabel: String
  /// The curves, of which the first six are drawn in colours of their own.
  public var series: [Series]
  /// What the y axis covers at least.
  public var yRange: ClosedRange<Double>?

  /// Describes a chart.
  public init(
    title: String, explanation: String, xLabel: String, yLabel: String, series: [Series],
    yRange: ClosedRange<Double>? = nil
  ) {
    (self.title, self.explanation, self.xLabel, self.yLabel) = (title, explanation, xLabel, yLabel)
    (self.series, self.yRange) = (series, yRange)
  }
}

extension LineChart {
  private static let (width, height) = (360.0, 210.0)
  private static let (top, right, bottom) = (8.0, 10.0, 22.0)

  /// The chart with its key and, on demand, its numbers.
  var html: HTML {
    let drawn = Array(series.prefix(6))
    return HTML(figure: title, explanation: explanation, class: "line") {
      HTML("div") { if drawn.count > 1 { HTML(key: drawn.map(\.name)) } }
      HTML("div") {
        HTML("p", ["class": "axis-name"]) { HTML(label: yLabel) }
        plot(drawn)
        HTML("p", ["class": "axis-name x"]) { HTML(label: xLabel) }
        if series.count > drawn.count {
          HTML("p", ["class": "note"]) { "Curves not drawn: \(series.count - drawn.count)." }
        }
        HTML(data: data(drawn))
      }
    }
  }

  private func plot(_ drawn: [Series]) -> HTML {
    let points = drawn.flatMap(\.points).filter(\.isDrawn)
    let bounds = yRange.map { [$0.lowerBound, $0.upperBound] } ?? []
    let x = Axis(covering: points.map(\.x), count: 5, isTight: true)
    let y = Axis(covering: points.map(\.y) + bounds, count: 5)
    let left = Double(y.ticks.map { y.label($0).count }.max() ?? 1) * 6.4 + 10
    let frame = Frame(
      x: x, y: y, left: left, right: Self.width - Self.right, top: Self.top,
      bottom: Self.height - Self.bottom)
    return HTML(
      "svg",
      [
        "viewBox": "0 0 \(coordinate(Self.width)) \(coordinate(Self.height))", "role": "img",
      ]
    ) {
      HTML("title") { HTML(label: title) }
      HTML("desc") { HTML(label: summary(drawn)) }
      frame.grid
      for (index, series) in drawn.enumerated() {
        HTML("g", ["class": "curve s\(index)"]) {
          for segment in series.segments { frame.curve(segment) }
        }
      }
    }
  }

  /// Where each curve begins and ends, for who cannot see it.
  private func summary(_ drawn: [Series]) -> String {
    drawn.map { series in
      let points = series.points.filter(\.isDrawn)
      guard let first = points.first, let last = points.last else {
        return "\(series.name): no points"
      }
      return "\(series.name): from \(Self.number(first.y)) to \(Self.number(last.y))"
    }.joined(separator: "; ")
  }

  /// Up to a dozen points of each curve.
  private func data(_ drawn: [Series]) -> ReportTable {
    var table = ReportTable(
      caption: "Up to 12 points of each curve",
      columns: [.init("curve", .left), .init(xLabel, .right), .init(yLabel, .right)])
    for series in drawn {
      for index in evenlySpread(series.points.count, limit: 12) {
        let point = series.points[index]
        table.add([
          .init(series.name), .init(Self.number(point.x)), .init(Self.number(point.y)),
        ])
      }
    }
    return table
  }

  /// Three digits that count, or so.
  private static func number(_ value: Double) -> String {
    let size = abs(value)
    let isWhole = size < 1e15 && value == value.rounded()
    return numberText(value, decimals: isWhole ? 0 : size < 0.1 ? 4 : size < 100 ? 3 : 1)
  }
}

extension LineChart.Point {
  fileprivate var isDrawn: Bool { Axis.isDrawn(x) && Axis.isDrawn(y) }
}

extension LineChart.Series {
  /// The curve without the points that cannot be drawn, where it is interrupted; about 240 points.
  fileprivate var segments: [[LineChart.Point]] {
    let parts = points.split { !$0.isDrawn }.prefix(80)
    let total = parts.reduce(0) { $0 + $1.count }
    return parts.map { part in
      let part = Array(part)
      let chosen = largestTriangles(
        part.map { ($0.x, $0.y) }, limit: max(3, 240 * part.count / max(total, 1)))
      return chosen.map { part[$0] }
    }
  }
}

/// Where the curves are drawn, in units of the picture.
private struct Frame {
  let x, y: Axis
  let left, right, top, bottom: Double

  var grid: HTML {
    HTML("g", ["class": "axes"]) {
      for tick in y.ticks {
        let height = vertical(tick)
        HTML(
          "line",
          [
            "x1": coordinate(left), "x2": coordinate(right), "y1": coordinate(height),
            "y2": coordinate(height),
          ])
        HTML(
          "text",
          ["x": coordinate(left - 6), "y": coordinate(height + 4), "text-anchor": "end"]
        ) { y.label(tick) }
      }
      for tick in x.ticks {
        let place = x.position(tick)
        HTML(
          "text",
          [
            "x": coordinate(horizontal(tick)), "y": coordinate(bottom + 17),
            "text-anchor": place > 0.95 ? "end" : place < 0.05 ? "start" : "middle",
          ]
        ) { x.label(tick) }
      }
    }
  }

  func curve(_ points: [LineChart.Point]) -> HTML {
    HTML {
      if points.count == 1 {
        HTML(
          "circle",
          [
            "cx": coordinate(horizontal(points[0].x)), "cy": coordinate(vertical(points[0].y)),
            "r": "2.5",
          ])
      } else {
        HTML("path", ["d": path(points)])
      }
    }
  }

  private func path(_ points: [LineChart.Point]) -> String {
    "M"
      + points.map { "\(coordinate(horizontal($0.x))) \(coordinate(vertical($0.y)))" }
      .joined(separator: "L")
  }

  private func horizontal(_ value: Double) -> Double { left + (right - left) * x.position(value) }
  private func vertical(_ value: Double) -> Double { bottom - (bottom - top) * y.position(value) }
}
