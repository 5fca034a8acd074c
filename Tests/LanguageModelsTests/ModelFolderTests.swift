import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct ModelFolderTests {
  private static let tokenizer = Tokenizer.train(
    on: ["the cat sat on the mat, the cat sat"], vocabularySize: 265,
    specialTokens: SpecialToken.all)

  private func folderContents(
    seed: UInt64 = 1, tied: Bool = true, head: TransformerHead = .tokens
  ) -> ModelFolder {
    let configuration = TransformerConfiguration.tiny(
      vocabulary: Self.tokenizer.vocabularySize, tied: tied)
    return ModelFolder(
      model: Transformer(seeded: seed, configuration, head: head), tokenizer: Self.tokenizer)
  }

  /// Writes a folder, changes it, and expects the reader to refuse it in these words.
  private func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    change: (URL) throws -> Void
  ) throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try folderContents().write(to: folder)
      try change(folder)
      expectUnreadable(folder, words, sourceLocation: sourceLocation)
    }
  }

  private func editConfiguration(_ folder: URL, _ key: String, _ value: Any?) throws {
    try editJSON(folder.appending(path: "config.json"), key, value)
  }

  // MARK: Round trips

  @Test(arguments: [true, false], [TransformerHead.tokens, .scalar])
  func roundTripIsExact(tied: Bool, head: TransformerHead) throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = folderContents(tied: tied, head: head)
      try written.write(to: folder, metadata: ["note": "a test"])
      let found = try ModelFolder(contentsOf: folder)
      #expect(found.model.configuration == written.model.configuration)
      #expect(found.model.head == head)
      #expect(found.tokenizer == written.tokenizer)
      #expect(found.model.parameters.entries == written.model.parameters.entries)
      #expect(found.model.parameters.snapshot == written.model.parameters.snapshot)
      let weights = try Safetensors(contentsOf: folder.appending(path: "model.safetensors"))
      #expect(weights.metadata == ["note": "a test", "format": "pt"])
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(
        names == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
    }
  }

  /// Half precision keeps 11 significant bits, bfloat16 keeps 8: half a unit in the last place.
  @Test(arguments: [(Safetensors.StorageType.float16, 0x1p-11), (.bfloat16, 0x1p-8)])
  func shorterNumbersAreClose(type: Safetensors.StorageType, error: Double) throws {
    try withTemporaryFolder { parent in
      let written = folderContents()
      try written.write(to: parent.appending(path: "model"), as: type)
      let found = try ModelFolder(contentsOf: parent.appending(path: "model")).model
      #expect(found.parameters.snapshot != written.model.parameters.snapshot)
      for (a, b) in zip(found.parameters.snapshot, written.model.parameters.snapshot) {
        #expect(abs(Double(a) - Double(b)) <= error * abs(Double(b)) + 1e-7)
      }
    }
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    try withTemporaryFolder { parent in
      for name in ["a", "b"] { try folderContents().write(to: parent.appending(path: name)) }
      for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let bytes = try ["a", "b"].map {
          try Data(contentsOf: parent.appending(path: "\($0)/\(file)"))
        }
        #expect(bytes[0] == bytes[1], "\(file)")
      }
    }
  }

  @Test func publishedNamesAndShapes() throws {
    try withTemporaryFolder { parent in
      try folderContents(tied: false).write(to: parent.appending(path: "model"))
      let file = try Safetensors(contentsOf: parent.appending(path: "model/model.safetensors"))
      #expect(file.names.count == 3 + 2 * 9)
      #expect(file.shape(of: "lm_head.weight") == [Self.tokenizer.vocabularySize, 24])
      #expect(file.shape(of: "model.layers.1.self_attn.q_proj.weight") == [24, 24])
      #expect(file.shape(of: "model.layers.1.self_attn.k_proj.weight") == [12, 24])
      #expect(file.shape(of: "model.layers.0.mlp.up_proj.weight") == [20, 24])
      #expect(file.shape(of: "model.layers.0.mlp.down_proj.weight") == [24, 20])
    }
  }

  // MARK: Writing

  @Test func anExistingFolderIsReplaced() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try folderContents(seed: 1).write(to: folder)
      try Data("old".utf8).write(to: folder.appending(path: "notes.txt"))
      let next = folderContents(seed: 2)
      try next.write(to: folder)
      let found = try ModelFolder(contentsOf: folder).model.parameters.snapshot
      #expect(found == next.model.parameters.snapshot)
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["model"])
    }
  }

  @Test func anExistingFolderSurvivesAFailedWrite() throws {
    try withTemporaryFolder { parent in
      // A name so long that the temporary name beside it is too long for the file system.
      let folder = parent.appending(path: String(repeating: "m", count: 250))
      let kept = folderContents(seed: 1)
      try kept.write(to: parent.appending(path: "model"))
      try FileManager.default.moveItem(at: parent.appending(path: "model"), to: folder)
      #expect(throws: (any Error).self) { try folderContents(seed: 2).write(to: folder) }
      let found = try ModelFolder(contentsOf: folder).model.parameters.snapshot
      #expect(found == kept.model.parameters.snapshot)
    }
  }

  @Test func whatAnInterruptedWriteLeftIsRemoved() throws {
    try withTemporaryFolder { parent in
      let rest = parent.appending(path: "model.partial")
      try FileManager.default.createDirectory(at: rest, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: rest.appending(path: "half"))
      try folderContents().write(to: parent.appending(path: "model"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["model"])
    }
  }

  // MARK: Damage

  @Test(arguments: [
    ("hidden_size", "key 'hidden_size' is missing"), ("vocab_size", "key 'vocab_size' is missing"),
    ("rope_theta", "key 'rope_theta' is missing"),
  ])
  func missingKeys(key: String, words: String) throws {
    try expectRefusal(words) { try editConfiguration($0, key, nil) }
  }

  @Test(arguments: [
    ("hidden_size", 1_000_000_000_000, "width is 1000000000000, outside 2 to 65536"),
    ("num_hidden_layers", -1, "layers is -1, outside 1 to 1024"),
    ("num_attention_heads", 0, "heads is 0, outside 1 to 1024"),
    ("num_key_value_heads", 3, "heads 4 is not a multiple of keyValueHeads 3"),
    ("max_position_embeddings", 10_000_000 + 1, "maximumLength is 10000001, outside"),
    ("head_dim", 8, "head_dim 8 is not supported"),
    ("vocab_size", 999, "vocab_size is 999, but tokenizer.json has 265 tokens"),
    // Within the bounds, but hundreds of gigabytes: refused by the weights before allocation.
    ("hidden_size", 65_536, "shape [265, 24]; the model expects [265, 65536]"),
    ("intermediate_size", 1_000_000, "shape [20, 24]; the model expects [1000000, 24]"),
    ("num_hidden_layers", 1_024, "no tensor 'model.layers.2.input_layernorm.weight'"),
  ])
  func wrongNumbers(key: String, value: Int, words: String) throws {
    try expectRefusal(words) {
      if key == "hidden_size" { try editConfiguration($0, "head_dim", nil) }
      try editConfiguration($0, key, value)
    }
  }

  @Test func wrongTypes() throws {
    try expectRefusal("key 'hidden_size' has the wrong type") {
      try editConfiguration($0, "hidden_size", "24")
    }
    try expectRefusal("key 'eos_token_id' has the wrong type") {
      try editConfiguration($0, "eos_token_id", [1, 2])
    }
    try expectRefusal("one of its numbers is out of range") {
      try editConfiguration($0, "hidden_size", 1e30)
    }
  }

  @Test func whatIsNotSupportedIsNamed() throws {
    let edits: [(String, Any, String)] = [
      ("model_type", "gpt2", "model_type 'gpt2' is not supported"),
      ("hidden_act", "gelu", "hidden_act 'gelu' is not supported"),
      ("attention_bias", true, "attention_bias is not supported"),
      ("mlp_bias", true, "mlp_bias is not supported"),
      ("rope_scaling", ["type": "linear", "factor": 2], "rope_scaling is not supported"),
      (
        "rope_parameters", ["rope_type": "llama3", "rope_theta": 1],
        "rope_type 'llama3' is not supported"
      ),
    ]
    for (key, value, words) in edits {
      try expectRefusal(words) { try editConfiguration($0, key, value) }
    }
  }

  @Test func rotaryBaseOfNewerFiles() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try folderContents().write(to: folder)
      try editConfiguration(folder, "rope_theta", nil)
      try editConfiguration(
        folder, "rope_parameters", ["rope_type": "default", "rope_theta": 500])
      #expect(try ModelFolder(contentsOf: folder).model.configuration.ropeTheta == 500)
    }
  }

  @Test(arguments: ["config.json", "tokenizer.json", "model.safetensors"])
  func missingAndEmptyFiles(file: String) throws {
    try expectRefusal(file) { try FileManager.default.removeItem(at: $0.appending(path: file)) }
    try expectRefusal(file) { try Data().write(to: $0.appending(path: file)) }
    try expectRefusal(file) { try Data("{]".utf8).write(to: $0.appending(path: file)) }
  }

  @Test func truncatedWeights() throws {
    for share in [0.01, 0.5, 0.999] {
      try expectRefusal("model.safetensors") { folder in
        let url = folder.appending(path: "model.safetensors")
        let data = try Data(contentsOf: url)
        try data.prefix(Int(Double(data.count) * share)).write(to: url)
      }
    }
  }

  @Test func weightsOfAnotherModel() throws {
    let other = Transformer(seeded: 1, .tiny(vocabulary: 300))
    try expectRefusal(
      "tensor 'model.embed_tokens.weight' has shape [300, 24]; the model expects [265, 24]"
    ) { try other.write(to: $0.appending(path: "model.safetensors")) }
    let scalar = Transformer(
      seeded: 1, .tiny(vocabulary: Self.tokenizer.vocabularySize), head: .scalar)
    try expectRefusal("has no tensor 'lm_head.weight'") {
      try editConfiguration($0, "tie_word_embeddings", false)
      try scalar.write(to: $0.appending(path: "model.safetensors"))
    }
  }

  @Test func whatAnInterruptedWriteLeftIsNamed() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try folderContents().write(to: folder)
      try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("previous"))
      let error = #expect(throws: CheckpointError.self) { _ = try ModelFolder(contentsOf: folder) }
      #expect(error?.description.contains("the older one is 'model.previous'") == true)
    }
  }

  @Test func aTokenizerWithoutPaddingIsNotWritten() throws {
    let tokenizer = Tokenizer.train(
      on: [], vocabularySize: 257, specialTokens: [SpecialToken.end])
    let contents = ModelFolder(
      model: Transformer(.tiny(vocabulary: tokenizer.vocabularySize)), tokenizer: tokenizer)
    try withTemporaryFolder { parent in
      let error = #expect(throws: CheckpointError.self) {
        try contents.write(to: parent.appending(path: "model"))
      }
      #expect(
        error?.description.hasSuffix(
          "its tokenizer lacks the special tokens <|endoftext|> and <|pad|>") == true)
      let left = try FileManager.default.contentsOfDirectory(atPath: parent.path)
      #expect(left.isEmpty)
    }
  }

  @Test func tokenIdsAreTheTokenizers() throws {
    let tokenizer = Tokenizer.train(
      on: [], vocabularySize: 259,
      specialTokens: [SpecialToken.answer, SpecialToken.end, SpecialToken.padding])
    let contents = ModelFolder(
      model: Transformer(.tiny(vocabulary: tokenizer.vocabularySize)), tokenizer: tokenizer)
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try contents.write(to: folder)
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "config.json")))
      let object = try #require(json as? [String: Any])
      #expect(object["pad_token_id"] as? Int32 == tokenizer.id(ofSpecial: SpecialToken.padding))
      #expect(object["eos_token_id"] as? Int32 == tokenizer.id(ofSpecial: SpecialToken.end))
    }
  }

  @Test func partsThatDisagreeStop() async {
    await #expect(processExitsWith: .failure) {
      let tokenizer = Tokenizer.train(
        on: [], vocabularySize: 259, specialTokens: SpecialToken.all)
      _ = ModelFolder(model: Transformer(.tiny()), tokenizer: tokenizer)
    }
  }
}
