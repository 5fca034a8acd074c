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
    ("num_attention_heads", "key 'num_attention_heads' is missing"),
    ("model_type", "key 'model_type' is missing"),
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
    try expectRefusal(words) {
      try editConfiguration($0, key, value)
    }
  }

  @Test func wrongTypes() throws {
    try expectRefusal("key 'hidden_size' has the wrong type") {
      try editConfiguration($0, "hidden_size", "24")
    }
    try expectRefusal("key 'eos_token_id' has the wrong type") {
      try editConfiguration($0, "eos_token_id", "</s>")
    }
    try expectRefusal("one of its numbers is out of range") {
      try editConfiguration($0, "hidden_size", 1e30)
    }
  }

  @Test func whatIsNotSupportedIsNamed() throws {
    let edits: [(String, Any, String)] = [
      ("model_type", "gpt2", "model_type 'gpt2' is not supported"),
      (
        "architectures", ["GPT2LMHeadModel"], "architectures [\"GPT2LMHeadModel\"] is not supported"
      ),
      ("hidden_act", "gelu", "hidden_act 'gelu' is not supported"),
      ("mlp_bias", true, "mlp_bias true is not supported"),
      ("quantization_config", ["bits": 4], "quantization_config {…} is not supported"),
      ("use_sliding_window", true, "use_sliding_window true is not supported"),
      ("partial_rotary_factor", 0.5, "partial_rotary_factor 0.5 is not supported"),
      (
        "layer_types", ["full_attention", "sliding_attention"], "layer_types 'sliding_attention' is"
      ),
      ("logits_scaling", 8, "logits_scaling 8 is not supported"),
      ("embedding_multiplier", 12, "embedding_multiplier 12 is not supported"),
      ("residual_multiplier", 0.2, "residual_multiplier 0.2 is not supported"),
      ("attention_multiplier", 0.1, "attention_multiplier 0.1 is not supported"),
      ("final_logit_softcapping", 30, "final_logit_softcapping 30 is not supported"),
      ("num_local_experts", 8, "num_local_experts 8 is not supported"),
      ("rope_scaling", ["type": "linear", "factor": 2], "rope_scaling.rope_type 'linear' is not"),
      ("rope_scaling", ["rope_type": "yarn"], "rope_scaling.rope_type 'yarn' is not supported"),
      ("rope_scaling", ["mrope_section": [1]], "rope_scaling.mrope_section is not supported"),
      (
        "rope_parameters", ["rope_type": "llama3", "rope_theta": 1],
        "key 'rope_parameters.factor' is missing"
      ),
      ("rope_parameters", ["rope_theta": "1"], "'rope_parameters.rope_theta' has the wrong type"),
      (
        "rope_parameters", ["full_attention": ["rope_theta": 1]],
        "rope_parameters.full_attention is"
      ),
      (
        "rope_scaling",
        [
          "rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4,
          "original_max_position_embeddings": 64,
        ], "low frequency factor 4.0 is not above 0 and below the high one, 4.0"
      ),
    ]
    for (key, value, words) in edits {
      try expectRefusal(words) { try editConfiguration($0, key, value) }
    }
  }

  /// Extra keys, of which there are many in published files, change nothing.
  @Test func unknownKeysAreIgnored() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = folderContents()
      try written.write(to: folder)
      for (key, value) in [
        "_name_or_path": "x", "use_cache": true, "quantization_config": NSNull(),
      ]
        as [String: Any]
      {
        try editConfiguration(folder, key, value)
      }
      #expect(
        try ModelFolder(contentsOf: folder).model.configuration == written.model.configuration)
    }
  }

  @Test func absentKeysHaveTheDefaultsOfTransformers() throws {
    let sizes = """
      "vocab_size": 300, "hidden_size": 64, "intermediate_size": 8, "num_hidden_layers": 1, \
      "num_attention_heads": 32
      """
    let read = { (family: String, more: String) in
      try HuggingFaceConfiguration(
        json: Data("{\"model_type\": \"\(family)\", \(sizes)\(more)}".utf8), name: "config.json"
      ).shape
    }
    var expected = TransformerConfiguration(
      vocabularySize: 300, width: 64, layers: 1, heads: 32, keyValueHeads: 32, feedForward: 8,
      normEpsilon: 1e-6, maximumLength: 2048, tiedEmbeddings: false)
    #expect(try read("llama", "") == expected)
    expected.family = .qwen2
    expected.maximumLength = 32_768
    expected.projectionBias = true
    #expect(try read("qwen2", "") == expected)
    expected.family = .qwen3
    expected.headWidth = 128
    (expected.projectionBias, expected.queryKeyNorm) = (false, true)
    #expect(try read("qwen3", "") == expected)
    // Attention to Mistral's window is attention to all where no sequence is longer.
    #expect(try read("mistral", "").maximumLength == 4_096)
    #expect(try read("mistral", ", \"sliding_window\": 77").maximumLength == 77)
    let whole = try read("mistral", ", \"sliding_window\": null, \"num_key_value_heads\": null")
    #expect(whole.maximumLength == 131_072 && whole.keyValueHeads == 32)
    #expect(try read("mistral", "").keyValueHeads == 8)
  }

  @Test func aLargeConfigurationIsNotRead() {
    let error = #expect(throws: CheckpointError.self) {
      _ = try HuggingFaceConfiguration(
        json: Data(repeating: 0x20, count: 1 << 22 + 1), name: "config.json")
    }
    #expect(error?.description.contains("bytes, more than 4194304") == true)
  }

  /// The file is the model's memory, and is not changed by training.
  @Test func trainingLeavesTheFileAsItIs() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = folderContents()
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
      try folderContents(seed: 9).write(to: folder)
      #expect(again.parameters.snapshot == written.model.parameters.snapshot)
    }
  }

  @Test func biasesThatAFamilyLacksAreRefused() {
    let error = #expect(throws: CheckpointError.self) {
      _ = try HuggingFaceConfiguration(
        json: Data(
          """
          {"model_type": "mistral", "vocab_size": 300, "hidden_size": 64, "intermediate_size": 8,
          "num_hidden_layers": 1, "num_attention_heads": 8, "attention_bias": true}
          """.utf8), name: "config.json")
    }
    #expect(
      error?.description.hasSuffix("attention_bias true is not supported for mistral") == true)
  }

  // MARK: End tokens, chat template

  @Test func whatABaseSaysOfTokensIsKept() throws {
    let template = try ChatTemplate(
      "{{ bos_token }}{{ messages[0].content }}", specialTokens: ["bos_token": "<|answer|>"])
    let base = folderContents()
    let written = ModelFolder(
      model: base.model, tokenizer: base.tokenizer, endTokens: [2, 1], paddingToken: nil,
      chatTemplate: template)
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try written.write(to: folder)
      let found = try ModelFolder(contentsOf: folder)
      #expect(found.endTokens == [2, 1])
      #expect(found.chatTemplate?.source == template.source)
      #expect(found.chatTemplate?.specialTokens["bos_token"] == "<|answer|>")
      #expect(found.chatTemplate?.specialTokens["eos_token"] == SpecialToken.all[2])
      #expect(found.replacing(model: base.model.copy()).endTokens == [2, 1])
      #expect(found.replacing(chatTemplate: nil).chatTemplate == nil)
    }
  }

  @Test func theTokenThatOpensTextsIsNamed() throws {
    let base = folderContents()
    var parts = base.tokenizer.parts
    parts.prefixTokens = [2]
    let written = ModelFolder(
      model: base.model, tokenizer: try Tokenizer(parts, file: "tokenizer.json"))
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      for (contents, name) in [(written, SpecialToken.all[2]), (base, nil)] {
        try contents.write(to: folder)
        let values = try JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appending(path: "tokenizer_config.json")))
        #expect((values as? [String: Any])?["bos_token"] as? String == name)
      }
    }
  }

  @Test func generationConfigurationHasPrecedence() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try folderContents().write(to: folder)
      try editConfiguration(folder, "eos_token_id", 7)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [1])
      let generation = folder.appending(path: "generation_config.json")
      try Data("{\"eos_token_id\": [5, 6, -1, 99999]}".utf8).write(to: generation)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [5, 6])
      try FileManager.default.removeItem(at: generation)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [7])
      try editConfiguration(folder, "eos_token_id", nil)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [1])
    }
  }

  @Test func aTableLargerThanTheTokenizerIsRead() throws {
    let model = Transformer(seeded: 1, .tiny(vocabulary: 300))
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try ModelFolder(model: model, tokenizer: Self.tokenizer).write(to: folder)
      let found = try ModelFolder(contentsOf: folder)
      #expect(found.model.configuration.vocabularySize == 300)
      #expect(found.tokenizer.decode([299]) == "")
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

  @Test(arguments: [
    "config.json", "generation_config.json", "model.safetensors", "tokenizer_config.json",
    "chat_template.jinja",
  ])
  func aFolderInPlaceOfAFile(file: String) throws {
    try expectRefusal("/\(file)': it is a folder") { folder in
      let url = folder.appending(path: file)
      if file != "chat_template.jinja" { try FileManager.default.removeItem(at: url) }
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
  }

  /// The numbers are those of the file whose header was checked.
  @Test func weightsThatAreReplacedWhileTheyAreRead() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let kept = folderContents().model
      try folderContents().write(to: folder)
      let weights = try ShardedSafetensors(contentsOf: folder)
      try Data(count: 10).write(
        to: folder.appending(path: "model.safetensors"), options: .atomic)
      let found = try Transformer(kept.configuration, head: .tokens, mapping: weights)
      #expect(found.parameters.snapshot == kept.parameters.snapshot)
    }
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
