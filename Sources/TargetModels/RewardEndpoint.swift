import Foundation

/// An endpoint that is asked one thing at a time, and waited for when it is down.
///
/// Tried again: what may pass (no connection, no answer in time, status 408, 409, 429 and 5xx), with
/// exponential backoff and full jitter, and as long as `Retry-After` says.
package final class RewardEndpoint: Sendable {
  private let address: String
  private let key: String?
  private let patienceSeconds: Double
  private let exchange: HTTPExchange
  private let retries: RetryPolicy

  /// What a caller may tell of a time without answers.
  package enum Outage: Sendable, Equatable {
    /// The first attempt without an answer.
    case begins(TargetModelError)
    /// Another attempt without one, this long after the first.
    case lasts(seconds: Double)
    /// There is an answer again.
    case ends(seconds: Double)
  }

  /// Why there is no answer.
  package enum Failure: Error, Equatable, Sendable {
    /// Nothing that was tried for this time gave one.
    case notAnswering(seconds: Double, TargetModelError)
    /// No further attempt would give one; or the task was cancelled.
    case failed(TargetModelError)
  }

  /// Reads the key. Nothing is sent.
  ///
  /// - Parameters:
  ///   - endpoint: The whole address, and where its key is.
  ///   - timeoutSeconds: Most time for one attempt, to the last byte of its answer.
  ///   - patienceSeconds: Most time from an attempt without an answer to the start of the last.
  ///   - retries: Waits between attempts.
  /// - Throws: `ServerSettingsError` with the setting or the variable that is wrong.
  package init(
    _ endpoint: ServerEndpoint, timeoutSeconds: Double, patienceSeconds: Double,
    retries: RetryPolicy = RetryPolicy(firstSeconds: 0.5, maximumSeconds: 10),
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ServerSettingsError) {
    if let problem = endpoint.problem { throw .invalid(problem: problem) }
    address = endpoint.url
    key = try endpoint.key(in: environment)
    self.patienceSeconds = patienceSeconds
    self.retries = retries
    exchange = HTTPExchange(
      ConnectionSettings(
        requestsInFlight: 1, timeoutSeconds: timeoutSeconds, maximumAttempts: 1,
        firstBackoffSeconds: 1, maximumBackoffSeconds: 1))
  }

  /// Sends JSON and returns the body of the answer.
  ///
  /// - Parameters:
  ///   - texts: What no error may repeat a passage of.
  ///   - notice: Is told of a time without answers: its beginning and its end once.
  package func answer(
    to body: Data, hiding texts: [String], notice: (Outage) -> Void
  ) async throws(Failure) -> Data {
    var start: ContinuousClock.Instant?
    var failures = 0
    while true {
      do throws(AttemptFailure) {
        let response = try await exchange.post(body, to: address, key: key)
        try response.checkStatus(messages: texts, keys: [key].compactMap(\.self))
        if let start { notice(.ends(seconds: seconds(since: start))) }
        return response.body
      } catch {
        guard error.isPassing else { throw .failed(error.error) }
        failures += 1
        notice(start.map { .lasts(seconds: seconds(since: $0)) } ?? .begins(error.error))
        let outage = start ?? .now
        start = outage
        let left = patienceSeconds - seconds(since: outage)
        guard left > 0 else {
          throw .notAnswering(seconds: seconds(since: outage), error.error)
        }
        // The last attempt begins when patience ends.
        try await wait(min(max(retries.backoff(failures: failures), error.asked), .seconds(left)))
      }
    }
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  private func wait(_ time: Duration) async throws(Failure) {
    do {
      try await Task.sleep(for: time)
    } catch {
      throw .failed(.cancelled)
    }
  }
}

extension AttemptFailure {
  /// The wait that the endpoint asks for.
  fileprivate var asked: Duration {
    if case .pause(let wait?) = verdict { wait } else { .zero }
  }
}
