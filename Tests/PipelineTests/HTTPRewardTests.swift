import Foundation
import LocalServer
import Pipeline
import TargetModels
import Testing

/// An endpoint that scores, badly at times, and at times not at all.
@Suite struct HTTPRewardTests {
  private func rewrites(_ count: Int) -> [RewriteToScore] {
    (0..<count).map {
      RewriteToScore(
        task: "answers", kind: .qa, original: "What is asked in question \($0)?",
        rewritten: String(repeating: "answer ", count: $0 + 1))
    }
  }

  private func reward(
    port: Int, patience: Double = 300, timeout: Double = 120, outages: Outages = Outages()
  ) throws -> HTTPReward {
    HTTPReward(
      name: "judge",
      endpoint: try RewardEndpoint(
        ServerEndpoint(url: "http://127.0.0.1:\(port)/score"), timeoutSeconds: timeout,
        patienceSeconds: patience,
        retries: RetryPolicy(firstSeconds: 0.01, maximumSeconds: 0.05))
    ) { outages.append($0) }
  }

  @Test func everyRewriteHasTheScoreOfItsOwn() async throws {
    let server = try await LocalServer.scoring()
    let rewrites = rewrites(150)
    #expect(
      try await reward(port: server.port).scores(of: rewrites)
        == rewrites.map { Float($0.rewritten.utf8.count) })
    #expect(server.record.total == 3, "requests of 64 rewrites")
    #expect(server.record.last?.rewrites.map(\.id) == Array(0..<22))
    #expect(try await reward(port: server.port).scores(of: []) == [])
  }

  /// Faults after which another attempt may do better change nothing.
  @Test(arguments: [
    Fault.status(429, retryAfter: "0.01"), .status(503), .status(500), .reset, .halfBody, .hang,
  ])
  func whatPassesIsWaitedFor(fault: Fault) async throws {
    let server = try await LocalServer.scoring { $0.attempt < 4 ? fault : nil }
    let outages = Outages()
    let reward = try reward(
      port: server.port, timeout: fault == .hang ? 0.5 : 120, outages: outages)
    #expect(try await reward.scores(of: rewrites(2)) == [7, 14])
    #expect(outages.begins.count == 1 && outages.ends == 1)
    // On a busy machine even a good answer may come too late for the short deadline.
    #expect(fault == .hang ? server.record.total >= 4 : server.record.total == 4)
  }

  @Test func anEndpointThatIsDownIsWaitedFor() async throws {
    let port = try await LocalServer.freePort()
    let outages = Outages()
    let reward = try reward(port: port, outages: outages)
    let rewrites = rewrites(2)
    let scores = Task { try await reward.scores(of: rewrites) }
    while outages.begins.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    let server = try await LocalServer.scoring(port: port)
    #expect(try await scores.value == [7, 14])
    #expect(outages.ends == 1 && server.record.total == 1)
    #expect(try await reward.scores(of: rewrites) == [7, 14])
    #expect(outages.begins.count == 1, "told once")
  }

  /// With the waits that a run has. Outside of CI: MAPO_OUTAGE_SECONDS=60 swift test …
  @Test(.enabled(if: outageSeconds != nil))
  func aLongOutageIsWaitedFor() async throws {
    let seconds = try #require(outageSeconds)
    let port = try await LocalServer.freePort()
    let outages = Outages()
    let reward = HTTPReward(
      name: "judge",
      endpoint: try RewardEndpoint(
        ServerEndpoint(url: "http://127.0.0.1:\(port)/score"), timeoutSeconds: 10,
        patienceSeconds: 300)
    ) { outages.append($0) }
    let rewrites = rewrites(2)
    let scores = Task { try await reward.scores(of: rewrites) }
    try await Task.sleep(for: .seconds(seconds))
    let server = try await LocalServer.scoring(port: port)
    #expect(try await scores.value == [7, 14])
    #expect(outages.begins.count == 1 && outages.ends == 1 && server.record.total == 1)
    print("\(outages.all.count) notices, the last: \(outages.all.last ?? "")")
  }

  @Test func patienceEnds() async throws {
    let reward = try reward(port: try await LocalServer.freePort(), patience: 0.3)
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(2))
    }
    guard case .notAnswering("judge", let seconds, let reason)? = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(seconds >= 0.3 && reason.contains("nothing accepts a connection there"))
    let words = try #require(error?.description)
    #expect(words.hasPrefix("judge: the endpoint did not answer for "))
    #expect(words.hasSuffix("; the last checkpoint is kept, --resume goes on from there"))
  }

  @Test(arguments: [
    (Fault.status(404, message: "no such path"), "the server refused the request with status 404"),
    (.status(422, message: "What is asked in question 1?"), "with status 422"),
    (.body("[1, 2]"), "judge answered without {\"scores\": [numbers]}"),
    (.body("{\"scores\": [1, \"2\"]}"), "judge answered without {\"scores\": [numbers]}"),
    (.body("{\"scores\": [1]}"), "judge gave 1 scores for 2 rewrites"),
  ])
  func whatStaysEndsAtOnce(fault: Fault, words: String) async throws {
    let server = try await LocalServer.scoring { _ in fault }
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward(port: server.port).scores(of: rewrites(2))
    }
    let description = try #require(error?.description)
    #expect(description.contains(words), "\(description)")
    #expect(!description.contains("question 1"), "nothing of a prompt")
    #expect(server.record.total == 1)
  }

  @Test func scoresThatAreNotFiniteAreHandedOn() async throws {
    let server = try await LocalServer.scoring { _ in .body("{\"scores\": [NaN, null]}") }
    #expect(try await reward(port: server.port).scores(of: rewrites(2)).allSatisfy(\.isNaN))
  }

  @Test func aCancellationEndsTheWaiting() async throws {
    let reward = try reward(port: try await LocalServer.freePort(), patience: 1000)
    let rewrites = rewrites(1)
    let work = Task { try await reward.scores(of: rewrites) }
    try await Task.sleep(for: .milliseconds(50))
    work.cancel()
    await #expect(throws: CancellationError.self) { _ = try await work.value }
  }

  @Test func settingsAreCheckedBeforeAnythingIsSent() throws {
    #expect(throws: ServerSettingsError.missingKey(variable: "JUDGE_KEY")) {
      _ = try RewardEndpoint(
        ServerEndpoint(url: "http://127.0.0.1:1/score", keyVariable: "JUDGE_KEY"),
        timeoutSeconds: 1, patienceSeconds: 1, environment: [:])
    }
    #expect(throws: ServerSettingsError.self) {
      _ = try RewardEndpoint(
        ServerEndpoint(url: "judge"), timeoutSeconds: 1, patienceSeconds: 1, environment: [:])
    }
  }
}

/// How long an endpoint is down in a test that is not of CI.
private let outageSeconds = ProcessInfo.processInfo.environment["MAPO_OUTAGE_SECONDS"]
  .flatMap(Double.init)

/// What an endpoint told of times without answers.
final class Outages: Sendable {
  private let log = LoggedLines()

  /// All that it told.
  var all: [String] { log.lines }
  /// Reasons, one for each beginning.
  var begins: [String] { log.lines.filter { $0.hasPrefix("begins") } }
  /// How many ended.
  var ends: Int { log.lines.count { $0.hasPrefix("ends") } }

  func append(_ outage: RewardEndpoint.Outage) { log.append("\(outage)") }
}

extension LocalServer {
  /// A server whose score is the length of the rewrite in bytes.
  static func scoring(
    port: Int = 0, fault: @escaping @Sendable (ReceivedRequest) -> Fault? = { _ in nil }
  ) async throws -> LocalServer {
    try await LocalServer(port: port, fault: fault) { request in
      "{\"scores\": \(request.rewrites.map { Double($0.rewritten.utf8.count) })}"
    }
  }

  /// A port on which nothing listens.
  static func freePort() async throws -> Int {
    let server = try await LocalServer.scoring()
    await server.stop()
    return server.port
  }
}
