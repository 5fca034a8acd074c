/// Mean and variance of numbers that come one at a time.
///
///     mₙ = mₙ₋₁ + (x − mₙ₋₁) / n,   Sₙ = Sₙ₋₁ + (x − mₙ₋₁)(x − mₙ)
///
/// Source: Welford 1962, "Note on a method for calculating corrected sums of squares and
/// products". No large sums are formed, so that a small variance around a large mean survives.
public struct RunningMoments: Sendable, Equatable {
  /// How many numbers there were.
  public private(set) var count = 0
  /// Their mean; 0 before the first.
  public private(set) var mean = 0.0
  private var squaredDeviations = 0.0

  /// Nothing yet.
  public init() {}

  /// The moments of `values`.
  public init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  /// Takes one more number.
  public mutating func add(_ value: Double) {
    count += 1
    let deviation = value - mean
    mean += deviation / Double(count)
    squaredDeviations += deviation * (value - mean)
  }

  /// Unbiased variance (divisor n − 1); 0 with fewer than two numbers.
  public var variance: Double {
    count > 1 ? max(0, squaredDeviations) / Double(count - 1) : 0
  }

  /// Standard deviation, the root of `variance`.
  public var standardDeviation: Double { variance.squareRoot() }

  /// Standard error of the mean, √(variance / n); infinite with fewer than two numbers, which
  /// say nothing about their spread.
  public var standardError: Double {
    count > 1 ? (variance / Double(count)).squareRoot() : .infinity
  }
}
