import Reports
import TestSupport
import Testing

@Suite struct HistogramTests {
  @Test func countsEachFiniteValueOnce() {
    var random = SeededGenerator(seed: 1)
    let values = (0..<200).map { _ in Double.random(in: -3...3, using: &random) }
    let histogram = Histogram(values + [.nan, .infinity], binCount: 7, range: nil)
    #expect(histogram.counts.reduce(0, +) == 200)
    let width = (histogram.upperBound - histogram.lowerBound) / 7
    let third = values.count { value in
      let bin = (value - histogram.lowerBound) / width
      return bin >= 2 && bin < 3
    }
    #expect(histogram.counts[2] == third)
  }

  @Test func bordersAndOutsiders() {
    #expect(Histogram([0, 0.5, 1], binCount: 2, range: 0...1).counts == [1, 2])
    #expect(Histogram([-9, 9], binCount: 3, range: 0...1).counts == [1, 0, 1])
    #expect(Histogram([4, 4], binCount: 2, range: nil).counts == [2, 0])
    #expect(Histogram([], binCount: 2, range: nil).counts == [0, 0])
  }

  @Test func drawsBars() {
    let values = [Double](repeating: 0.1, count: 8) + [0.9, 0.9, 0.9]
    #expect(
      Histogram(values, binCount: 2, range: 0...1).plainText(width: 4, decimals: 1) == """
        from   to
        ────  ───  ──────
         0.0  0.5  ████ 8
         0.5  1.0  █▌ 3

        """)
  }
}
