import Synchronization

/// What the requests that are asked together share: whose turn it is, the meter, and whether to stop.
final class CallBatch: Sendable {
  private let count: Int
  private let meter: any CallMeter
  private let state = Mutex(State())

  private struct State {
    var next = 0
    var stop: TargetModelError?
  }

  /// A batch of which nothing was asked yet.
  init(count: Int, meter: any CallMeter) {
    self.count = count
    self.meter = meter
  }

  /// The next request that nobody has taken.
  func nextIndex() -> Int? {
    state.withLock { state in
      guard state.next < count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  /// - Throws: The reason for which nothing more may be sent.
  func checkContinues() throws(TargetModelError) {
    if Task.isCancelled { throw .cancelled }
    if let stop = state.withLock({ $0.stop }) { throw stop }
  }

  /// Waits, and looks every second whether there is still something to wait for.
  func wait(until instant: ContinuousClock.Instant) async throws(TargetModelError) {
    try checkContinues()
    while ContinuousClock.now < instant {
      do {
        let look = ContinuousClock.now.advanced(by: .seconds(1))
        try await Task.sleep(until: min(instant, look), clock: .continuous)
      } catch {
        throw .cancelled
      }
      try checkContinues()
    }
  }

  /// Sets one call aside; the receipt says that it took all that was set aside, which holds until
  /// more is known. Where the meter refuses, the whole batch stops.
  func reserve(promptTokens: Int, outputTokens: Int) throws(TargetModelError) -> CallReceipt {
    try checkContinues()
    do throws(TargetModelError) {
      let reservation = try meter.reserve(
        calls: 1, promptTokens: promptTokens, outputTokens: outputTokens)
      return CallReceipt(
        reservation: reservation, calls: 1, promptTokens: promptTokens, outputTokens: outputTokens)
    } catch {
      state.withLock { $0.stop = error }
      throw error
    }
  }
}
