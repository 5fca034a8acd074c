import Foundation
import Synchronization

/// Asks an OpenAI-compatible server, many requests at once, and patiently.
///
/// One client keeps its limits over all batches that are asked through it at the same time. Keys
/// come from the environment when the client is made, and are in no error and no description.
public final class OpenAIClient: Sendable {
  /// What the server is.
  public let server: ServerSettings
  /// How it is treated.
  public let connection: ConnectionSettings

  private let addresses: [String]
  private let keys: [String?]
  private let exchange: HTTPExchange
  private let retries: RetryPolicy
  private let inFlight: InFlightLimit
  private let endpoints: Mutex<EndpointChoice>
  private let rateLimits: Mutex<RateLimits>

  /// Checks the settings and reads the keys. Nothing is sent.
  ///
  /// - Throws: `ServerSettingsError` with the setting or the variable that is wrong.
  public init(
    _ server: ServerSettings, _ connection: ConnectionSettings,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ServerSettingsError) {
    if let problem = server.problem ?? connection.problem { throw .invalid(problem: problem) }
    self.server = server
    self.connection = connection
    addresses = server.endpoints.map { server.address(at: $0) }
    keys = try server.keys(in: environment)
    exchange = HTTPExchange(connection)
    retries = RetryPolicy(
      firstSeconds: connection.firstBackoffSeconds,
      maximumSeconds: connection.maximumBackoffSeconds)
    inFlight = InFlightLimit(connection.requestsInFlight)
    endpoints = Mutex(EndpointChoice(count: addresses.count, policy: retries))
    rateLimits = Mutex(RateLimits(connection))
  }

  /// Answers every request once, as `TargetModel.answers(to:meter:)` says. Each attempt reserves
  /// one call, and has a receipt.
  public func answers(
    to requests: [ServerRequest], meter: any CallMeter
  ) -> AsyncStream<Answer> {
    answers(count: requests.count, meter: meter) { .success(requests[$0]) }
  }

  /// The same for requests that are made when their turn comes.
  func answers(
    count: Int, meter: any CallMeter,
    request: @escaping @Sendable (Int) -> Result<ServerRequest, TargetModelError>
  ) -> AsyncStream<Answer> {
    let (stream, continuation) = AsyncStream.makeStream(of: Answer.self)
    let batch = CallBatch(count: count, meter: meter)
    let work = Task {
      await withDiscardingTaskGroup { group in
        for _ in 0..<min(count, connection.requestsInFlight) {
          group.addTask {
            while let index = batch.nextIndex() {
              continuation.yield(await self.answer(to: request, index, in: batch))
            }
          }
        }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in work.cancel() }
    return stream
  }

  private func answer(
    to request: (Int) -> Result<ServerRequest, TargetModelError>, _ index: Int,
    in batch: CallBatch
  ) async -> Answer {
    var receipts: [CallReceipt] = []
    do throws(TargetModelError) {
      try batch.checkContinues()
      let completion = try await completion(for: try request(index).get(), in: batch, &receipts)
      return Answer(index: index, result: .success(completion), receipts: receipts)
    } catch {
      return Answer(index: index, result: .failure(error), receipts: receipts)
    }
  }

  /// Tries until there is an answer, a failure that stays, or no attempt left.
  private func completion(
    for request: ServerRequest, in batch: CallBatch, _ receipts: inout [CallReceipt]
  ) async throws(TargetModelError) -> Completion {
    let request = server.withSystem(request)
    let body = server.body(of: request)
    var attempt = 1
    while true {
      do throws(AttemptFailure) {
        return try await self.attempt(request, body, in: batch, &receipts)
      } catch {
        guard error.isPassing, attempt < connection.maximumAttempts else { throw error.error }
        // An endpoint that is left aside is wait enough: another may be free at once.
        let backoff = retries.backoff(failures: attempt)
        if !endpoints.withLock({ $0.leavesAside(error.verdict, for: backoff) }) {
          try await batch.wait(until: .now + backoff)
        }
        attempt += 1
      }
    }
  }

  /// One attempt, from waiting for its turn to its answer.
  private func attempt(
    _ request: ServerRequest, _ body: Data, in batch: CallBatch,
    _ receipts: inout [CallReceipt]
  ) async throws(AttemptFailure) -> Completion {
    guard await inFlight.enter() else { throw AttemptFailure(.cancelled) }
    defer { inFlight.leave() }
    let lease = try await turn(for: request, in: batch)
    var verdict = EndpointChoice.Verdict.unknown
    defer { endpoints.withLock { $0.release(lease, verdict, at: .now) } }
    do throws(AttemptFailure) {
      let completion = try await send(request, body, to: lease.endpoint, in: batch, &receipts)
      verdict = .answers
      return completion
    } catch {
      verdict = error.verdict
      throw error
    }
  }

  /// Waits until an endpoint and the rate limits allow another attempt. The limits come second: what
  /// they let through goes then, or not at all, so that a pause does not gather calls behind it.
  private func turn(
    for request: ServerRequest, in batch: CallBatch
  ) async throws(AttemptFailure) -> EndpointChoice.Lease {
    let tokens = request.estimatedPromptTokens + request.sampling.maximumTokens
    do throws(TargetModelError) {
      while true {
        while let instant = endpoints.withLock({ $0.nextLook(at: .now) }) {
          try await batch.wait(until: instant)
        }
        try await batch.wait(until: rateLimits.withLock { $0.admit(tokens: tokens, at: .now) })
        if let lease = endpoints.withLock({ $0.take(at: .now) }) { return lease }
      }
    } catch {
      throw AttemptFailure(error)
    }
  }

  /// Reserves the call, sends it and reads the answer.
  private func send(
    _ request: ServerRequest, _ body: Data, to endpoint: Int, in batch: CallBatch,
    _ receipts: inout [CallReceipt]
  ) async throws(AttemptFailure) -> Completion {
    let place = receipts.count
    do throws(TargetModelError) {
      receipts.append(
        try batch.reserve(
          promptTokens: request.mostPromptTokens,
          outputTokens: request.sampling.maximumTokens))
    } catch {
      throw AttemptFailure(error)
    }
    do throws(AttemptFailure) {
      let start = ContinuousClock.now
      let response = try await exchange.post(body, to: addresses[endpoint], key: keys[endpoint])
      let completion = try response.completion(
        for: request, seconds: (ContinuousClock.now - start) / .seconds(1),
        keys: keys.compactMap(\.self))
      receipts[place].promptTokens = completion.promptTokens
      receipts[place].outputTokens = completion.outputTokens
      return completion
    } catch {
      if let used = error.used {
        receipts[place].promptTokens = used.promptTokens
        receipts[place].outputTokens = used.outputTokens
      }
      throw error
    }
  }
}
