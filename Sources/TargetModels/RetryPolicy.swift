import Foundation

/// Waits between attempts.
package struct RetryPolicy: Sendable {
  private let firstSeconds: Double
  private let maximumSeconds: Double

  /// A server that asks for a longer wait than this is tried again after it, in seconds.
  package static let longestRetryAfter = 600.0

  /// Waits that begin at `firstSeconds`, double, and are bounded by `maximumSeconds`.
  package init(firstSeconds: Double, maximumSeconds: Double) {
    self.firstSeconds = firstSeconds
    self.maximumSeconds = maximumSeconds
  }

  /// The wait after the `failures`-th failure in a row: uniform between 0 and
  /// min(maximum, first · 2ⁿ⁻¹).
  ///
  /// Source: Brooker, "Exponential backoff and jitter" (2015), "full jitter". Drawn from the system's
  /// generator: it changes when a call is sent, and no result.
  package func backoff(failures: Int) -> Duration {
    let bound = min(maximumSeconds, firstSeconds * exp2(Double(max(0, failures - 1))))
    return .seconds(Double.random(in: 0...bound))
  }

  /// The wait that a Retry-After header asks for, bounded; nil where it is neither a number of
  /// seconds nor a date.
  ///
  /// Source: RFC 9110, sections 10.2.3 and 5.6.7.
  package static func retryAfter(_ header: String, now: Date) -> Duration? {
    let text = header.trimmingCharacters(in: .whitespaces)
    let seconds = Double(text) ?? date(text)?.timeIntervalSince(now)
    guard let seconds, seconds.isFinite else { return nil }
    return .seconds(min(max(0, seconds), longestRetryAfter))
  }

  private static func date(_ text: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.date(from: text)
  }
}
