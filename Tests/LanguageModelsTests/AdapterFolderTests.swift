import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct AdapterFolderTests {
  private static let everything = LoRAConfig(rank: 3, alpha: 6, layers: AdaptedLayer.allCases)
  private static let tokenizer = Tokenizer.train(
    on: ["the cat sat on the mat, the cat sat"], vocabularySize: 265,
    specialTokens: SpecialToken.all)
  private let base = Transformer(
    seeded: 1, .tiny(vocabulary: AdapterFolderTests.tokenizer.vocabularySize))

  private func adapted(
    _ config: LoRAConfig = everything, head: TransformerHead = .tokens
  ) -> Transformer {
    var initial = SplitMix64(seed: 1)
    let model = base.adapted(config, head: head, random: &initial)
    var random = SeededGenerator(seed: 2)
    model.trainable.snapshot = random.symmetric(model.trainable.count, scale: 0.5)
    return model
  }

  /// Writes the base as `run/base`, an adapter as `run/policy/cat`, and calls `body` with `run`.
  private func withRun(_ model: Transformer? = nil, body: (URL) throws -> Void) throws {
    try withTemporaryFolder { parent in
      let run = parent.appending(path: "run")
      let folder = run.appending(path: "base")
      try ModelFolder(model: base, tokenizer: Self.tokenizer).write(to: folder)
      try ModelFolder(model: model ?? adapted(), tokenizer: Self.tokenizer, base: folder)
        .write(to: run.appending(path: "policy/cat"), metadata: ["note": "a test"])
      try body(run)
    }
  }

  /// Changes the run's adapter and expects the reader to refuse it in these words.
  private func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    change: (_ run: URL, _ adapter: URL) throws -> Void
  ) throws {
    try withRun { run in
      let folder = run.appending(path: "policy/cat")
      try change(run, folder)
      expectUnreadable(folder, words, sourceLocation: sourceLocation)
    }
  }

  private func editConfiguration(_ folder: URL, _ key: String, _ value: Any?) throws {
    try editJSON(folder.appending(path: "adapter_config.json"), key, value)
  }

  /// Writes the adapter's tensors again, each as `change` gives it.
  private func editTensors(
    _ folder: URL,
    change: (_ name: String, _ values: inout [Float]) -> (name: String, shape: [Int])?
  ) throws {
    let url = folder.appending(path: "adapter_model.safetensors")
    let file = try Safetensors(contentsOf: url)
    var layout: [(name: String, shape: [Int])] = []
    var numbers: [Float] = []
    for name in file.names {
      let shape = file.shape(of: name) ?? []
      var values = [Float](repeating: 0, count: shape.reduce(1, *))
      try values.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
      layout.append(change(name, &values) ?? (name, shape))
      numbers += values
    }
    var end = 0
    try numbers.withUnsafeBufferPointer { numbers in
      let tensors = layout.map { name, shape in
        let start = end
        end += shape.reduce(1, *)
        return (
          name: name, shape: shape, values: UnsafeBufferPointer(rebasing: numbers[start..<end])
        )
      }
      try Safetensors.write(tensors, as: .float32, to: url)
    }
  }

  // MARK: Round trips

  @Test(
    arguments: [
      AdaptedLayer.allCases, [.attention], [.attentionOutput], [.gateUp], [.down, .attention],
    ], [TransformerHead.tokens, .scalar])
  func roundTripIsExact(layers: [AdaptedLayer], head: TransformerHead) throws {
    let written = adapted(LoRAConfig(rank: 2, alpha: 3.5, layers: layers), head: head)
    try withRun(written) { run in
      let folder = run.appending(path: "policy/cat")
      let alone = try ModelFolder(contentsOf: folder)
      #expect(alone.model.parameters.snapshot == base.parameters.snapshot)
      #expect(
        alone.base?.standardizedFileURL.path
          == run.appending(path: "base").standardizedFileURL.path)
      let sharing = try ModelFolder(contentsOf: folder, sharing: base)
      #expect(sharing.model.parameters === base.parameters)
      for found in [alone, sharing] {
        #expect(found.tokenizer == Self.tokenizer && found.model.head == head)
        #expect(found.model.adapterConfig?.rank == 2 && found.model.adapterConfig?.alpha == 3.5)
        #expect(Set(found.model.adapterConfig?.layers ?? []) == Set(layers))
        #expect(found.model.trainable.entries == written.trainable.entries)
        #expect(found.model.trainable.snapshot == written.trainable.snapshot)
      }
    }
  }

  @Test func publishedNamesAndShapes() throws {
    let model = adapted(head: .scalar)
    try withRun(model) { run in
      let folder = run.appending(path: "policy/cat")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(
        names == [
          "adapter_config.json", "adapter_model.safetensors", "generation_config.json",
          "tokenizer.json", "tokenizer_config.json",
        ])
      let file = try Safetensors(contentsOf: folder.appending(path: "adapter_model.safetensors"))
      #expect(file.metadata == ["note": "a test", "format": "pt"])
      #expect(file.names.count == 2 * 2 * 7 + 1)
      #expect(file.shape(of: "base_model.model.score.weight") == [1, 24])
      let read = { (name: String, count: Int) in
        var values = [Float](repeating: .nan, count: count)
        try values.withUnsafeMutableBufferPointer {
          try file.read("base_model.model.model.layers.1.\(name).weight", into: $0)
        }
        return values
      }
      let (a, b) = (
        model.trainable["layers.1.projection.A"].values,
        model.trainable["layers.1.projection.B"].values
      )
      #expect(b.count == (24 + 12 + 12) * 3)
      for part in ["q", "k", "v"] { #expect(try read("self_attn.\(part)_proj.lora_A", 72) == a) }
      #expect(try read("self_attn.q_proj.lora_B", 72) == Array(b[..<72]))
      #expect(try read("self_attn.k_proj.lora_B", 36) == Array(b[72..<108]))
      #expect(try read("self_attn.v_proj.lora_B", 36) == Array(b[108...]))
      #expect(
        try read("mlp.up_proj.lora_B", 60)
          == Array(model.trainable["layers.1.gateUp.B"].values[60...]))
    }
  }

  @Test func theBaseIsFoundFromTheAdapter() throws {
    try withRun { run in
      let folder = run.appending(path: "policy/cat")
      let url = folder.appending(path: "adapter_config.json")
      let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
      let object = try #require(json as? [String: Any])
      #expect(object["base_model_name_or_path"] as? String == "../../base")
      let moved = run.deletingLastPathComponent().appending(path: "moved")
      try FileManager.default.moveItem(at: run, to: moved)
      let found = try ModelFolder(contentsOf: moved.appending(path: "policy/cat"))
      #expect(found.model.parameters.snapshot == base.parameters.snapshot)
      let other = moved.appending(path: "policy/cat")
      try editConfiguration(other, "base_model_name_or_path", moved.appending(path: "base").path)
      #expect(try ModelFolder(contentsOf: other).base?.lastPathComponent == "base")
    }
  }

  @Test func theSameAdapterGivesTheSameBytes() throws {
    try withRun { run in
      let again = run.appending(path: "policy/dog")
      try ModelFolder(contentsOf: run.appending(path: "policy/cat"))
        .write(to: again, metadata: ["note": "a test"])
      for file in ["adapter_config.json", "adapter_model.safetensors", "tokenizer.json"] {
        let bytes = try ["cat", "dog"].map {
          try Data(contentsOf: run.appending(path: "policy/\($0)/\(file)"))
        }
        #expect(bytes[0] == bytes[1], "\(file)")
      }
    }
  }

  @Test func aMergedFolderNeedsNoBase() throws {
    try withRun { run in
      let contents = try ModelFolder(contentsOf: run.appending(path: "policy/cat"))
      let merged = contents.merged()
      #expect(merged.base == nil)
      try merged.write(to: run.appending(path: "whole"))
      try FileManager.default.removeItem(at: run.appending(path: "base"))
      let found = try ModelFolder(contentsOf: run.appending(path: "whole"), sharing: base).model
      #expect(found.adapterConfig == nil && found.parameters !== base.parameters)
      expectClose(
        found.allLogits([[1, 2, 3]]), to: contents.model.allLogits([[1, 2, 3]]), within: 1e-5)
      #expect(found.parameters.snapshot == merged.model.parameters.snapshot)
      try contents.model.write(to: run.appending(path: "model.safetensors"))
      let bytes = try ["model.safetensors", "whole/model.safetensors"].map {
        try Data(contentsOf: run.appending(path: $0))
      }
      #expect(bytes[0] == bytes[1], "the weights of an adapted model are written merged")
    }
  }

  // MARK: What is refused

  @Test func whatIsNotSupportedIsNamed() throws {
    let edits: [(String, Any, String)] = [
      ("peft_type", "IA3", "peft_type 'IA3' is not supported"),
      ("task_type", "SEQ_2_SEQ_LM", "task_type 'SEQ_2_SEQ_LM' is not supported"),
      ("target_modules", ["q_proj", "k_proj"], "target_modules lacks 'v_proj'"),
      ("target_modules", ["down_proj", "lm_head"], "target_modules 'lm_head' is not supported"),
      ("target_modules", [String](), "layers is empty"),
      ("target_modules", "all-linear", "key 'target_modules' has the wrong type"),
      ("modules_to_save", ["score"], "modules_to_save 'score' is not supported"),
      ("bias", "all", "bias 'all' is not supported"),
      ("alpha_pattern", ["down_proj": 3], "alpha_pattern is not supported"),
      ("alora_invocation_tokens", [1], "alora_invocation_tokens is not supported"),
      ("use_dora", true, "use_dora is not supported"),
      ("use_rslora", true, "use_rslora is not supported"),
      ("r", 0, "rank is 0, outside 1...4096"),
      ("r", 4, "lora_A.weight' has shape [3, 24]; the model expects [4, 24]"),
      ("lora_alpha", -1, "alpha is -1.0, not a number above 0"),
    ]
    for (key, value, words) in edits {
      try expectRefusal(words) { try editConfiguration($1, key, value) }
    }
    for key in ["r", "lora_alpha", "target_modules", "base_model_name_or_path"] {
      try expectRefusal("key '\(key)' is missing") { try editConfiguration($1, key, nil) }
    }
  }

  @Test(arguments: ["adapter_config.json", "adapter_model.safetensors", "tokenizer.json"])
  func damagedFiles(file: String) throws {
    try expectRefusal(file) { try Data("{]".utf8).write(to: $1.appending(path: file)) }
    guard file != "adapter_config.json" else { return }
    try expectRefusal(file) { try FileManager.default.removeItem(at: $1.appending(path: file)) }
  }

  @Test func wrongTensors() throws {
    let down = "base_model.model.model.layers.0.mlp.down_proj.lora_B"
    try expectRefusal("the checkpoint has no tensor '\(down).weight'") {
      try editTensors($1) { name, _ in
        name == "\(down).weight" ? ("\(down).default.weight", [24, 3]) : nil
      }
    }
    try expectRefusal("tensor '\(down).weight' has shape [3, 24]; the model expects [24, 3]") {
      try editTensors($1) { name, _ in name == "\(down).weight" ? (name, [3, 24]) : nil }
    }
    let key = "base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight"
    try expectRefusal("its tensor '\(key)' differs") {
      try editTensors($1) { name, values in
        if name == key { values[71] += 1 }
        return nil
      }
    }
    try expectRefusal("its tensor 'base_model.model.model.layers.0.mlp.down_proj.lora_A.weight' is")
    {
      try editConfiguration($1, "target_modules", ["o_proj"])
    }
  }

  @Test func wrongBases() throws {
    try expectRefusal("its base '../mouse' is an adapter itself") { run, folder in
      try FileManager.default.copyItem(at: folder, to: run.appending(path: "policy/mouse"))
      try editConfiguration(folder, "base_model_name_or_path", "../mouse")
    }
    try expectRefusal("base/config.json': there is no such file") { run, _ in
      try FileManager.default.removeItem(at: run.appending(path: "base"))
    }
    try expectRefusal("vocab_size is 265, but tokenizer.json has 276 tokens") { _, folder in
      let names = (1...19).map { "<|\($0)|>" }
      try Tokenizer.train(on: [], vocabularySize: 276, specialTokens: names + [SpecialToken.end])
        .write(to: folder.appending(path: "tokenizer.json"))
    }
    try expectRefusal("its base '../../base' has no token head") { run, _ in
      let configuration = TransformerConfiguration.tiny(
        vocabulary: Self.tokenizer.vocabularySize, tied: false)
      let model = Transformer(seeded: 1, configuration, head: .scalar)
      try ModelFolder(model: model, tokenizer: Self.tokenizer)
        .write(to: run.appending(path: "base"))
    }
  }

  @Test func anAdapterWithoutBaseStops() async {
    await #expect(processExitsWith: .failure) {
      let tokenizer = Tokenizer.train(on: [], vocabularySize: 265, specialTokens: SpecialToken.all)
      var random = SplitMix64(seed: 1)
      let model = Transformer(.tiny(vocabulary: tokenizer.vocabularySize))
        .adapted(LoRAConfig(rank: 1, alpha: 1, layers: [.down]), random: &random)
      // It stops before anything is written.
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try ModelFolder(model: model, tokenizer: tokenizer).write(to: folder)
    }
  }
}
