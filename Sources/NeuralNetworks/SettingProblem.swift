// Checks of settings that come from a file, where a wrong number must become a sentence that names
// its key. The functions return nil where nothing is wrong; what is not a number is outside of every
// range. All bounds are whole numbers, and are written as such.

/// The sentence for a count outside of a range.
package func settingProblem(_ key: String, _ value: Int, in range: ClosedRange<Int>) -> String? {
  range.contains(value) ? nil : "\(key) is \(value), outside \(range)"
}

/// The sentence for a value outside of a closed range.
package func settingProblem(_ key: String, _ value: Float, in range: ClosedRange<Int>) -> String? {
  Float(range.lowerBound) <= value && value <= Float(range.upperBound)
    ? nil : "\(key) is \(value), outside \(range)"
}

/// The sentence for a value outside of a half-open range.
package func settingProblem(_ key: String, _ value: Float, in range: Range<Int>) -> String? {
  Float(range.lowerBound) <= value && value < Float(range.upperBound)
    ? nil : "\(key) is \(value), outside \(range)"
}

/// The sentence for a value that is not above a bound, or not finite.
package func settingProblem(_ key: String, _ value: Float, above bound: Int) -> String? {
  value > Float(bound) && value.isFinite
    ? nil : "\(key) is \(value), not a number above \(bound)"
}

/// The sentence for a value that is below a bound, or not finite.
package func settingProblem(_ key: String, _ value: Float, atLeast bound: Int) -> String? {
  value >= Float(bound) && value.isFinite
    ? nil : "\(key) is \(value), not a number of \(bound) or more"
}
