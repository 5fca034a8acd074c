/// Which of a server's endpoints the next attempt goes to: the one with the fewest attempts under
/// way, of those that are not left aside.
package struct EndpointChoice: Sendable {
  private var endpoints: [State]
  private let policy: RetryPolicy

  private struct State {
    var inFlight = 0
    var sent = 0
    var pausedUntil: ContinuousClock.Instant?
    /// Failures of the endpoint, not of a request, since it last answered.
    var failures = 0
    var lastFailure: ContinuousClock.Instant?
  }

  /// An attempt under way.
  package struct Lease: Sendable {
    /// Place of the endpoint.
    package let endpoint: Int
    /// When it was taken.
    package let start: ContinuousClock.Instant
  }

  /// What can be done now.
  package enum Choice {
    /// Send.
    case send(Lease)
    /// All endpoints are left aside until then.
    case wait(until: ContinuousClock.Instant)
  }

  /// What an attempt showed about its endpoint.
  package enum Verdict: Sendable, Equatable {
    /// It answers.
    case answers
    /// Nothing: the failure may be the request's own.
    case unknown
    /// It cannot be reached, or has enough; it may have said for how long.
    case pause(Duration?)
  }

  /// All endpoints are free.
  package init(count: Int, policy: RetryPolicy) {
    endpoints = Array(repeating: State(), count: count)
    self.policy = policy
  }

  /// Takes an endpoint. Among equals it is the one that was used least.
  package mutating func take(at now: ContinuousClock.Instant) -> Choice {
    let free = endpoints.indices.filter { (endpoints[$0].pausedUntil ?? now) <= now }
    let best = free.min {
      (endpoints[$0].inFlight, endpoints[$0].sent) < (endpoints[$1].inFlight, endpoints[$1].sent)
    }
    guard let best else {
      return .wait(until: endpoints.compactMap(\.pausedUntil).min() ?? now)
    }
    endpoints[best].inFlight += 1
    endpoints[best].sent += 1
    return .send(Lease(endpoint: best, start: now))
  }

  /// Gives an endpoint back.
  package mutating func release(_ lease: Lease, _ verdict: Verdict, at now: ContinuousClock.Instant)
  {
    var state = endpoints[lease.endpoint]
    state.inFlight -= 1
    switch verdict {
    case .unknown: break
    case .answers: state.failures = 0
    case .pause(let asked):
      // Attempts that were under way together fail together: that is one failure.
      let isNew = state.lastFailure.map { lease.start >= $0 } ?? true
      if isNew {
        state.failures += 1
        state.lastFailure = now
      }
      if isNew || asked != nil {
        let end = now.advanced(by: asked ?? policy.backoff(failures: state.failures))
        state.pausedUntil = max(end, state.pausedUntil ?? end)
      }
    }
    endpoints[lease.endpoint] = state
  }
}
