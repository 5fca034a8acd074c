import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct ModelFolderTests {
  // MARK: Round trips

  @Test(arguments: [true, false], [TransformerHead.tokens, .scalar])
  func roundTripIsExact(tied: Bool, head: TransformerHead) throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = TinyFolder.contents(tied: tied, head: head)
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
        names == [
          "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
          "tokenizer_config.json",
        ])
    }
  }

  /// Half precision keeps 11 significant bits, bfloat16 keeps 8: half a unit in the last place.
  @Test(arguments: [(Safetensors.StorageType.float16, 0x1p-11), (.bfloat16, 0x1p-8)])
  func shorterNumbersAreClose(type: Safetensors.StorageType, error: Double) throws {
    try withTemporaryFolder { parent in
      let written = TinyFolder.contents()
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
      for name in ["a", "b"] { try TinyFolder.contents().write(to: parent.appending(path: name)) }
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
      try TinyFolder.contents(tied: false).write(to: parent.appending(path: "model"))
      let file = try Safetensors(contentsOf: parent.appending(path: "model/model.safetensors"))
      #expect(file.names.count == 3 + 2 * 9)
      #expect(file.shape(of: "lm_head.weight") == [TinyFolder.tokenizer.vocabularySize, 24])
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
      try TinyFolder.contents(seed: 1).write(to: folder)
      try Data("old".utf8).write(to: folder.appending(path: "notes.txt"))
      let next = TinyFolder.contents(seed: 2)
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
      let kept = TinyFolder.contents(seed: 1)
      try kept.write(to: parent.appending(path: "model"))
      try FileManager.default.moveItem(at: parent.appending(path: "model"), to: folder)
      #expect(throws: (any Error).self) { try TinyFolder.contents(seed: 2).write(to: folder) }
      let found = try ModelFolder(contentsOf: folder).model.parameters.snapshot
      #expect(found == kept.model.parameters.snapshot)
    }
  }

  @Test func whatAnInterruptedWriteLeftIsRemoved() throws {
    try withTemporaryFolder { parent in
      let rest = parent.appending(path: "model.partial")
      try FileManager.default.createDirectory(at: rest, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: rest.appending(path: "half"))
      try TinyFolder.contents().write(to: parent.appending(path: "model"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["model"])
    }
  }

  // MARK: Damage

  @Test(arguments: [
    ("hidden_size", "key 'hidden_size' is missing"), ("vocab_size", "key 'vocab_size' is missing"),
    ("num_attention_heads", "key 'num_attention_heads' is missing"),
    ("model_type", "key 'model_type' is missing"),
  ])
  func missingKeys(key: String, words: String) throws {
    try TinyFolder.expectRefusal(words) { try TinyFolder.editConfiguration($0, key, nil) }
  }

  @Test(arguments: [
    ("hidden_size", 1_000_000_000_000, "width is 1000000000000, outside 2 to 65536"),
    ("num_hidden_layers", -1, "layers is -1, outside 1 to 1024"),
    ("num_attention_heads", 0, "heads is 0, outside 1 to 1024"),
    ("num_key_value_heads", 3, "heads 4 is not a multiple of keyValueHeads 3"),
    ("max_position_embeddings", 10_000_000 + 1, "maximumLength is 10000001, outside"),
    ("head_dim", 8, "q_proj.weight' has shape [24, 24]; the model expects [32, 24]"),
    ("head_dim", 1 << 40, "headWidth is 1099511627776, outside 1 to 4096"),
    ("vocab_size", 200, "vocab_size is 200, but tokenizer.json has 265 tokens"),
    ("vocab_size", 999, "shape [265, 24]; the model expects [999, 24]"),
    // Within the bounds, but hundreds of gigabytes: refused by the weights before allocation.
    ("hidden_size", 65_536, "shape [265, 24]; the model expects [265, 65536]"),
    ("intermediate_size", 1_000_000, "shape [20, 24]; the model expects [1000000, 24]"),
    ("num_hidden_layers", 1_024, "no tensor 'model.layers.2.input_layernorm.weight'"),
  ])
  func wrongNumbers(key: String, value: Int, words: String) throws {
    try TinyFolder.expectRefusal(words) {
      try TinyFolder.editConfiguration($0, key, value)
    }
  }

  @Test func wrongTypes() throws {
    try TinyFolder.expectRefusal("key 'hidden_size' has the wrong type") {
      try TinyFolder.editConfiguration($0, "hidden_size", "24")
    }
    try TinyFolder.expectRefusal("key 'eos_token_id' has the wrong type") {
      try TinyFolder.editConfiguration($0, "eos_token_id", "</s>")
    }
    try TinyFolder.expectRefusal("one of its numbers is out of range") {
      try TinyFolder.editConfiguration($0, "hidden_size", 1e30)
    }
  }

  /// The file is the model's memory, and is not changed by training.
  @Test func trainingLeavesTheFileAsItIs() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = TinyFolder.contents()
      try written.write(to: folder)
      let file = folder.appending(path: "model.safetensors")
      let bytes = try Data(contentsOf: file)
      let model = try ModelFolder(contentsOf: folder).model
      model.parameters.withWeights { $0.update(repeating: 3) }
      #expect(model.parameters["norm"].values[0] == 3)
      #expect(try Data(contentsOf: file) == bytes)
      let again = try ModelFolder(contentsOf: folder).model
      #expect(again.parameters.snapshot == written.model.parameters.snapshot)
      // Replacing the folder does not touch the model that was read from it.
      try TinyFolder.contents(seed: 9).write(to: folder)
      #expect(again.parameters.snapshot == written.model.parameters.snapshot)
    }
  }

  @Test(arguments: ["config.json", "tokenizer.json", "model.safetensors"])
  func missingAndEmptyFiles(file: String) throws {
    try TinyFolder.expectRefusal(file) {
      try FileManager.default.removeItem(at: $0.appending(path: file))
    }
    try TinyFolder.expectRefusal(file) { try Data().write(to: $0.appending(path: file)) }
    try TinyFolder.expectRefusal(file) { try Data("{]".utf8).write(to: $0.appending(path: file)) }
  }

  @Test(arguments: [
    "config.json", "generation_config.json", "model.safetensors", "tokenizer_config.json",
    "chat_template.jinja",
  ])
  func aFolderInPlaceOfAFile(file: String) throws {
    try TinyFolder.expectRefusal("/\(file)': it is a folder") { folder in
      let url = folder.appending(path: file)
      if file != "chat_template.jinja" { try FileManager.default.removeItem(at: url) }
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
  }

  /// The numbers are those of the file whose header was checked.
  @Test func weightsThatAreReplacedWhileTheyAreRead() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let kept = TinyFolder.contents().model
      try TinyFolder.contents().write(to: folder)
      let weights = try ShardedSafetensors(contentsOf: folder)
      try Data(count: 10).write(
        to: folder.appending(path: "model.safetensors"), options: .atomic)
      let found = try Transformer(kept.configuration, head: .tokens, mapping: weights)
      #expect(found.parameters.snapshot == kept.parameters.snapshot)
    }
  }

  @Test func truncatedWeights() throws {
    for share in [0.01, 0.5, 0.999] {
      try TinyFolder.expectRefusal("model.safetensors") { folder in
        let url = folder.appending(path: "model.safetensors")
        let data = try Data(contentsOf: url)
        try data.prefix(Int(Double(data.count) * share)).write(to: url)
      }
    }
  }

  @Test func weightsOfAnotherModel() throws {
    let other = Transformer(seeded: 1, .tiny(vocabulary: 300))
    try TinyFolder.expectRefusal(
      "tensor 'model.embed_tokens.weight' has shape [300, 24]; the model expects [265, 24]"
    ) { try other.write(to: $0.appending(path: "model.safetensors")) }
    let scalar = Transformer(
      seeded: 1, .tiny(vocabulary: TinyFolder.tokenizer.vocabularySize), head: .scalar)
    try TinyFolder.expectRefusal("has no tensor 'lm_head.weight'") {
      try TinyFolder.editConfiguration($0, "tie_word_embeddings", false)
      try scalar.write(to: $0.appending(path: "model.safetensors"))
    }
  }

  @Test func whatAnInterruptedWriteLeftIsNamed() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try TinyFolder.contents().write(to: folder)
      try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("previous"))
      let error = #expect(throws: CheckpointError.self) { _ = try ModelFolder(contentsOf: folder) }
      #expect(error?.description.contains("the older one is 'model.previous'") == true)
    }
  }

  @Test func aModelThatCannotEndIsNotWritten() throws {
    let tokenizer = Tokenizer.train(
      on: [], vocabularySize: 257, specialTokens: [SpecialToken.padding])
    let contents = ModelFolder(
      model: Transformer(.tiny(vocabulary: tokenizer.vocabularySize)), tokenizer: tokenizer)
    try withTemporaryFolder { parent in
      let error = #expect(throws: CheckpointError.self) {
        try contents.write(to: parent.appending(path: "model"))
      }
      #expect(
        error?.description.hasSuffix("it has no end token") == true)
      let left = try FileManager.default.contentsOfDirectory(atPath: parent.path)
      #expect(left.isEmpty)
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
