import LocalServer
import TargetModels
import Testing

@Suite struct ServerLoadTests {
  @Test func withManyFaultsEachRequestEndsOnce() async throws {
    let plan = FaultPlan(share: 0.3, seed: 4)
    let server = try await LocalServer.echo(fault: plan.fault(for:))
    let client = try OpenAIClient([server], inFlight: 64, timeout: 0.5, attempts: 4)
    let meter = CountingMeter()
    let requests = questions(2000)
    let answers = try await client.all(requests, meter: meter)
    for (request, answer) in zip(requests, answers) {
      let prompt = request.messages[0].content
      if let text = answer.text {
        #expect(text == "→ " + prompt)
        #expect(answer.receipts.count <= 4)
      } else {
        #expect(answer.receipts.count == 4)
        #expect(answer.error?.isOutcome == true)
      }
      #expect(server.record.received[prompt, default: 0] <= answer.receipts.count)
    }
    #expect(answers.filter { $0.text == nil }.count < 200)
    let reservations = answers.flatMap(\.receipts).map(\.reservation)
    #expect(reservations.count == meter.reserved)
    #expect(Set(reservations).count == reservations.count)
    #expect(server.record.total <= meter.reserved)
  }

  @Test func noMoreRequestsAreUnderWayThanAllowed() async throws {
    let server = try await LocalServer.echo(latency: .milliseconds(5))
    let client = try OpenAIClient([server], inFlight: 7)
    async let first = client.all(questions(150))
    async let second = client.all(questions(150))
    _ = try await (first, second)
    #expect(server.record.total == 300)
    #expect((2...7).contains(server.record.mostInFlight))
    #expect(server.record.connections <= 7, "connections are used again")
  }

  @Test func endpointsShareTheLoad() async throws {
    let quick = try await LocalServer.echo(latency: .milliseconds(2))
    let slow = try await LocalServer.echo(latency: .milliseconds(200))
    let answers = try await OpenAIClient([quick, slow], inFlight: 8).all(questions(300))
    #expect(answers.allSatisfy { $0.text != nil })
    #expect(quick.record.total > slow.record.total && slow.record.total > 0)
    #expect(quick.record.total + slow.record.total == 300)
  }

  @Test func anEndpointThatAsksForRestIsLeftAloneByAll() async throws {
    let resting = try await LocalServer.echo { _ in .status(429, retryAfter: "600") }
    let working = try await LocalServer.echo(latency: .milliseconds(5))
    let answers = try await OpenAIClient([resting, working], inFlight: 4).all(questions(100))
    #expect(answers.allSatisfy { $0.text != nil })
    #expect(working.record.total == 100)
    // Only those that were sent before the first answer came.
    #expect(resting.record.total <= 4)
  }

  @Test func anEndpointThatFailsFastDoesNotSwallowTheLoad() async throws {
    let failing = try await LocalServer.echo { _ in .status(500) }
    let working = try await LocalServer.echo(latency: .milliseconds(5))
    let client = try OpenAIClient(
      ServerSettings(
        model: "m", api: .chat,
        endpoints: [failing, working].map { ServerEndpoint(url: $0.url) }),
      ConnectionSettings(
        requestsInFlight: 4, timeoutSeconds: 60, maximumAttempts: 20, firstBackoffSeconds: 3600,
        maximumBackoffSeconds: 3600), environment: [:])
    let answers = try await client.all(questions(100))
    #expect(answers.allSatisfy { $0.text != nil })
    #expect(working.record.total == 100 && failing.record.total <= 8)
  }

  @Test func aBudgetIsNeverOverdrawn() async throws {
    let plan = FaultPlan(
      share: 0.3, faults: [.status(429), .status(500), .reset, .invalidJSON], seed: 1)
    let server = try await LocalServer.echo(latency: .milliseconds(1), fault: plan.fault(for:))
    let meter = CountingMeter(limit: 200)
    let client = try OpenAIClient([server], inFlight: 32, attempts: 5)
    let answers = try await client.all(questions(500), meter: meter)
    let receipts = answers.flatMap(\.receipts)
    #expect(meter.reserved == 200 && receipts.count == 200)
    #expect(Set(receipts.map(\.reservation)).count == 200)
    #expect(server.record.total == 200)
    let unasked = answers.filter { $0.error == .budgetMet(reason: "200 calls") }
    #expect(unasked.count >= 300 && unasked.count < 450)
    #expect(TargetModelError.budgetMet(reason: "").isOutcome == false)
    #expect(answers.filter { $0.text != nil }.count > 100)
    #expect(answers.allSatisfy { $0.error != .cancelled })
  }

  @Test func reservationsCoverWhatACallMayTake() async throws {
    let server = try await LocalServer.echo()
    let meter = CountingMeter()
    _ = try await OpenAIClient([server]).all(
      [question("12345678", maximumTokens: 40)], meter: meter)
    #expect(meter.promptTokens == 24 && meter.outputTokens == 40)
  }

  @Test func cancellingSendsNothingMore() async throws {
    let server = try await LocalServer.echo { _ in .hang }
    let client = try OpenAIClient([server], inFlight: 4)
    let target = OpenAITarget(name: "remote", client: client)
    let requests = (0..<100).map {
      CompletionRequest(prefix: "", rest: "\($0)", sampling: Sampling(maximumTokens: 8))
    }
    let work = Task { await target.complete(requests) }
    while server.record.total < 4 { try await Task.sleep(for: .milliseconds(2)) }
    work.cancel()
    #expect(await work.value == Array(repeating: .failure(.cancelled), count: 100))
    // The requests under way are given up: the server sees their connections close.
    while server.record.inFlight > 0 { try await Task.sleep(for: .milliseconds(2)) }
    #expect(server.record.total == 4)
    #expect(!TargetModelError.cancelled.isOutcome)
  }

  @Test func endingTheIterationSendsNothingMore() async throws {
    let server = try await LocalServer.echo { $0.prompt == "question 0" ? nil : .hang }
    let client = try OpenAIClient([server], inFlight: 4)
    for await answer in client.answers(to: questions(100), meter: Unmetered()) {
      #expect(answer.text == "→ question 0")
      break
    }
    while server.record.inFlight > 0 { try await Task.sleep(for: .milliseconds(2)) }
    #expect(server.record.total <= 5)
  }

  @Test func aCancelledRequestDoesNotWaitForItsTurn() async throws {
    let server = try await LocalServer.echo { _ in .hang }
    let client = try OpenAIClient([server], inFlight: 1)
    let first = Task {
      for await answer in client.answers(to: [question("first")], meter: Unmetered()) {
        #expect(answer.error == .cancelled)
      }
    }
    while server.record.total < 1 { try await Task.sleep(for: .milliseconds(2)) }
    let second = Task {
      for await answer in client.answers(to: [question("second")], meter: Unmetered()) {
        #expect(answer.error == .cancelled)
      }
    }
    second.cancel()
    await second.value
    first.cancel()
    await first.value
    #expect(server.record.received == ["first": 1])
  }
}
