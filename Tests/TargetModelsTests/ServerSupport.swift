import LocalServer
import Synchronization
import TargetModels
import Testing

extension OpenAIClient {
  /// A client of test servers: patient by default, with waits of milliseconds.
  convenience init(
    _ servers: [LocalServer], api: ServerAPI = .chat, inFlight: Int = 16, timeout: Double = 60,
    attempts: Int = 3, system: String? = nil, logProbs: Bool? = nil
  ) throws {
    try self.init(
      ServerSettings(
        model: "m", api: api, endpoints: servers.map { ServerEndpoint(url: $0.url) },
        system: system, logProbs: logProbs),
      .quick(inFlight: inFlight, timeout: timeout, attempts: attempts), environment: [:])
  }
}

extension ConnectionSettings {
  /// Waits of milliseconds.
  static func quick(
    inFlight: Int = 16, timeout: Double = 60, attempts: Int = 3
  ) -> ConnectionSettings {
    ConnectionSettings(
      requestsInFlight: inFlight, timeoutSeconds: timeout, maximumAttempts: attempts,
      firstBackoffSeconds: 0.001, maximumBackoffSeconds: 0.01)
  }
}

extension LocalServer {
  /// A server whose answer is the prompt behind an arrow.
  static func echo(
    latency: Duration = .zero,
    fault: @escaping @Sendable (ReceivedRequest) -> Fault? = { _ in nil }
  ) async throws -> LocalServer {
    try await LocalServer(latency: latency, fault: fault) { "→ " + $0.prompt }
  }
}

/// Questions with different prompts.
func questions(_ count: Int, maximumTokens: Int = 8) -> [ServerRequest] {
  (0..<count).map { question("question \($0)", maximumTokens: maximumTokens) }
}

/// One question.
func question(_ text: String, maximumTokens: Int = 8) -> ServerRequest {
  ServerRequest(messages: [.user(text)], sampling: Sampling(maximumTokens: maximumTokens))
}

extension OpenAIClient {
  /// All answers in the order of the requests; each request must have exactly one.
  func all(
    _ requests: [ServerRequest], meter: any CallMeter = Unmetered()
  ) async throws -> [Answer] {
    var found: [Answer] = []
    for await answer in answers(to: requests, meter: meter) { found.append(answer) }
    found.sort { $0.index < $1.index }
    try #require(found.map(\.index) == Array(requests.indices), "each is answered once")
    return found
  }

  /// The answer to the only request.
  func only(_ request: ServerRequest) async throws -> Answer {
    try #require(try await all([request]).first)
  }
}

extension Answer {
  /// The text; nil where the request failed.
  var text: String? { try? result.get().text }

  /// The failure; nil where there is an answer.
  var error: TargetModelError? {
    if case .failure(let error) = result { error } else { nil }
  }
}

/// Allows a number of calls, and numbers its reservations.
final class CountingMeter: CallMeter {
  private let limit: Int
  private let state = Mutex((reserved: 0, promptTokens: 0, outputTokens: 0))

  init(limit: Int = .max) { self.limit = limit }

  /// Calls that were allowed.
  var reserved: Int { state.withLock { $0.reserved } }

  /// Tokens that were allowed to be read.
  var promptTokens: Int { state.withLock { $0.promptTokens } }

  /// Tokens that were allowed to be written.
  var outputTokens: Int { state.withLock { $0.outputTokens } }

  func reserve(
    calls: Int, promptTokens: Int, outputTokens: Int
  ) throws(TargetModelError) -> Int64 {
    let number: Int64? = state.withLock { state in
      guard state.reserved + calls <= limit else { return nil }
      state.reserved += calls
      state.promptTokens += calls * promptTokens
      state.outputTokens += calls * outputTokens
      return Int64(state.reserved)
    }
    guard let number else { throw .budgetMet(reason: "\(limit) calls") }
    return number
  }
}
