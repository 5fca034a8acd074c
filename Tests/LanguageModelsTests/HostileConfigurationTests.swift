import Foundation
import LanguageModels
import NeuralNetworks
import TestSupport
import Testing

/// Configurations that lie: each is refused in a sentence, or describes a model for which memory is
/// taken only where the weights' file holds as much.
@Suite struct HostileConfigurationTests {
  @Test(
    arguments: [
      "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
      "num_key_value_heads", "head_dim", "max_position_embeddings", "rope_theta", "rms_norm_eps",
      "original_max_position_embeddings", "factor", "low_freq_factor", "high_freq_factor",
    ],
    [
      "0", "-0", "-1", "0.5", "3", "255", "1000000000", "1099511627776", "4611686018427387904",
      "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e999", "1e-999",
      "1e308", "5e-324", "null", "[]", "\"8\"", "true",
    ])
  func numbersThatLie(key: String, value: String) throws {
    let kept = try seed("config", "llama.json")
    let field = try #require(kept.firstMatch(of: try Regex("\"\(key)\":[0-9.e+-]+")))
    expectRefusal(kept.replacingCharacters(in: field.range, with: "\"\(key)\":\(value)"))
  }

  @Test(arguments: [
    "", "[]", "null", "{", "\"llama\"", "\u{FEFF}{}",
    String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 100_000),
    #"{"model_type":"llama","model_type":"llama"}"#, "{\"model_type\":\"\\ud800\"}",
    #"{"model_type":"\#(String(repeating: "x", count: 100_000))"}"#,
    #"{"model_type":"\u001b[2J"}"#, #"{"a":1,"a":1}"#,
  ])
  func otherFiles(text: String) { expectRefusal(text) }

  @Test func hugeFilesAreRefused() {
    expectRefusal(#"{"a":["# + String(repeating: "[],", count: 4_000_000) + "[]]}")
  }

  /// What a sentence repeats of a file is short and stays on its line.
  @Test(arguments: [
    ("model_type", "?"), ("architectures", "[?]"), ("hidden_act", "?"),
    ("rope_scaling", #"{"rope_type":?}"#), ("rope_scaling", "{?:1}"), ("layer_types", "[?]"),
  ])
  func sentencesThatRepeatAFile(key: String, value: String) throws {
    let kept = try seed("config", "llama.json")
    let fields = try #require(
      JSONSerialization.jsonObject(with: Data(kept.utf8)) as? [String: Any])
    var changed = fields
    let text = value.replacingOccurrences(of: "?", with: Self.hostileText)
    changed[key] = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    let json = try JSONSerialization.data(withJSONObject: changed)
    expectSentence(hasSuffix: "is not supported") {
      _ = try HuggingFaceConfiguration(json: json, name: "damaged")
    }
  }

  @Test(arguments: ["peft_type", "task_type", "bias", "target_modules", "modules_to_save"])
  func sentencesThatRepeatAnAdapter(key: String) throws {
    let kept = try seed("adapter", "lora.json")
    let fields = try #require(
      JSONSerialization.jsonObject(with: Data(kept.utf8)) as? [String: Any])
    let text = try JSONSerialization.jsonObject(
      with: Data(Self.hostileText.utf8), options: .fragmentsAllowed)
    let isList = key.contains("modules")
    let json = try JSONSerialization.data(
      withJSONObject: fields.merging([key: isList ? [text] : text]) { $1 })
    expectSentence(hasSuffix: "is not supported") {
      _ = try AdapterConfiguration(json: json, name: "damaged")
    }
  }

  @Test func sentencesThatRepeatAnIndex() {
    expectSentence(hasSuffix: "is not the name of a safetensors file beside it") {
      _ = try ShardIndex(
        json: Data(#"{"weight_map":{"a":\#(Self.hostileText)}}"#.utf8), name: "damaged")
    }
  }

  /// A JSON string that is long, ends lines, moves the cursor and turns the direction of writing.
  private static let hostileText =
    #""\u001b[2J\r\n\u2028\u202e\#(String(repeating: "x", count: 10_000))\u0007""#

  private func expectSentence(
    hasSuffix words: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) {
    let error = #expect(
      throws: CheckpointError.self, sourceLocation: sourceLocation, performing: body)
    let sentence = error?.description ?? ""
    #expect(
      sentence.hasSuffix(words) && sentence.utf8.count < 500, sourceLocation: sourceLocation)
    #expect(
      sentence.unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator].contains($0.properties.generalCategory)
      }, sourceLocation: sourceLocation)
  }

  /// What nobody reads must not cost more for lying deep.
  @Test func deepValuesAreRefused() throws {
    let deep =
      String(repeating: "[", count: 400)
      + Array(repeating: "[]", count: 20_000).joined(separator: ",")
      + String(repeating: "]", count: 400)
    let text = try seed("config", "llama.json").dropLast() + #","other":\#(deep)}"#
    expectRefusal(String(text))
  }

  @Test func partsOfAFileAreRefused() throws {
    for (_, data) in try fuzzSeeds("config") {
      for count in 0..<data.count {
        expectRefusal(String(decoding: data.prefix(count), as: UTF8.self))
      }
    }
  }

  /// Files that the fuzzing targets start from or found.
  @Test func seedsAreReadOrRefused() throws {
    for (name, data) in try fuzzSeeds("config") where !name.hasPrefix("found-") {
      #expect(throws: Never.self) { try HuggingFaceConfiguration(json: data, name: name) }
      expectRefusal(String(decoding: data, as: UTF8.self))
    }
    for (name, data) in try fuzzSeeds("config") where name.hasPrefix("found-") {
      expectRefusal(String(decoding: data, as: UTF8.self))
    }
    for (name, data) in try fuzzSeeds("gguf") {
      do {
        let folder = try ModelFolder(gguf: GGUFFile(data: data, name: name))
        #expect(folder.model.parameters.count <= data.count)
      } catch {
        #expect(name.hasPrefix("found-"), "\(name): \(error)")
      }
    }
    for (name, data) in try fuzzSeeds("adapter") {
      do {
        _ = try AdapterConfiguration(json: data, name: name)
      } catch {
        #expect(name.hasPrefix("found-"), "\(name): \(error)")
      }
    }
    for (name, data) in try fuzzSeeds("template") {
      do {
        let template = try ChatTemplate.read(
          configuration: data, named: name, source: nil, named: "none")
        _ = try template?.render([ChatMessage(role: .user, content: "Hello.")])
      } catch {
        #expect(name.hasPrefix("found-"), "\(name): \(error)")
      }
    }
  }

  /// A model of the shape that is read has no weights in an empty file.
  private func expectRefusal(_ json: String) {
    let error = #expect(throws: CheckpointError.self) {
      let configuration = try HuggingFaceConfiguration(json: Data(json.utf8), name: "damaged")
      let nothing = try Safetensors(
        data: Data([2, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8), name: "empty")
      _ = try Transformer(configuration.shape, head: configuration.head, contentsOf: nothing)
    }
    let sentence = error?.description ?? ""
    #expect(!sentence.isEmpty && sentence.utf8.count < 500)
  }

  private func seed(_ target: String, _ name: String) throws -> String {
    let seed = try #require(fuzzSeeds(target).first { $0.name == name })
    return String(decoding: seed.data, as: UTF8.self)
  }
}
