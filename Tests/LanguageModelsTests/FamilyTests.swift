import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Folders that `transformers` wrote, against what it computes: see `Golden/families.py`.
@Suite struct FamilyTests {
  private struct Golden: Decodable {
    struct Model: Decodable {
      let prompt: [Int32]
      let answer: [Int32]
    }
    let positions: [Int]
    let models: [String: Model]
  }

  static let names = [
    "llama", "llama3", "llama-bias", "llama-bfloat16", "mistral", "qwen2", "qwen2-sharded", "qwen3",
    "qwen3-float16",
  ]
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")
  private static let tokenizer = Tokenizer.train(
    on: [], vocabularySize: 259, specialTokens: SpecialToken.all)

  /// A copy of a folder, with a tokenizer.
  private func withFamily<Result>(
    _ name: String, _ body: (URL) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: name)
      try FileManager.default.copyItem(
        at: Self.folder.appending(path: "families/\(name)"), to: folder)
      try Self.tokenizer.write(to: folder.appending(path: "tokenizer.json"))
      return try body(folder)
    }
  }

  private func expectGolden(
    _ model: Transformer, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let golden = try readGolden("families", as: Golden.self)
    let expected = try #require(golden.models[name])
    let file = try Safetensors(contentsOf: Self.folder.appending(path: "families.safetensors"))
    let width = model.configuration.vocabularySize
    var reference = [Float](repeating: 0, count: golden.positions.count * width)
    try reference.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
    let logits = model.allLogits([expected.prompt])
    let found = golden.positions.flatMap { logits[$0 * width..<($0 + 1) * width] }
    let distance = zip(found, reference).map { abs($0 - $1) }.max() ?? .infinity
    #expect(distance <= 1e-4, sourceLocation: sourceLocation)
    let request = GenerationRequest(
      prompt: expected.prompt, maximumNewTokens: expected.answer.count)
    #expect(
      model.generate([request], endToken: -1)[0].tokens == expected.answer,
      sourceLocation: sourceLocation)
  }

  @Test(arguments: names)
  func logitsAndGreedyTokens(name: String) throws {
    try withFamily(name) { try expectGolden(ModelFolder(contentsOf: $0).model, name) }
  }

  /// What is written is the same model of the same family, and keeps all bits.
  @Test(arguments: names)
  func roundTrip(name: String) throws {
    try withFamily(name) { folder in
      let read = try ModelFolder(contentsOf: folder)
      let other = folder.deletingLastPathComponent().appending(path: "other")
      try read.write(to: other)
      let again = try ModelFolder(contentsOf: other).model
      #expect(again.configuration == read.model.configuration)
      #expect(again.parameters.snapshot == read.model.parameters.snapshot)
      try expectGolden(again, name)
      // A reward model of this family.
      let scalar = try ModelFolder(contentsOf: other).replacing(
        model: read.model.copy(head: .scalar))
      try scalar.write(to: other)
      #expect(try ModelFolder(contentsOf: other).model.head == .scalar)
    }
  }

  @Test func theOlderSpellingOfScaling() throws {
    try withFamily("llama3") { folder in
      let file = folder.appending(path: "config.json")
      try editJSON(file, "rope_parameters", nil)
      try editJSON(file, "rope_theta", 500)
      for key in ["rope_type", "type"] {
        try editJSON(
          file, "rope_scaling",
          [
            key: "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
          ])
        try expectGolden(ModelFolder(contentsOf: folder).model, "llama3")
      }
      try editJSON(file, "rope_scaling", nil)
      let unscaled = try ModelFolder(contentsOf: folder).model
      #expect(unscaled.configuration.ropeScaling == nil)
    }
  }

  // MARK: Training from such a model

  /// Gradients of some elements of every parameter through the whole model, with biases and norms.
  @Test(arguments: ["llama-bias", "llama3", "qwen2", "qwen3-float16"])
  func gradient(name: String) throws {
    let model = try withFamily(name) { try ModelFolder(contentsOf: $0).model }
    // The published weights are so large that central differences would not do.
    model.parameters.snapshot = model.parameters.snapshot.map { $0 / 2 }
    var random = SeededGenerator(seed: 4)
    let batch = PackedBatch([7, 1, 12].map { randomTokens($0, below: 272, using: &random) })
    let compute = { model.hiddenStates(batch) }
    let upstream = random.symmetric(compute().count, scale: 0.125)
    compute().backward(upstream)
    expectGradients(
      of: model, compute, upstream: upstream, elements: 4, leavingOut: ["head"], using: &random)
  }

  /// An adapter leaves biases and norms alone; recomputing layers changes nothing.
  @Test(arguments: ["llama-bias", "qwen2", "qwen3-float16", "mistral"])
  func adapters(name: String) throws {
    let base = try withFamily(name) { try ModelFolder(contentsOf: $0).model }
    var random = SplitMix64(seed: 3)
    let model = base.adapted(
      LoRAConfig(rank: 2, alpha: 4, layers: AdaptedLayer.allCases), random: &random)
    let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
    expectClose(model.allLogits([tokens]), to: base.allLogits([tokens]), within: 1e-5)
    var drawn = SeededGenerator(seed: 5)
    model.trainable.snapshot = drawn.symmetric(model.trainable.count, scale: 0.25)
    let changed = model.allLogits([tokens])
    #expect(changed != base.allLogits([tokens]))
    expectClose(model.merged().allLogits([tokens]), to: changed, within: 1e-4)
    let gradient = { (recomputes: Bool) in
      model.trainable.zeroGradients()
      model.recomputesLayers = recomputes
      let result = model.hiddenStates(PackedBatch([tokens]))
      result.backward([Float](repeating: 0.1, count: result.count))
      return model.trainable.entries.flatMap { model.trainable[$0.name].gradient ?? [] }
    }
    expectClose(gradient(true), to: gradient(false), within: 1e-5)
    #expect(!base.parameters.hasGradients)
  }

  @Test func biasesStartAtZeroAndNormsAtOne() {
    var random = SplitMix64(seed: 1)
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: 9, width: 8, layers: 1, heads: 2, keyValueHeads: 1, headWidth: 6,
        feedForward: 4, maximumLength: 9, family: .qwen3, projectionBias: true, outputBias: true,
        queryKeyNorm: true), random: &random)
    for (name, value) in [
      ("projectionBias", Float(0)), ("attentionOutputBias", 0), ("queryNorm", 1), ("keyNorm", 1),
    ] {
      #expect(model.parameters["layers.0.\(name)"].values.allSatisfy { $0 == value }, "\(name)")
    }
  }

  @Test func whatAFamilyLacksIsAProblem() {
    var shape = TransformerConfiguration.tiny()
    shape.projectionBias = true
    #expect(shape.problem == "the llama family does not have these biases or norms")
    shape.family = .qwen2
    #expect(shape.problem == nil)
  }

  // MARK: Several files

  @Test func anIndexThatLeavesTheFolderIsRefused() throws {
    for name in ["../model.safetensors", "/etc/passwd", "sub/a.safetensors", "a.bin"] {
      try withFamily("qwen2-sharded") { folder in
        try editJSON(
          folder.appending(path: "model.safetensors.index.json"), "weight_map",
          ["model.norm.weight": name])
        expectUnreadable(
          folder, "'\(name)' is not the name of a safetensors file",
          sourceLocation: #_sourceLocation)
      }
    }
  }

  @Test func aDamagedIndexIsRefused() throws {
    try withFamily("qwen2-sharded") { folder in
      let index = folder.appending(path: "model.safetensors.index.json")
      let shard = "model-00001-of-00003.safetensors"
      try editJSON(index, "weight_map", ["no.such": shard])
      expectUnreadable(folder, "it lacks the tensor 'no.such'", sourceLocation: #_sourceLocation)
      try editJSON(index, "weight_map", [String: String]())
      expectUnreadable(
        folder, "no tensor 'model.embed_tokens.weight'", sourceLocation: #_sourceLocation)
      try editJSON(index, "weight_map", 3)
      expectUnreadable(folder, "not the JSON of an index", sourceLocation: #_sourceLocation)
      try Data("[".utf8).write(to: index)
      expectUnreadable(folder, "not the JSON of an index", sourceLocation: #_sourceLocation)
      try FileManager.default.removeItem(at: index)
      expectUnreadable(folder, "model.safetensors", sourceLocation: #_sourceLocation)
    }
    try withFamily("qwen2-sharded") { folder in
      try FileManager.default.removeItem(
        at: folder.appending(path: "model-00002-of-00003.safetensors"))
      expectUnreadable(folder, "there is no such file", sourceLocation: #_sourceLocation)
    }
  }

  /// Files hold tensors that nobody needs: a tied head, or old tables of frequencies.
  @Test func moreTensorsThanNeededAreIgnored() throws {
    try withFamily("llama-bfloat16") { folder in
      try editJSON(folder.appending(path: "config.json"), "tie_word_embeddings", true)
      #expect(try ModelFolder(contentsOf: folder).model.configuration.tiedEmbeddings)
    }
  }
}
