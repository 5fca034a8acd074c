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

  /// Tokens in the receipt of an attempt at the prompt "why": none where the server said so, what
  /// was reserved where nobody knows.
  private static func settled(_ error: TargetModelError) -> (prompt: Int, output: Int) {
    switch error {
    case .rateLimited, .serverError: (0, 0)
    default: (19, 8)
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
    let (prompt, output) = Self.settled(error)
    #expect(answer.receipts.map(\.promptTokens) == [prompt, prompt, 1])
    #expect(answer.receipts.map(\.outputTokens) == [output, output, 2])
  }

  @Test(arguments: passing)
  func aFaultThatStaysIsTheResult(fault: Fault, error: TargetModelError) async throws {
    let server = try await LocalServer.echo { _ in fault }
    let client = try OpenAIClient([server], timeout: Self.timeout(for: fault), attempts: 2)
    let answer = try await client.only(question("why"))
    #expect(answer.error == error)
    #expect(error.isOutcome && !error.isFatal)
    // An attempt may time out before the server has read it.
    #expect(server.record.received["why", default: 0] <= 2)
    let (prompt, output) = Self.settled(error)
    let receipt = CallReceipt(
      reservation: 0, calls: 1, promptTokens: prompt, outputTokens: output)
    #expect(answer.receipts == [receipt, receipt])
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
      #expect(answer.receipts.map(\.promptTokens) == [1], "the server counted")
      #expect(answer.receipts.map(\.outputTokens) == [0])
    }
    #expect(server.record.total == 2)
    let silent = try await LocalServer.echo { _ in .body(#"{"choices":[{"text":null}]}"#) }
    let answer = try await OpenAIClient([silent]).only(question("why"))
    #expect(answer.receipts.map(\.promptTokens) == [19], "nobody counted")
    #expect(answer.receipts.map(\.outputTokens) == [8])
  }

  @Test(arguments: ["-1", "1000000001", "9223372036854775807", "1e300", "1.5", "\"7\"", "null"])
  func countsThatCannotBeAreEstimated(count: String) async throws {
    let server = try await LocalServer.echo { _ in
      .body(
        #"{"choices":[{"text":"12345678"}],"usage":{"prompt_tokens":\#(count),"#
          + #""completion_tokens":\#(count)}}"#)
    }
    let answer = try await OpenAIClient([server]).only(question("why"))
    let completion = try answer.result.get()
    #expect(completion.promptTokens == 1 && completion.outputTokens == 2)
    #expect(
      answer.receipts == [
        CallReceipt(reservation: 0, calls: 1, promptTokens: 1, outputTokens: 2)
      ])
  }

  @Test(arguments: [
    #"{"content":[{"logprob":-1},{"logprob":null}]}"#, #"{"token_logprobs":[null,-1]}"#,
    #"{"content":null}"#, "null", "7",
  ])
  func logProbsThatAreNotAllThereAreNone(logProbs: String) async throws {
    let server = try await LocalServer.echo { _ in
      .body(#"{"choices":[{"text":"fine","logprobs":\#(logProbs)}]}"#)
    }
    let completion = try await OpenAIClient([server], logProbs: true).only(question("why"))
      .result.get()
    #expect(completion.text == "fine" && completion.logProbs == nil)
  }

  @Test func partsOfAPromptAreNotRepeated() async throws {
    let prompt = "Dear doctor, since March\n  my left knee hurts when I climb the stairs."
    let bodies = [
      (#"{"error":{"message":"bad: since March my left knee","code":"bad_input"}}"#, "bad_input"),
      (#"{"error":{"message":"bad: since March\n  my left knee","type":"no"}}"#, "no"),
      (#"{"message":"my left knee hurts when","code":"my left knee hurts when"}"#, ""),
      (#"{"detail":[{"input":"my left knee hurts when"}]}"#, ""),
      ("<p>my left knee hurts when</p>", ""),
      ("<p>no such page</p>", "<p>no such page</p>"),
      (#"{"detail":"my left knee hurts"}"#, "my left knee hurts"),
    ]
    for (body, reason) in bodies {
      let server = try await LocalServer.echo { _ in .body(body, status: 400) }
      let answer = try await OpenAIClient([server]).only(question(prompt))
      #expect(answer.error == .refused(status: 400, reason: reason), "\(body)")
      #expect(answer.receipts.map(\.outputTokens) == [0])
    }
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
    #expect(alone.receipts.allSatisfy { $0.promptTokens == 0 && $0.outputTokens == 0 })
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
