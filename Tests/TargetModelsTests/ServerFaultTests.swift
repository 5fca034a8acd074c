import Foundation
import LocalServer
import TargetModels
import Testing

@Suite struct ServerFaultTests {
  /// Faults, and what a request ends with that meets nothing else.
  private static let passing: [(Fault, TargetModelError)] = [
    (.status(429), .rateLimited), (.status(429, retryAfter: "0.01"), .rateLimited),
    (.status(408), .serverError(status: 408)), (.status(409), .serverError(status: 409)),
    (.status(500), .serverError(status: 500)),
    (.status(503, retryAfter: "0"), .serverError(status: 503)),
    (.hang, .timedOut(seconds: 0.5)), (.slowDrip(.milliseconds(20)), .timedOut(seconds: 0.5)),
    (.halfBody, .malformedAnswer(reason: "it breaks off, or is not HTTP")),
    (.invalidJSON, .malformedAnswer(reason: "it is not the JSON of an answer")),
    (.emptyChoices, .malformedAnswer(reason: "it has no choices")),
    (.wrongContentType, .malformedAnswer(reason: "its content type is 'text/html'")),
    (.reset, .connectionFailed(reason: "connection reset")),
  ]

  private static func timeout(for fault: Fault) -> Double {
    switch fault {
    case .hang, .slowDrip: 0.5
    default: 60
    }
  }

  @Test(arguments: passing)
  func aPassingFaultIsTriedAgain(fault: Fault, error: TargetModelError) async throws {
    // The good answer must not meet the deadline, so only the faults have a short one.
    let server = try await LocalServer.echo { $0.attempt <= 2 ? fault : nil }
    let client = try OpenAIClient(
      [server], timeout: Self.timeout(for: fault) * 4, attempts: 3)
    let meter = CountingMeter()
    let answer = try #require(try await client.all([question("why")], meter: meter).first)
    #expect(answer.text == "→ why")
    #expect(server.record.received == ["why": 3])
    #expect(meter.reserved == 3)
    #expect(answer.receipts.map(\.reservation) == [1, 2, 3])
    #expect(answer.receipts.map(\.calls) == [1, 1, 1])
    #expect(answer.receipts.map(\.promptTokens) == [0, 0, 1])
    #expect(answer.receipts.map(\.outputTokens) == [0, 0, 2])
  }

  @Test(arguments: passing)
  func aFaultThatStaysIsTheResult(fault: Fault, error: TargetModelError) async throws {
    let server = try await LocalServer.echo { _ in fault }
    let client = try OpenAIClient([server], timeout: Self.timeout(for: fault), attempts: 2)
    let answer = try await client.only(question("why"))
    #expect(answer.error == error)
    #expect(error.isOutcome && !error.isFatal)
    #expect(server.record.received == ["why": 2])
    #expect(
      answer.receipts
        == Array(
          repeating: CallReceipt(reservation: 0, calls: 1, promptTokens: 0, outputTokens: 0),
          count: 2))
  }

  @Test(arguments: [301, 400, 401, 403, 404, 422])
  func aRefusalIsNotTriedAgain(status: Int) async throws {
    let server = try await LocalServer.echo { _ in .status(status, message: "no such thing") }
    let answer = try await OpenAIClient([server]).only(question("why"))
    #expect(answer.error == .refused(status: status, reason: "no such thing"))
    #expect(answer.error?.isFatal == [401, 403, 404].contains(status))
    #expect(answer.error?.isOutcome == true)
    #expect(server.record.total == 1)
  }

  @Test func anAnswerWithoutTextIsNotTriedAgain() async throws {
    let server = try await LocalServer.echo { _ in .noText }
    for api in [ServerAPI.chat, .completions] {
      let answer = try await OpenAIClient([server], api: api).only(question("\(api)"))
      #expect(answer.error == .malformedAnswer(reason: "the model wrote no text"))
    }
    #expect(server.record.total == 2)
  }

  @Test func errorsHoldNeitherKeysNorPrompts() async throws {
    let key = "sk-very-secret-0123456789"
    let prompt = "a prompt that is nobody's business"
    let server = try await LocalServer.echo { request in
      .status(
        400,
        message: "\(request.authorization ?? "")\n\(prompt) " + .init(repeating: "x", count: 500))
    }
    let client = try OpenAIClient(
      ServerSettings(
        model: "m", api: .chat,
        endpoints: [ServerEndpoint(url: server.url, keyVariable: "TEST_KEY")]),
      .quick(), environment: ["TEST_KEY": key])
    let answer = try await client.only(question(prompt))
    let error = try #require(answer.error)
    #expect(server.record.authorizations == ["Bearer " + key])
    for text in ["\(error)", String(reflecting: error), "\(client)", "\(answer)"] {
      #expect(!text.contains(key) && !text.contains(prompt))
    }
    #expect("\(error)".hasPrefix("the server refused the request with status 400: Bearer … … xxx"))
    #expect("\(error)".count <= 260)
  }

  @Test func aDeadEndpointIsLeftAside() async throws {
    let dead = try await LocalServer.echo()
    await dead.stop()
    let alive = try await LocalServer.echo()
    let both = try OpenAIClient([dead, alive], attempts: 50)
    let answers = try await both.all(questions(200))
    #expect(answers.map(\.text) == (0..<200).map { "→ question \($0)" })
    #expect(alive.record.total == 200)
    let alone = try await OpenAIClient([dead], attempts: 2).only(question("why"))
    #expect(
      alone.error == .connectionFailed(reason: "nothing accepts a connection there"))
    #expect(alone.receipts.count == 2)
  }

  @Test func anUnknownHostIsUnreachable() async throws {
    let client = try OpenAIClient(
      ServerSettings(
        model: "m", api: .chat, endpoints: [ServerEndpoint(url: "http://nowhere.invalid/v1")]),
      .quick(attempts: 1), environment: [:])
    let answer = try await client.only(question("why"))
    #expect(answer.error == .connectionFailed(reason: "its name is not known"))
  }
}
