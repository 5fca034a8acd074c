/// Seconds that `body` takes.
func seconds(_ body: () -> Void) -> Double { timed(body).seconds }

/// What `body` gives, and the seconds that it takes.
func timed<Result>(_ body: () -> Result) -> (result: Result, seconds: Double) {
  let start = ContinuousClock.now
  let result = body()
  return (result, (ContinuousClock.now - start) / .seconds(1))
}

/// The median of the last `repeats` of `warmUp + repeats` runs, in seconds.
func medianSeconds(warmUp: Int, repeats: Int, _ body: () -> Void) -> Double {
  for _ in 0..<warmUp { body() }
  return median((0..<repeats).map { _ in seconds(body) })
}

/// The middle value; the mean of the two middle ones where their number is even.
///
/// - Precondition: There is a value.
package func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "median of no values")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// A value that is written as `null` where it is missing, so that a document always has its keys.
@propertyWrapper
public struct NullWhenMissing<Value: Encodable & Sendable>: Encodable, Sendable {
  /// The value; nil where it is unknown.
  public var wrappedValue: Value?

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// Writes the value or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
