import Foundation
import TargetModels

/// The client of OpenAI-compatible servers: what share of its time it spends on anything but waiting
/// for answers.
public struct ClientBenchmark: Sendable {
  /// Address of the server, up to `/v1`.
  public var url: String
  /// Requests under way at once.
  public var requestsInFlight: Int
  /// Requests in all.
  public var count: Int

  /// - Precondition: Both counts are positive.
  public init(url: String, requestsInFlight: Int, count: Int) {
    precondition(
      requestsInFlight > 0 && count > 0, "client benchmark: \(count) by \(requestsInFlight)")
    (self.url, self.requestsInFlight, self.count) = (url, requestsInFlight, count)
  }

  /// Asks as many questions as there are in flight to open the connections, then all.
  ///
  /// - Throws: `ServerSettingsError` for an address that is none; the first failure of a request.
  public func run() async throws -> ClientReport {
    let client = try OpenAIClient(
      ServerSettings(
        model: "benchmark", api: .chat, endpoints: [ServerEndpoint(url: url)]),
      ConnectionSettings(
        requestsInFlight: requestsInFlight, timeoutSeconds: 30, maximumAttempts: 1,
        firstBackoffSeconds: 1, maximumBackoffSeconds: 1))
    let target = OpenAITarget(name: "benchmark", client: client)
    _ = try await seconds(target, requestsInFlight)
    let processor = Self.processorSeconds
    let elapsed = try await seconds(target, count)
    return ClientReport(
      requestsPerSecond: Double(count) / elapsed,
      cores: (Self.processorSeconds - processor) / elapsed, requests: count,
      requestsInFlight: requestsInFlight)
  }

  private func seconds(_ target: OpenAITarget, _ count: Int) async throws -> Double {
    let prefix = String(repeating: "Is this review positive or negative? ", count: 10)
    let requests = (0..<count).map {
      CompletionRequest(prefix: prefix, rest: "\($0)", sampling: Sampling(maximumTokens: 8))
    }
    let start = ContinuousClock.now
    for result in await target.complete(requests) { _ = try result.get() }
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// Time that all threads of this process have computed.
  private static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}

/// What `ClientBenchmark` found.
public struct ClientReport: Encodable, Sendable {
  /// Answers a second.
  public let requestsPerSecond: Double
  /// Cores that this process kept busy.
  public let cores: Double
  /// Requests in all, and under way at once.
  public let requests, requestsInFlight: Int
}
