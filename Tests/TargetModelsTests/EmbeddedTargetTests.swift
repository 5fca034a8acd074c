import Foundation
import LanguageModels
import NeuralNetworks
import TargetModels
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct EmbeddedTargetTests {
  private static let texts = [
    "the weather is fine today", "the weather is bad today", "is the answer yes or no?",
  ]

  private static func contents(maximumLength: Int = 64, changing weight: Int? = nil) -> ModelFolder
  {
    let tokenizer = Tokenizer.train(
      on: texts, vocabularySize: 280, specialTokens: SpecialToken.all)
    let configuration = TransformerConfiguration(
      vocabularySize: tokenizer.vocabularySize, width: 24, layers: 2, heads: 4, keyValueHeads: 2,
      feedForward: 20, maximumLength: maximumLength)
    let model = Transformer(configuration)
    var random = SeededGenerator(seed: 21)
    var weights = model.parameters.entries.flatMap { entry in
      let numbers = random.symmetric(entry.range.count)
      return entry.shape.count == 1 ? numbers.map { 1 + $0 / 4 } : numbers.map { $0 / 2 }
    }
    if let weight { weights[weight] = weights[weight].nextUp }
    model.parameters.snapshot = weights
    return ModelFolder(model: model, tokenizer: tokenizer)
  }

  private static func target(_ contents: ModelFolder = contents()) throws -> EmbeddedTarget {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try contents.write(to: folder)
    return try EmbeddedTarget(name: "tiny", folder: folder)
  }

  /// The same model as others publish theirs: special tokens have other names, and a chat template
  /// says where they stand.
  private static func published(
    template: String?, endTokens: [Int32] = [1]
  ) throws -> ModelFolder {
    let tokenizer = Tokenizer.train(
      on: texts, vocabularySize: 280, specialTokens: ["<|fill|>", "<|stop|>", "<|reply|>"])
    return ModelFolder(
      model: contents().model, tokenizer: tokenizer, endTokens: endTokens, paddingToken: 0,
      chatTemplate: try template.map { try ChatTemplate($0) })
  }

  /// One that shows what our own models read.
  private static let template = """
    {%- for message in messages -%}
    {{- message.content + ('<|reply|>' if message.role == 'user' else '<|stop|>') -}}
    {%- endfor -%}
    """

  private func request(
    _ rest: String, prefix: String = "the weather ", temperature: Float = 0, seed: UInt64 = 0,
    maximumTokens: Int = 12, labels: [String] = []
  ) -> CompletionRequest {
    CompletionRequest(
      prefix: prefix, rest: rest,
      sampling: Sampling(temperature: temperature, seed: seed, maximumTokens: maximumTokens),
      labels: labels)
  }

  private var mixed: [CompletionRequest] {
    [
      request("is fine"), request("is bad", labels: ["yes", "no", "fine today"]),
      request("today", temperature: 1, seed: 5), request("", prefix: ""),
      request("is fine", labels: ["bad", "fine"]), request("is", temperature: 0.5, seed: 9),
      request("is", maximumTokens: 0),
    ]
  }

  /// Results without their latency, which is never the same twice.
  private func untimed(
    _ results: [Result<Completion, TargetModelError>]
  ) -> [Result<Completion, TargetModelError>] {
    results.map { result in
      result.map { completion in
        var completion = completion
        completion.latencySeconds = 0
        return completion
      }
    }
  }

  @Test func aBatchAnswersAsEachRequestAlone() async throws {
    let target = try Self.target()
    var alone: [Result<Completion, TargetModelError>] = []
    for request in mixed { alone += await target.complete([request]) }
    #expect(await untimed(target.complete(mixed)) == untimed(alone))
    #expect(await untimed(target.complete(mixed.reversed())) == untimed(alone.reversed()))
    #expect(await target.complete([]).isEmpty)
  }

  @Test func aBatchIsOneReservation() async throws {
    let target = try Self.target()
    let long = String(repeating: "q", count: 70)
    let requests = mixed + [request(long)]
    let meter = CountingMeter()
    var answers: [Answer] = []
    for await answer in target.answers(to: requests, meter: meter) { answers.append(answer) }
    #expect(answers.map(\.index).sorted() == Array(requests.indices))
    #expect(meter.reserved == mixed.count, "what does not fit is not asked")
    let completions = answers.compactMap { try? $0.result.get() }
    #expect(completions.count == mixed.count)
    #expect(
      answers.last?.receipts
        == [
          CallReceipt(
            reservation: Int64(mixed.count), calls: mixed.count,
            promptTokens: completions.map(\.promptTokens).reduce(0, +),
            outputTokens: completions.map(\.outputTokens).reduce(0, +))
        ])
    #expect(answers.dropLast().allSatisfy { $0.receipts.isEmpty })
    #expect(Set(completions.map(\.latencySeconds)).count == 1)
    #expect(
      completions.allSatisfy { $0.latencySeconds > 0 && $0.promptTokens <= meter.promptTokens })
  }

  @Test func aMeterThatRefusesIsEachResult() async throws {
    let target = try Self.target()
    let meter = CountingMeter(limit: mixed.count - 1)
    var count = 0
    for await answer in target.answers(to: mixed, meter: meter) {
      #expect(answer.error == .budgetMet(reason: "\(mixed.count - 1) calls"))
      #expect(answer.receipts.isEmpty)
      count += 1
    }
    #expect(count == mixed.count)
  }

  @Test func answersAreThoseOfTheModel() async throws {
    let contents = Self.contents()
    let found = try await Self.target(contents).complete([request("is fine")])
    let completion = try #require(try found.first?.get())
    let answer = try #require(contents.tokenizer.id(ofSpecial: SpecialToken.answer))
    let end = try #require(contents.tokenizer.id(ofSpecial: SpecialToken.end))
    let prompt = contents.tokenizer.encode("the weather is fine") + [answer]
    let expected = contents.model.generate(
      [GenerationRequest(prompt: prompt, maximumNewTokens: 12)], endToken: end)[0]
    #expect(completion.text == contents.tokenizer.decode(expected.tokens))
    #expect(completion.promptTokens == prompt.count)
    #expect(completion.outputTokens == expected.tokens.count)
  }

  @Test func labelsAreChosenByLikelihood() async throws {
    let contents = Self.contents()
    let labels = "abcdefghijklmnop".map(String.init) + ["fine", "the weather is bad"]
    let rests = ["is", "today", "fine", "bad", "is bad today", "no no no"]
    let found = try await Self.target(contents).complete(rests.map { request($0, labels: labels) })
    let special = contents.tokenizer.specialTokens
    let answer = try #require(special[SpecialToken.answer])
    let end = try #require(special[SpecialToken.end])
    for (rest, result) in zip(rests, found) {
      let prompt = contents.tokenizer.encode("the weather " + rest) + [answer]
      let scores = labels.map { label in
        let tokens = contents.tokenizer.encode(label) + [end]
        return logLikelihood(contents.model, prompt: prompt, answer: tokens)
      }
      let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      let completion = try result.get()
      #expect(completion.text == labels[best])
      #expect(completion.promptTokens == prompt.count)
      #expect(completion.outputTokens == contents.tokenizer.encode(labels[best]).count)
    }
    #expect(Set(try found.map { try $0.get().text }).count > 1, "the prompt has a say")
  }

  /// Σ log p of the answer's tokens, from the logits of the whole sequence.
  private func logLikelihood(
    _ model: Transformer, prompt: [Int32], answer: [Int32]
  ) -> Double {
    let logits = withoutGradient {
      model.hiddenStates(PackedBatch([prompt + answer])).logits(head: model.headWeights)
    }
    let rows = logits.values[
      (prompt.count - 1) * logits.shape[1]..<(logits.count - logits.shape[1])]
    let columns = Reference.tokenLogProbs(
      logits: rows.map(Double.init), targets: answer, temperature: 1)
    return stride(from: 0, to: columns.count, by: 2).reduce(0) { $0 + columns[$1] }
  }

  @Test func aPromptThatIsTooLongIsAnErrorOfItsOwn() async throws {
    let contents = Self.contents(maximumLength: 20)
    let long = "q".padding(toLength: 30, withPad: "q", startingAt: 0)
    let found = try await Self.target(contents).complete([
      request("is"), request(long), request("is", maximumTokens: 18),
      // The label does not fit, whatever the limit of free answers.
      request("is", maximumTokens: 1, labels: ["yes", long]), request("is", labels: ["yes"]),
    ])
    #expect(found.count == 5)
    let tokens = contents.tokenizer.encode("the weather \(long)").count + 1
    #expect(found[1] == .failure(.promptTooLong(tokens: tokens, limit: 20)))
    #expect(throws: TargetModelError.self) { try found[2].get() }
    #expect(throws: TargetModelError.self) { try found[3].get() }
    #expect(throws: Never.self) { try found[0].get() }
    #expect(throws: Never.self) { try found[4].get() }
    let error = TargetModelError.promptTooLong(tokens: tokens, limit: 20)
    #expect(
      "\(error)"
        == "the prompt has \(tokens) tokens; with its answer the target model reads at most 20")
  }

  @Test func seedsAndTemperatureAreHonoured() async throws {
    let target = try Self.target()
    let drawn = await target.complete(
      (0..<20).map { request("is", temperature: 2, seed: UInt64($0)) })
    #expect(Set(try drawn.map { try $0.get().text }).count > 10)
    let again = await target.complete(
      (0..<20).map { request("is", temperature: 2, seed: UInt64($0)) })
    #expect(untimed(again) == untimed(drawn))
    let greedy = await target.complete((0..<5).map { request("is", seed: UInt64($0)) })
    #expect(Set(try greedy.map { try $0.get().text }).count == 1)
  }

  @Test func theFingerprintChangesWithOneWeight() throws {
    let first = try Self.target()
    #expect(first.name == "tiny" && first.fingerprint.count == 16)
    #expect(try Self.target().fingerprint == first.fingerprint)
    #expect(try Self.target(Self.contents(changing: 1000)).fingerprint != first.fingerprint)
    #expect(try Self.target(Self.contents(maximumLength: 65)).fingerprint != first.fingerprint)
  }

  @Test func aChatTemplateFramesThePrompt() async throws {
    let requests = mixed + [request("is <|reply|> today", labels: ["fine", "bad"])]
    let own = try await untimed(Self.target().complete(requests))
    let target = try Self.target(Self.published(template: Self.template))
    #expect(await untimed(target.complete(requests)) == own, "a spelled token is text")
    let marked = try Self.target(Self.published(template: "<|fill|>" + Self.template))
    let completion = try await marked.complete(requests)[0].get()
    #expect(try completion.promptTokens == own[0].get().promptTokens + 1)
    #expect(marked.fingerprint != target.fingerprint)
    // Without a template it reads the prompt alone.
    let plain = try Self.target(Self.published(template: nil))
    let alone = try await plain.complete(requests)[0].get()
    #expect(try alone.promptTokens == own[0].get().promptTokens - 1)
  }

  /// As Llama 3's does, and what is served with the exported template.
  @Test func aTemplateMayTrimThePrompt() async throws {
    let requests = [
      request("is ", prefix: "\n the weather "), request("is", prefix: "the weather "),
    ]
    for (content, isTrimmed) in [("message.content", false), ("message.content | trim", true)] {
      let template = Self.template.replacing("message.content", with: "(\(content))")
      let published = try Self.published(template: template)
      let found = try await untimed(Self.target(published).complete(requests))
      for (request, completion) in zip(requests, found) {
        let message = ChatMessage(role: .user, content: request.prefix + request.rest)
        let tokens = try published.chatTemplate?.encode([message], tokenizer: published.tokenizer)
        #expect(try completion.get().promptTokens == tokens?.count)
      }
      #expect(try (found[0].get() == found[1].get()) == isTrimmed)
    }
  }

  @Test func eachEndTokenEndsTheAnswer() async throws {
    let contents = try Self.published(template: Self.template)
    let asked = GenerationRequest(
      prompt: contents.tokenizer.encode("the weather is fine") + [2], maximumNewTokens: 1)
    let first = try #require(contents.model.generate([asked], endToken: 1)[0].tokens.first)
    let target = try Self.target(Self.published(template: Self.template, endTokens: [1, first]))
    #expect(try await target.complete([request("is fine")])[0].get().text.isEmpty)
  }

  @Test func aTemplateThatShowsNoMessageIsRefused() throws {
    let error = #expect(throws: CheckpointError.self) {
      _ = try Self.target(Self.published(template: "Hello!"))
    }
    #expect(error?.description.contains("does not show a user's message once") == true)
  }

  @Test func manyTasksMayAskAtOnce() async throws {
    let target = try Self.target()
    let expected = await untimed(target.complete(mixed))
    let requests = mixed
    await withTaskGroup(of: [Result<Completion, TargetModelError>].self) { group in
      for _ in 0..<8 { group.addTask { await target.complete(requests) } }
      for await found in group { #expect(untimed(found) == expected) }
    }
  }

  @Test func aFolderThatNamesNoEndIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.published(template: nil).write(to: folder)
    for name in ["config.json", "generation_config.json"] {
      let file = folder.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      try text.replacing("eos_token_id", with: "another_id")
        .write(to: file, atomically: true, encoding: .utf8)
    }
    let error = #expect(throws: CheckpointError.self) {
      _ = try EmbeddedTarget(name: "x", folder: folder)
    }
    #expect(
      error?.description.hasSuffix(
        "it names no end token, and its tokenizer lacks the special tokens "
          + "\(SpecialToken.answer) and \(SpecialToken.end)") == true)
  }

  @Test func aRewardModelIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let contents = Self.contents()
    try ModelFolder(model: contents.model.copy(head: .scalar), tokenizer: contents.tokenizer)
      .write(to: folder)
    let error = #expect(throws: CheckpointError.self) {
      _ = try EmbeddedTarget(name: "x", folder: folder)
    }
    #expect(error?.description.hasSuffix("it is a reward model, not a language model") == true)
  }

  @Test func samplingKeysDifferWithTheirSettings() {
    let settings = [
      Sampling(maximumTokens: 5), Sampling(maximumTokens: 6), Sampling(seed: 1, maximumTokens: 5),
      Sampling(temperature: 0.7, maximumTokens: 5), Sampling(temperature: 0.71, maximumTokens: 5),
    ]
    #expect(Set(settings.map(\.key)).count == settings.count)
    #expect(Sampling(temperature: 0.7, maximumTokens: 5).key == "t=0.7 s=0 n=5")
  }
}
