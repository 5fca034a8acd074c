/// What a server has seen.
public struct ServerRecord: Sendable {
  /// Requests by their prompt, those that met a fault included.
  public internal(set) var received: [String: Int] = [:]
  /// Answers that were sent whole, by prompt.
  public internal(set) var answered: [String: Int] = [:]
  /// Requests that were not ones of the API.
  public internal(set) var misunderstood = 0
  /// Most requests that were under way at once.
  public internal(set) var mostInFlight = 0
  /// Requests under way.
  public internal(set) var inFlight = 0
  /// Connections that were opened.
  public internal(set) var connections = 0
  /// The Authorization headers that were seen; the empty text for none.
  public internal(set) var authorizations: Set<String> = []
  /// The last request.
  public internal(set) var last: ReceivedRequest?

  /// All requests together.
  public var total: Int { received.values.reduce(misunderstood, +) }

  /// Counts a request that begins, and numbers it among those of its prompt.
  mutating func begin(_ request: ReceivedRequest) -> ReceivedRequest {
    var request = request
    received[request.prompt, default: 0] += 1
    request.attempt = received[request.prompt, default: 0]
    authorizations.insert(request.authorization ?? "")
    inFlight += 1
    mostInFlight = max(mostInFlight, inFlight)
    last = request
    return request
  }
}
