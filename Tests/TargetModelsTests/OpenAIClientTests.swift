import Foundation
import LocalServer
import TargetModels
import Testing

@Suite struct OpenAIClientTests {
  @Test(arguments: [ServerAPI.chat, .completions])
  func anAnswerHasTextTokensAndTime(api: ServerAPI) async throws {
    let server = try await LocalServer.echo()
    let answer = try await OpenAIClient([server], api: api).only(question("is it fine"))
    let completion = try answer.result.get()
    #expect(completion.text == "→ is it fine")
    #expect(completion.promptTokens == 3 && completion.outputTokens == 4)
    #expect(completion.latencySeconds > 0)
    #expect(completion.logProbs == nil)
    #expect(
      answer.receipts
        == [CallReceipt(reservation: 0, calls: 1, promptTokens: 3, outputTokens: 4)])
    let path = api == .chat ? "/v1/chat/completions" : "/v1/completions"
    #expect(server.record.last?.path == path)
  }

  @Test(arguments: [ServerAPI.chat, .completions])
  func samplingIsSentAsGiven(api: ServerAPI) async throws {
    let server = try await LocalServer.echo()
    let client = try OpenAIClient([server], api: api)
    _ = try await client.only(question("x", maximumTokens: 7))
    let zeros = String(decoding: try #require(server.record.last?.body), as: UTF8.self)
    for field in [#""temperature":0}"#, #""seed":0,"#, #""max_tokens":7,"#, #""model":"m","#] {
      #expect(zeros.contains(field), "\(field) in \(zeros)")
    }
    #expect(!zeros.contains("logprobs"))
    var request = question("x")
    request.sampling = Sampling(temperature: 0.7, seed: .max, maximumTokens: 8)
    _ = try await client.only(request)
    let others = String(decoding: try #require(server.record.last?.body), as: UTF8.self)
    for field in [#""temperature":0.7}"#, #""seed":18446744073709551615,"#] {
      #expect(others.contains(field), "\(field) in \(others)")
    }
  }

  @Test func theOtherTokenLimitFieldReplacesTheFirst() async throws {
    let server = try await LocalServer.echo()
    let client = try OpenAIClient(
      ServerSettings(
        model: "m", api: .chat, endpoints: [ServerEndpoint(url: server.url + "//")],
        tokenLimitField: .maxCompletionTokens), .quick(), environment: [:])
    _ = try await client.only(question("x"))
    let body = String(decoding: try #require(server.record.last?.body), as: UTF8.self)
    #expect(body.contains(#""max_completion_tokens":8"#) && !body.contains(#""max_tokens""#))
    #expect(server.record.last?.path == "/v1/chat/completions", "slashes at the end do not count")
  }

  @Test(arguments: [ServerAPI.chat, .completions])
  func logProbsAreThoseOfTheServer(api: ServerAPI) async throws {
    let server = try await LocalServer { _ in "one two three" }
    let client = try OpenAIClient([server], api: api, logProbs: true)
    #expect(try await client.only(question("x")).result.get().logProbs == [-0.5, -1, -1.5])
  }

  @Test func theSystemMessageGoesAhead() async throws {
    let server = try await LocalServer.echo()
    _ = try await OpenAIClient([server], system: "Be brief.").only(question("why"))
    let body = String(decoding: try #require(server.record.last?.body), as: UTF8.self)
    let messages =
      #"[{"content":"Be brief.","role":"system"},{"content":"why","role":"user"}]"#
    #expect(body.contains(messages), "\(body)")
    let plain = try await OpenAIClient([server], api: .completions, system: "Be brief.")
      .only(question("why"))
    #expect(plain.text == "→ Be brief.\n\nwhy")
  }

  @Test func anyTextComesThrough() async throws {
    let server = try await LocalServer.echo()
    let texts = [
      "naïve 你好 🙂\u{0}\n\t\"\\/", "e\u{301}\u{200D}", "", String(repeating: "長", count: 50_000),
    ]
    for api in [ServerAPI.chat, .completions] {
      let client = try OpenAIClient([server], api: api)
      let answers = try await client.all(texts.map { question($0) })
      #expect(answers.map(\.text) == texts.map { "→ " + $0 })
    }
  }

  @Test func tokensAreEstimatedWhereTheServerIsSilent() {
    #expect(estimatedTokens(in: "") == 1)
    #expect(estimatedTokens(in: "12345678") == 2)
    #expect(estimatedTokens(in: "123456789") == 3)
    #expect(
      ServerRequest(
        messages: [.system("12345678"), .user("1")], sampling: Sampling(maximumTokens: 1)
      ).estimatedPromptTokens == 3)
  }

  @Test func aTargetAnswersInTheOrderOfItsRequests() async throws {
    let server = try await LocalServer.echo()
    let target = OpenAITarget(name: "remote", client: try OpenAIClient([server]))
    let requests = (0..<200).map {
      CompletionRequest(prefix: "shared ", rest: "\($0)", sampling: Sampling(maximumTokens: 8))
    }
    let results = await target.complete(requests)
    #expect(try results.map { try $0.get().text } == (0..<200).map { "→ shared \($0)" })
    #expect(await target.complete([]).isEmpty)
    #expect(target.name == "remote")
  }

  @Test func labelsAreNotScored() async throws {
    let server = try await LocalServer.echo()
    let target = OpenAITarget(name: "remote", client: try OpenAIClient([server]))
    let sampling = Sampling(maximumTokens: 8)
    let results = await target.complete([
      CompletionRequest(prefix: "", rest: "a", sampling: sampling, labels: ["x", "y"]),
      CompletionRequest(prefix: "", rest: "b", sampling: sampling),
    ])
    #expect(results[0] == .failure(.labelsNotScored))
    #expect(try results[1].get().text == "→ b")
    #expect(server.record.total == 1)
  }
}
