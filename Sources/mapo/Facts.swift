import ArgumentParser
import Foundation
import Reports

/// Names and values, one a line.
func facts(_ lines: [(name: String, value: String)]) -> String {
  let width = lines.map { displayWidth($0.name) }.max() ?? 0
  return lines.map { name, value in
    name + String(repeating: " ", count: width - displayWidth(name) + 2) + value
  }.joined(separator: "\n")
}

/// A measured value with two decimals at most.
func decimal(_ value: Double) -> String {
  let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
  return String(format: "%.\(digits)f", value)
}

/// A number of bytes in the unit that suits it.
func bytes(_ count: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
  var (value, unit) = (Double(count), 0)
  while value >= 1024 && unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
  return unit == 0 ? "\(count) bytes" : "\(decimal(value)) \(units[unit])"
}

/// Refuses a number outside of a range, in a sentence.
func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw ValidationError(
      "\(name) is \(value), outside \(range.lowerBound) to \(range.upperBound)")
  }
}
