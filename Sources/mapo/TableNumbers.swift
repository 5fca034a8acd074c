import Foundation

/// A score or rate in a table: three decimals; "-" where there is none.
func score(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }

/// A score with its interval: "0.725 (0.610 … 0.830)".
func interval(_ mean: Double, _ low: Double, _ high: Double) -> String {
  String(format: "%.3f (%.3f … %.3f)", mean, low, high)
}

/// A difference with its interval: "+0.120 (+0.020 … +0.210)".
func difference(_ mean: Double, _ low: Double, _ high: Double) -> String {
  String(format: "%+.3f (%+.3f … %+.3f)", mean, low, high)
}
