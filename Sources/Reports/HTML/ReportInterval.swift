/// A mean with the interval that holds it.
public struct ReportInterval: Equatable, Sendable {
  /// The estimate.
  public var mean: Double
  /// The ends of its interval.
  public var low, high: Double

  /// An estimate.
  public init(mean: Double, low: Double, high: Double) {
    (self.mean, self.low, self.high) = (mean, low, high)
  }

  /// "0.06 (0.02 … 0.10)"; with signs "+0.06 (+0.02 … +0.10)".
  public func text(decimals: Int, signed: Bool) -> String {
    func number(_ value: Double) -> String {
      numberText(value, decimals: decimals, signed: signed)
    }
    return "\(number(mean)) (\(number(low)) … \(number(high)))"
  }
}
