import Foundation

/// Counts of values in bins of equal width, drawn with bars for a terminal.
///
///     from   to
///     ────  ───  ──────────────
///      0.0  0.5  ██████████ 12
///      0.5  1.0  ██▌ 3
public struct Histogram: Sendable, Equatable {
  /// The lowest value of the first bin.
  public let lowerBound: Double
  /// The highest value of the last bin, which includes it.
  public let upperBound: Double
  /// How many values each bin holds.
  public let counts: [Int]

  /// Counts values.
  ///
  /// - Parameters:
  ///   - values: Values that are not finite are left out.
  ///   - binCount: Number of bins, above 0.
  ///   - range: What the bins cover; values outside of it count in the first or last bin. `nil`:
  ///     from the smallest to the largest value.
  public init(_ values: [Double], binCount: Int, range: ClosedRange<Double>?) {
    precondition(binCount > 0, "histogram with \(binCount) bins")
    let values = values.filter(\.isFinite)
    let covered = range ?? ((values.min() ?? 0)...(values.max() ?? 0))
    lowerBound = covered.lowerBound
    upperBound = covered.upperBound
    let width = (covered.upperBound - covered.lowerBound) / Double(binCount)
    var counts = [Int](repeating: 0, count: binCount)
    for value in values {
      let position = width > 0 ? (value - covered.lowerBound) / width : 0
      counts[Int(min(max(position, 0), Double(binCount - 1)))] += 1
    }
    self.counts = counts
  }

  /// One line for each bin: its bounds, a bar, its count.
  ///
  /// - Parameters:
  ///   - width: Columns of the longest bar, above 0.
  ///   - decimals: Digits after the point in the bounds.
  public func plainText(width: Int, decimals: Int) -> String {
    let most = max(counts.max() ?? 0, 1)
    let step = (upperBound - lowerBound) / Double(counts.count)
    func bound(_ index: Int) -> String {
      String(format: "%.\(decimals)f", lowerBound + step * Double(index))
    }
    var table = TextTable(columns: [.init("from", .right), .init("to", .right), .init("", .left)])
    for (index, count) in counts.enumerated() {
      let eighths = Int((Double(count) / Double(most) * Double(width * 8)).rounded())
      table.add([bound(index), bound(index + 1), bar(eighths: eighths) + " \(count)"])
    }
    return table.plainText()
  }
}

/// A bar whose length is given in eighths of a column.
func bar(eighths: Int) -> String {
  let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
}
