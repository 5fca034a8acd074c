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

    func isFree(at now: ContinuousClock.Instant) -> Bool { (pausedUntil ?? now) <= now }
  }

  /// An attempt under way.
  package struct Lease: Sendable {
    /// Place of the endpoint.
    package let endpoint: Int
    /// When it was taken.
    package let start: ContinuousClock.Instant
  }

  /// What an attempt showed about its endpoint.
  package enum Verdict: Sendable, Equatable {
    /// It answers.
    case answers
    /// Nothing: the failure may be the request's own.
    case unknown
    /// It fails fast: left aside where there is another, which would else get fewer calls than it.
    case fails
    /// It cannot be reached, or has enough; it may have said for how long.
    case pause(Duration?)
  }

  /// All endpoints are free.
  package init(count: Int, policy: RetryPolicy) {
    endpoints = Array(repeating: State(), count: count)
    self.policy = policy
  }

  /// Takes an endpoint; nil where all are left aside. Among equals it is the one that was used
  /// least.
  package mutating func take(at now: ContinuousClock.Instant) -> Lease? {
    let free = endpoints.indices.filter { endpoints[$0].isFree(at: now) }
    let best = free.min {
      (endpoints[$0].inFlight, endpoints[$0].sent) < (endpoints[$1].inFlight, endpoints[$1].sent)
    }
    guard let best else { return nil }
    endpoints[best].inFlight += 1
    endpoints[best].sent += 1
    return Lease(endpoint: best, start: now)
  }

  /// When to look for an endpoint again; nil where one is free. Drawn anew for each that asks: those
  /// who wait for the same endpoint do not come back to it all at once.
  package func nextLook(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    if endpoints.contains(where: { $0.isFree(at: now) }) { return nil }
    return endpoints.compactMap(\.pausedUntil).min()?.advanced(by: policy.backoff(failures: 1))
  }

  /// Whether the endpoint of such a verdict is left aside for this time or more.
  package func leavesAside(_ verdict: Verdict, for wait: Duration) -> Bool {
    switch verdict {
    case .answers, .unknown: false
    case .fails: endpoints.count > 1
    case .pause(let asked): asked.map { $0 >= wait } ?? true
    }
  }

  /// Gives an endpoint back.
  package mutating func release(_ lease: Lease, _ verdict: Verdict, at now: ContinuousClock.Instant)
  {
    var state = endpoints[lease.endpoint]
    state.inFlight -= 1
    switch verdict {
    case .unknown: break
    case .answers: state.failures = 0
    case .fails:
      if endpoints.count > 1 { leaveAside(&state, lease, asked: nil, at: now) }
    case .pause(let asked): leaveAside(&state, lease, asked: asked, at: now)
    }
    endpoints[lease.endpoint] = state
  }

  /// Lasts as long as the endpoint asks, and at least as its failures in a row make it.
  private func leaveAside(
    _ state: inout State, _ lease: Lease, asked: Duration?, at now: ContinuousClock.Instant
  ) {
    // Attempts that were under way together fail together: that is one failure.
    let isNew = state.lastFailure.map { lease.start >= $0 } ?? true
    if isNew {
      state.failures += 1
      state.lastFailure = now
    }
    let wait = isNew ? max(asked ?? .zero, policy.backoff(failures: state.failures)) : asked
    guard let end = wait.map(now.advanced(by:)) else { return }
    state.pausedUntil = max(end, state.pausedUntil ?? end)
  }
}
