import Foundation

/// An axis with ticks at round numbers.
///
/// The distance of ticks is 1, 2 or 5 times a power of ten. A loose axis begins and ends at a tick; a
/// tight one at the lowest and highest value.
///
/// Source: Heckbert 1990, "Nice Numbers for Graph Labels", Graphics Gems, "loose labelling".
package struct Axis: Equatable {
  /// From where to where it goes.
  package let range: ClosedRange<Double>
  /// The ticks from low to high.
  package let ticks: [Double]
  /// Digits after the point that tell ticks apart.
  package let decimals: Int

  /// An axis that covers values. Those that are not finite, or too large for a chart (above 10¹⁵),
  /// are left out; with none left it goes from 0 to 1.
  ///
  /// - Parameter count: Ticks at most, about; above 1.
  package init(covering values: [Double], count: Int, isTight: Bool = false) {
    precondition(count > 1, "axis with \(count) ticks")
    let values = values.filter(Self.isDrawn)
    var (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if high - low <= max(abs(low), abs(high), 1e-3) * 1e-9 {
      let margin = abs(low) > 1e-12 ? abs(low) * 0.1 : 0.5
      (low, high) = (low - margin, high + margin)
    }
    let step = Self.nice((high - low) / Double(count - 1))
    let first = (low / step + 1e-9).rounded(.down)
    let last = max((high / step - 1e-9).rounded(.up), first + 1)
    let round = stride(from: first, through: last, by: 1).map { $0 * step }
    let slack = step * 1e-6
    range = isTight ? low...high : first * step...last * step
    ticks = isTight ? round.filter { (low - slack...high + slack).contains($0) } : round
    decimals = min(max(0, Int(-log10(step).rounded(.down))), 12)
  }

  /// Whether a number can be drawn.
  package static func isDrawn(_ value: Double) -> Bool { value.isFinite && abs(value) <= 1e15 }

  /// Where a value stands: 0 at the beginning, 1 at the end.
  package func position(_ value: Double) -> Double {
    let length = range.upperBound - range.lowerBound
    return min(max((value - range.lowerBound) / length, 0), 1)
  }

  /// Where a value stands as an SVG coordinate, such as "12.5%".
  func percent(_ value: Double) -> String { coordinate(position(value) * 100) + "%" }

  /// A tick as text.
  package func label(_ tick: Double) -> String { numberText(tick, decimals: decimals) }

  /// 1, 2, 5 or 10 times a power of ten: the one nearest to a distance.
  private static func nice(_ distance: Double) -> Double {
    let power = pow(10, log10(distance).rounded(.down))
    let fraction = distance / power
    return power * (fraction < 1.5 ? 1 : fraction < 3 ? 2 : fraction < 7 ? 5 : 10)
  }
}

/// A number of SVG: "12.5", "3".
func coordinate(_ value: Double) -> String {
  let tenths = (value * 10).rounded() / 10
  return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
}
