import Foundation
import LanguageModels
import NeuralNetworks
import Rewriting
import TestSupport
import Testing
import Tokenizers

/// The rewriter around its model. The weights are random: what comes out is noise, which the guards
/// have to catch.
@Suite struct RewriterTests {
  private static let guards = Guards(maximumLengthRatio: 2.5, extraCharacters: 80)

  /// A model whose weights are scaled by `scale`: at 0 every token is as likely as the first one.
  private static func contents(
    scale: Float = 0.5, head: TransformerHead = .tokens, specialTokens: [String] = SpecialToken.all
  ) -> ModelFolder {
    let tokenizer = Tokenizer.train(
      on: ["Judge the text. Is it good or bad? {{text}}"], vocabularySize: 290,
      specialTokens: specialTokens)
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: tokenizer.vocabularySize, width: 24, layers: 1, heads: 2, keyValueHeads: 2,
        feedForward: 20, maximumLength: 128), head: head)
    var random = SeededGenerator(seed: 4)
    model.parameters.snapshot = model.parameters.entries.flatMap { entry in
      random.symmetric(entry.range.count).map { entry.shape.count == 1 ? 1 + $0 / 4 : $0 * scale }
    }
    return ModelFolder(model: model, tokenizer: tokenizer)
  }

  private func rewriter(scale: Float = 0.5) throws -> Rewriter {
    let contents = Self.contents(scale: scale)
    let format = try #require(RewriterFormat(contents.tokenizer))
    return Rewriter(
      model: contents.model, tokenizer: contents.tokenizer, format: format, guards: Self.guards)
  }

  private let prompts = [
    "Is it good?", "", "{{text}}", "Judge {{text}}: good or bad?", "请判断{{text}}。", "🙂 {{a}} \u{7}",
    String(repeating: "Is it good or bad? ", count: 600), "Use 12 words for \"{{text}}\".", "x",
  ]

  @Test func aBatchIsItsPromptsAlone() throws {
    let rewriter = try rewriter()
    let kinds: [PromptKind?] = prompts.indices.map { [nil, .classification, .qa][$0 % 3] }
    let batch = rewriter.rewrite(prompts, kinds: kinds)
    #expect(batch.map(\.original) == prompts)
    for (index, prompt) in prompts.enumerated() {
      let alone = rewriter.rewrite(prompt, kind: kinds[index])
      #expect(alone.rewritten == batch[index].rewritten && alone.reason == batch[index].reason)
      #expect(alone.tokens == batch[index].tokens)
    }
    #expect(rewriter.rewrite([], kinds: []).isEmpty)
  }

  @Test func whateverComesOutHasPassedTheGuards() throws {
    for scale in [Float(0), 0.1, 0.5, 1] {
      let results = try rewriter(scale: scale).rewrite(
        prompts, kinds: prompts.map { _ in .generation })
      for result in results {
        #expect(result.kept == (result.reason != nil))
        if result.kept { #expect(result.rewritten == result.original) }
        #expect(
          Self.guards.violation(original: result.original, rewritten: result.rewritten) == nil)
      }
    }
  }

  @Test func reasonsToKeep() throws {
    let results = try rewriter().rewrite(prompts, kinds: prompts.map { _ in nil })
    #expect(results[1].reason == "the prompt is empty" && results[1].tokens == 0)
    #expect(results[2].reason == "the prompt has only placeholders")
    let long = try #require(results[6].reason)
    #expect(long.hasPrefix("the prompt has ") && long.hasSuffix("the rewriter reads at most 64"))
    // Equal logits everywhere: the first token, for ever.
    let endless = try rewriter(scale: 0).rewrite("Is it good?")
    #expect(endless.reason == "the rewritten prompt did not end within its length limit")
    #expect(endless.tokens == 64)
  }

  @Test func theFormatIsPartOfTheContract() throws {
    let tokenizer = Self.contents().tokenizer
    let format = try #require(RewriterFormat(tokenizer))
    #expect(
      tokenizer.decode(format.prompt("Is it?", kind: .qa).dropLast())
        == "This is a question answering task.\nIs it?")
    #expect(format.prompt("Is it?", kind: nil).last == tokenizer.id(ofSpecial: SpecialToken.answer))
    #expect(format.response("Is it?") == tokenizer.encode("Is it?") + [format.endToken])
    #expect(Set((PromptKind.allCases + [nil]).map { RewriterFormat.prefix($0) }).count == 4)
    // Special tokens in a prompt are text: it cannot end its own reading.
    let special = format.prompt(SpecialToken.answer + SpecialToken.end, kind: nil)
    #expect(!special.dropLast().contains(format.endToken))
    #expect(special.count { $0 == tokenizer.id(ofSpecial: SpecialToken.answer) } == 1)
    let other = Tokenizer.train(on: ["text"], vocabularySize: 280, specialTokens: ["<|other|>"])
    #expect(RewriterFormat(other) == nil)
  }

  @Test func foldersAreReadWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let guardsData = try JSONEncoder().encode(Self.guards)
    try Self.contents().write(to: folder, extraFiles: [Rewriter.guardsFileName: guardsData])
    let loaded = try Rewriter(contentsOf: folder)
    #expect(loaded.guards == Self.guards)
    let (expected, found) = (try rewriter().rewrite(prompts[3]), loaded.rewrite(prompts[3]))
    #expect(found.rewritten == expected.rewritten && found.tokens == expected.tokens)

    let guardsFile = folder.appending(path: Rewriter.guardsFileName)
    let noGuards =
      "the file is no JSON object with the numbers maximumLengthRatio and extraCharacters"
    for (damaged, reason) in [
      (Data("{}".utf8), noGuards), (Data(), noGuards),
      (Data(count: 1 << 17), "it has more than 65536 bytes"),
    ] {
      try damaged.write(to: guardsFile)
      #expect(throws: CheckpointError.unreadable(file: guardsFile.path, reason: reason)) {
        _ = try Rewriter(contentsOf: folder)
      }
    }
    try FileManager.default.removeItem(at: guardsFile)
    #expect(
      throws: CheckpointError.unreadable(
        file: folder.path,
        reason: "it is no exported rewriter (guards.json is missing); 'mapo export' makes one")
    ) { _ = try Rewriter(contentsOf: folder) }
    try Self.contents(head: .scalar)
      .write(to: folder, extraFiles: [Rewriter.guardsFileName: guardsData])
    #expect(
      throws: CheckpointError.unreadable(
        file: folder.path, reason: "it gives scores, and is not a rewriter")
    ) { _ = try Rewriter(contentsOf: folder) }
  }

  @Test func filesOfLlamaAreReadWithTheirGuards() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf")
    defer { try? FileManager.default.removeItem(at: file) }
    let contents = Self.contents()
    let guards = String(decoding: try JSONEncoder().encode(Self.guards), as: UTF8.self)
    try contents.writeGGUF(
      to: file, as: .float32,
      metadata: GGUFDescription(name: "rewriter", extra: [Guards.metadataKey: guards]))
    let loaded = try Rewriter(contentsOf: file)
    #expect(loaded.guards == Self.guards)
    let (expected, found) = (try rewriter().rewrite(prompts[3]), loaded.rewrite(prompts[3]))
    #expect(found.rewritten == expected.rewritten && found.tokens == expected.tokens)

    try contents.writeGGUF(to: file, as: .float32, metadata: GGUFDescription(name: "no guards"))
    #expect(
      throws: CheckpointError.unreadable(
        file: file.path,
        reason: "it is no exported rewriter (key 'mapo.guards' is missing); 'mapo export' makes one"
      )
    ) { _ = try Rewriter(contentsOf: file) }
    try contents.writeGGUF(
      to: file, as: .float32,
      metadata: GGUFDescription(name: "damaged", extra: [Guards.metadataKey: "{}"]))
    #expect(
      throws: CheckpointError.unreadable(
        file: file.path,
        reason: "'mapo.guards' is no JSON object with the numbers maximumLengthRatio and "
          + "extraCharacters")
    ) { _ = try Rewriter(contentsOf: file) }
    let missing = URL(fileURLWithPath: "/nowhere.gguf")
    #expect(
      throws: CheckpointError.unreadable(file: missing.path, reason: "there is no such file")
    ) { _ = try Rewriter(contentsOf: missing) }
  }

  @Test(arguments: [
    Rewriter.Options(), .init(beams: 3), .init(temperature: 1, seed: 3),
    .init(isConstrained: true), .init(beams: 2, isConstrained: true),
  ])
  func anyOptionsKeepTheRules(_ options: Rewriter.Options) throws {
    let rewriter = try rewriter()
    let kinds = [PromptKind?](repeating: .qa, count: prompts.count)
    let batch = rewriter.rewrite(prompts, kinds: kinds, options: options)
    for (prompt, result) in zip(prompts, batch) {
      #expect(result.original == prompt && result.kept == (result.reason != nil))
      let alone = rewriter.rewrite(prompt, kind: .qa, options: options)
      #expect(alone.rewritten == result.rewritten && alone.tokens == result.tokens)
    }
  }

  @Test func theConstraintOnlyHelps() throws {
    let rewriter = try rewriter(scale: 0.1)
    let kinds = [PromptKind?](repeating: nil, count: prompts.count)
    let free = rewriter.rewrite(prompts, kinds: kinds)
    let constrained = rewriter.rewrite(prompts, kinds: kinds, options: .init(isConstrained: true))
    for (free, constrained) in zip(free, constrained) {
      #expect(free.kept || constrained.rewritten == free.rewritten)
      #expect(free.kept || !constrained.kept)
      #expect(
        !free.kept || constrained.kept
          || ContentWords.areShared(
            by: constrained.original, and: constrained.rewritten, required: [])
      )
      #expect(
        Self.guards.violation(
          original: constrained.original, rewritten: constrained.rewritten) == nil)
    }
  }

  @Test(arguments: [
    ("Judge the mood of {{x}}.", "What mood do you judge {{x}} to have?", true),
    ("Judge the mood of {{x}}.", "What mood has {{x}}?", false),
    ("Judge {{a}} against {{b}}.", "Classify the feeling: {{a}}, {{b}}", false),
    ("Is {{x}} good or bad? 12", "12: is {{x}} good or bad?", false),
    ("Say \"the mood\" of the text {{x}}.", "Answer with \"the mood\": the text {{x}}", false),
    ("Give the city: {{x}}", "City of {{x}}", false), ("", "", false),
  ])
  func wordsOfTheSameTask(original: String, rewrite: String, areShared: Bool) {
    #expect(
      ContentWords.areShared(by: original, and: rewrite, required: ["city"]) == areShared)
  }

  @Test(arguments: [
    Rewriter.Options(), .init(beams: 6), .init(temperature: 0.7, seed: 5),
    .init(isConstrained: true),
  ])
  func choicesAreRankedWithTheOriginal(_ options: Rewriter.Options) throws {
    let rewriter = try rewriter(scale: 0.1)
    for prompt in prompts {
      let choices = rewriter.choices(for: prompt, kind: .generation, count: 4, options: options)
      #expect(choices.count <= 5 && Set(choices.map(\.text)).count == choices.count)
      #expect(choices.filter(\.isOriginal).map(\.text) == [prompt])
      let scores = choices.compactMap(\.score)
      #expect(scores == scores.sorted(by: >))
      for choice in choices {
        #expect(Self.guards.violation(original: prompt, rewritten: choice.text) == nil)
      }
      if choices.count > 1 { #expect(scores.count == choices.count) }
    }
    #expect(rewriter.choices(for: " ", count: 2).map(\.text) == [" "])
  }

  @Test func choicesAreConstrainedOnlyWhereNonePasses() throws {
    let rewriter = try rewriter(scale: 0.1)
    for prompt in prompts {
      let free = rewriter.choices(for: prompt, count: 4)
      let constrained = rewriter.choices(
        for: prompt, count: 4, options: .init(isConstrained: true))
      #expect(free.count == 1 || constrained == free)
    }
  }

  @Test func whatGuardsCannotAcceptIsNotWritten() throws {
    let contents = Self.contents(scale: 0)
    let format = try #require(RewriterFormat(contents.tokenizer))
    let rewriter = Rewriter(
      model: contents.model, tokenizer: contents.tokenizer, format: format,
      guards: Guards(maximumLengthRatio: 1, extraCharacters: 2))
    let prompt = "Is it good?"
    let tokens = format.prompt(prompt, kind: nil).count
    #expect(rewriter.rewrite(prompt).tokens == max(prompt.count, tokens) + 3)
  }

  @Test func resultsAreCompleteInJSON() throws {
    for prompt in ["", "Is it good?"] {
      var rewrite = try rewriter().rewrite(prompt)
      if prompt.isEmpty {
        #expect(rewrite.kept)
      } else {
        (rewrite.kept, rewrite.reason) = (false, nil)
      }
      let data = try JSONEncoder().encode(rewrite)
      let fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let keys: Set = ["original", "rewritten", "kept", "reason", "tokens", "milliseconds"]
      #expect(Set(fields.keys) == keys)
      #expect(fields["reason"] is NSNull == !rewrite.kept)
      #expect(try JSONDecoder().decode(Rewrite.self, from: data) == rewrite)
    }
  }
}
