import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP as far as a client of models needs it: a body there, a body back, within a time.
final class HTTPExchange: Sendable {
  private let client: HTTPClient
  private let timeoutSeconds: Double

  /// Answers that are longer are given up: nothing that a model writes comes near it.
  static let maximumAnswerBytes = 16 << 20

  /// An answer of any status.
  struct Response {
    let status: Int
    let contentType: String?
    let retryAfter: String?
    let body: Data
  }

  /// Opens no connection yet; those that are opened are kept for the next request.
  ///
  /// Redirects are not followed: they could carry the key elsewhere. HTTP/1.1 only: one connection
  /// for each request under way spreads well over the machines behind one address.
  init(_ settings: ConnectionSettings) {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(settings.timeoutSeconds, atMost: 10)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
      settings.requestsInFlight
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    timeoutSeconds = settings.timeoutSeconds
  }

  deinit {
    // Nothing uses the client any more, and nobody waits for its connections to close.
    client.shutdown { _ in }
  }

  /// Sends `body` and reads the whole answer. The time runs until its last byte.
  func post(
    _ body: Data, to address: String, key: String?
  ) async throws(AttemptFailure) -> Response {
    do {
      var headers = HTTPHeaders([("Content-Type", "application/json")])
      if let key { headers.add(name: "Authorization", value: "Bearer \(key)") }
      let request = try HTTPClient.Request(
        url: address, method: .POST, headers: headers, body: .data(body))
      let task = client.execute(
        request: request,
        delegate: ResponseAccumulator(request: request, maxBodySize: Self.maximumAnswerBytes),
        deadline: .now() + .seconds(timeoutSeconds, atMost: .infinity))
      let response = try await withTaskCancellationHandler {
        try await task.get()
      } onCancel: {
        task.cancel()
      }
      return Response(
        status: Int(response.status.code),
        contentType: response.headers.first(name: "Content-Type"),
        retryAfter: response.headers.first(name: "Retry-After"),
        body: response.body.map { Data($0.readableBytesView) } ?? Data())
    } catch {
      throw failure(error)
    }
  }

  /// Failures to get a connection.
  private static let beforeSending: [HTTPClientError] = [
    .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
  ]

  /// What went wrong, in words that hold nothing of what was sent.
  private func failure(_ error: any Error) -> AttemptFailure {
    if Task.isCancelled { return AttemptFailure(.cancelled) }
    switch error {
    case let error as HTTPClientError where error == .deadlineExceeded:
      return .passing(.timedOut(seconds: timeoutSeconds))
    case let error as HTTPClientError where Self.beforeSending.contains(error):
      return .unreachable("nothing accepts a connection there")
    case let error as HTTPClientError:
      return .passing(.connectionFailed(reason: error.shortDescription.lowercased()))
    case let error as NIOConnectionError:
      return .unreachable(
        error.connectionErrors.isEmpty
          ? "its name is not known" : "nothing accepts a connection there")
    case let error as IOError where [ECONNRESET, EPIPE, ETIMEDOUT].contains(error.errnoCode):
      return .passing(.connectionFailed(reason: "connection reset"))
    case is IOError: return .unreachable("nothing accepts a connection there")
    case is HTTPParserError:
      return .passing(.malformedAnswer(reason: "it breaks off, or is not HTTP"))
    case is ResponseAccumulator.ResponseTooBigError:
      return AttemptFailure(
        .malformedAnswer(reason: "it is longer than \(Self.maximumAnswerBytes) bytes"),
        verdict: .answers)
    default: return .passing(.connectionFailed(reason: "\(type(of: error))"))
    }
  }
}

extension TimeAmount {
  fileprivate static func seconds(_ seconds: Double, atMost bound: Double) -> TimeAmount {
    .nanoseconds(Int64(min(seconds, bound) * 1e9))
  }
}
