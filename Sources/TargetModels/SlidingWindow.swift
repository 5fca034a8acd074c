/// A limit on what is sent in any stretch of a given length.
///
/// Stricter than a bucket of tokens, which lets twice its limit through in the first stretch. Calls
/// are let through in the order of asking; one that costs more than the limit goes alone.
package struct SlidingWindow: Sendable {
  /// Most cost in any stretch.
  package let limit: Int
  /// Length of the stretch.
  package let length: Duration

  private var admitted: [(instant: ContinuousClock.Instant, cost: Int)] = []
  /// The first of `admitted` that still counts.
  private var oldest = 0
  private var cost = 0

  /// Nothing has been sent.
  package init(limit: Int, length: Duration) {
    self.limit = limit
    self.length = length
  }

  /// When a call of this cost may be sent at the earliest; later is as good.
  package func earliest(for next: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    var instant = max(now, admitted.last?.instant ?? now)
    var counted = cost
    for entry in admitted[oldest...] {
      let end = entry.instant.advanced(by: length)
      if end > instant {
        if counted + next <= limit { break }
        instant = end
      }
      counted -= entry.cost
    }
    return instant
  }

  /// Counts a call that is sent at `instant`.
  package mutating func record(_ next: Int, at instant: ContinuousClock.Instant) {
    while oldest < admitted.count, admitted[oldest].instant.advanced(by: length) <= instant {
      cost -= admitted[oldest].cost
      oldest += 1
    }
    // Forgets in bulk: constant time on average.
    if oldest > admitted.count / 2 {
      admitted.removeFirst(oldest)
      oldest = 0
    }
    admitted.append((instant, next))
    cost += next
  }
}

/// A server's limits for a minute.
package struct RateLimits: Sendable {
  private var requests: SlidingWindow?
  private var tokens: SlidingWindow?

  /// The limits of the settings, with nothing sent yet.
  package init(_ settings: ConnectionSettings) {
    let minute = Duration.seconds(60)
    requests = settings.requestsPerMinute.map { SlidingWindow(limit: $0, length: minute) }
    tokens = settings.tokensPerMinute.map { SlidingWindow(limit: $0, length: minute) }
  }

  /// When the next attempt may be sent. It counts as sent then.
  package mutating func admit(
    tokens count: Int, at now: ContinuousClock.Instant
  ) -> ContinuousClock.Instant {
    let instant = max(
      requests?.earliest(for: 1, at: now) ?? now, tokens?.earliest(for: count, at: now) ?? now)
    requests?.record(1, at: instant)
    tokens?.record(count, at: instant)
    return instant
  }
}
