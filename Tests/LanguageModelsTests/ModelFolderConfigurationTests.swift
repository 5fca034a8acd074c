import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

/// What `config.json` may say, and what it may not.
@Suite struct ModelFolderConfigurationTests {
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
      try TinyFolder.expectRefusal(words) { try TinyFolder.editConfiguration($0, key, value) }
    }
  }

  /// Extra keys, of which there are many in published files, change nothing.
  @Test func unknownKeysAreIgnored() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      let written = TinyFolder.contents()
      try written.write(to: folder)
      for (key, value) in [
        "_name_or_path": "x", "use_cache": true, "quantization_config": NSNull(),
      ]
        as [String: Any]
      {
        try TinyFolder.editConfiguration(folder, key, value)
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

  @Test func rotaryBaseOfNewerFiles() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try TinyFolder.contents().write(to: folder)
      try TinyFolder.editConfiguration(folder, "rope_theta", nil)
      try TinyFolder.editConfiguration(
        folder, "rope_parameters", ["rope_type": "default", "rope_theta": 500])
      #expect(try ModelFolder(contentsOf: folder).model.configuration.ropeTheta == 500)
    }
  }
}
