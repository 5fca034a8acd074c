import Reports
import TestSupport
import Testing

@Suite struct ChartScaleTests {
  @Test func ticksAreRound() {
    let unit = Axis(covering: [0, 1], count: 5)
    #expect(unit.ticks.map(unit.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Axis(covering: [0.03, 0.97], count: 5).range == 0...1)
    #expect(Axis(covering: [-0.042, 0.13], count: 5).ticks.count == 5)
    #expect(Axis(covering: [0, 899], count: 5, isTight: true).ticks == [0, 200, 400, 600, 800])
    #expect(Axis(covering: [0, 899], count: 5, isTight: true).range == 0...899)
    #expect(Axis(covering: [12_000, 48_000], count: 4).label(20_000) == "20\u{202F}000")
  }

  @Test func anAxisOfNothing() {
    #expect(Axis(covering: [], count: 5).range == 0...1)
    #expect(Axis(covering: [.nan, .infinity, 1e300], count: 5).range == 0...1)
    for value in [0, 1e-300, 0.6, -3, 1e15] {
      let axis = Axis(covering: [value, value], count: 5)
      #expect(axis.range.lowerBound < axis.range.upperBound)
      #expect(axis.range.contains(value))
      #expect((1...12).contains(axis.ticks.count))
    }
  }

  @Test func ticksCoverTheValues() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<2_000 {
      let size = Double.random(in: -6...6, using: &random)
      let scale = (0..<Int(abs(size))).reduce(1.0) { power, _ in size < 0 ? power / 10 : power * 10
      }
      let low = Double.random(in: -5...5, using: &random) * scale
      let high = low + Double.random(in: 0.001...9, using: &random) * scale
      for isTight in [false, true] {
        let axis = Axis(covering: [low, high], count: 5, isTight: isTight)
        let slack = (high - low) * 1e-6
        #expect(axis.range.lowerBound <= low + slack && axis.range.upperBound >= high - slack)
        #expect((2...9).contains(axis.ticks.count))
        #expect(axis.position(low) <= axis.position(high))
        #expect(Set(axis.ticks.map { axis.label($0) }).count == axis.ticks.count)
      }
    }
  }

  @Test func downsamplingKeepsEndsAndSpikes() {
    var random = SeededGenerator(seed: 5)
    var points = (0..<10_000).map { step in
      (x: Double(step), y: Double.random(in: 0...1, using: &random))
    }
    points[4_321].y = 50
    let chosen = largestTriangles(points, limit: 240)
    #expect(chosen.count == 240)
    #expect(chosen.first == 0 && chosen.last == 9_999 && chosen.contains(4_321))
    #expect(chosen == chosen.sorted() && Set(chosen).count == 240)
    #expect(largestTriangles(Array(points.prefix(4)), limit: 3).count == 3)
    #expect(largestTriangles(Array(points.prefix(3)), limit: 3) == [0, 1, 2])
    #expect(largestTriangles([], limit: 3) == [])
  }

  @Test func evenlySpreadKeepsTheEnds() {
    #expect(evenlySpread(3, limit: 5) == [0, 1, 2])
    #expect(evenlySpread(101, limit: 5) == [0, 25, 50, 75, 100])
    #expect(evenlySpread(0, limit: 2) == [])
  }

  @Test func quantiles() {
    let values = [1.0, 2, 4, 8]
    #expect(quantile(0, ofSorted: values) == 1)
    #expect(quantile(0.25, ofSorted: values) == 1.75)
    #expect(quantile(0.5, ofSorted: values) == 3)
    #expect(quantile(1, ofSorted: values) == 8)
    #expect(quantile(0.3, ofSorted: [5]) == 5)
  }

  /// Text and curves can be read in both themes: WCAG asks for 4.5 for text and 3 for graphics.
  @Test func contrast() {
    #expect(abs(ReportColor(0).contrast(with: ReportColor(0xFFFFFF)) - 21) < 1e-9)
    for palette in [Palette.light, .dark] {
      for page in [palette.paper, palette.surface] {
        #expect(palette.ink.contrast(with: page) > 7)
        for text in [palette.muted, palette.accent, palette.good, palette.bad] {
          #expect(text.contrast(with: page) > 4.5)
        }
        for curve in palette.series { #expect(curve.contrast(with: page) > 3) }
      }
      for change in [palette.inserted, palette.removed] {
        #expect(palette.ink.contrast(with: change) > 7)
      }
      for level in palette.scale {
        #expect(Palette.text(on: level).contrast(with: level) > 4.5)
      }
    }
  }
}
