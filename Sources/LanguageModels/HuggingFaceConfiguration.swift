import Foundation
import NeuralNetworks
import Tokenizers

/// The `config.json` of a model of the LLaMA family.
///
/// Where a key is absent its value is that of `transformers`' configuration classes, but for the
/// sizes, which have to be there. Keys that change what the model computes in a way that is not
/// supported are refused by their names; others are ignored.
package struct HuggingFaceConfiguration {
  /// The model's shape.
  package let shape: TransformerConfiguration
  /// Whether it is a language model or gives one number.
  package let head: TransformerHead
  /// The tokens that the file names: what ends an answer, and what fills rows.
  let tokens: TokenRoles

  init(_ model: Transformer, _ tokens: TokenRoles) {
    shape = model.configuration
    head = model.head
    self.tokens = tokens
  }

  /// Reads a file.
  init(contentsOf url: URL) throws(CheckpointError) {
    try self.init(json: mappedContents(of: url), name: url.path)
  }

  /// Reads a file's contents.
  ///
  /// - Parameter name: What the file is called in errors.
  /// - Throws: `CheckpointError.unreadable`: it is not such a file, or not of a model that is
  ///   supported.
  package init(json: Data, name: String) throws(CheckpointError) {
    let file = try JSONFile.decode(File.self, from: json, name: name)
    let values = try JSONFile.members(of: json, name: name)
    do throws(Refusal) {
      let family = try Self.family(of: file)
      try Self.checkUnsupported(values, family)
      shape = try Self.shape(of: file, values, family)
      head = file.architectures == [family.architecture(.scalar)] ? .scalar : .tokens
    } catch {
      throw .unreadable(file: name, reason: error.reason)
    }
    tokens = TokenRoles(
      end: file.eosTokenId?.values, padding: file.padTokenId, vocabularySize: shape.vocabularySize)
  }

  func write(to url: URL, as type: Safetensors.StorageType) throws {
    let family = shape.family
    let file = File(
      architectures: [family.architecture(head)], modelType: family.rawValue,
      vocabSize: shape.vocabularySize, hiddenSize: shape.width,
      intermediateSize: shape.feedForward, numHiddenLayers: shape.layers,
      numAttentionHeads: shape.heads, numKeyValueHeads: shape.keyValueHeads,
      headDim: shape.headWidth, hiddenAct: "silu", maxPositionEmbeddings: shape.maximumLength,
      ropeTheta: shape.ropeTheta, rmsNormEps: shape.normEpsilon,
      tieWordEmbeddings: shape.tiedEmbeddings,
      attentionBias: family.hasBiasKey ? shape.projectionBias : nil,
      mlpBias: family == .llama ? false : nil, eosTokenId: TokenIDs(tokens.end),
      padTokenId: tokens.padding, numLabels: head == .scalar ? 1 : nil,
      torchDtype: Self.typeName(type))
    let written = WrittenFile(
      file: file, ropeScaling: shape.ropeScaling.map(Self.rotary),
      // Where the key is absent, Mistral has a window.
      slidingWindow: family == .mistral ? .null : nil)
    try JSONFile.write(written, to: url)
  }

  private static func typeName(_ type: Safetensors.StorageType) -> String {
    switch type {
    case .float32: "float32"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    }
  }

  private static func rotary(_ scaling: RopeScaling) -> JSONValue {
    .object([
      ("rope_type", .string("llama3")), ("factor", .number(scaling.factor)),
      ("low_freq_factor", .number(scaling.lowFrequencyFactor)),
      ("high_freq_factor", .number(scaling.highFrequencyFactor)),
      ("original_max_position_embeddings", .integer(scaling.originalLength)),
    ])
  }
}

/// Why a configuration is not read, in a sentence.
private struct Refusal: Error {
  let reason: String
}

/// The keys of the file that we know and that have one type. Keys of the field, in its spelling.
private struct File: Codable {
  var architectures: [String]?
  var modelType: String
  var vocabSize: Int
  var hiddenSize: Int
  var intermediateSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var numKeyValueHeads: Int?
  var headDim: Int?
  var hiddenAct: String?
  var maxPositionEmbeddings: Int?
  var ropeTheta: Double?
  var rmsNormEps: Float?
  var tieWordEmbeddings: Bool?
  var attentionBias: Bool?
  var mlpBias: Bool?
  var eosTokenId: TokenIDs?
  var padTokenId: Int32?
  var numLabels: Int?
  var torchDtype: String?
}

/// The file with the keys that have several types.
private struct WrittenFile: Encodable {
  let file: File
  let ropeScaling: JSONValue?
  let slidingWindow: JSONValue?

  private enum CodingKeys: CodingKey {
    case ropeScaling, slidingWindow
  }

  func encode(to encoder: any Encoder) throws {
    try file.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(ropeScaling, forKey: .ropeScaling)
    try container.encodeIfPresent(slidingWindow, forKey: .slidingWindow)
  }
}

// MARK: - Shape

extension HuggingFaceConfiguration {
  private static func family(of file: File) throws(Refusal) -> ModelFamily {
    guard let family = ModelFamily(rawValue: file.modelType) else {
      throw Refusal(reason: "model_type '\(file.modelType)' is not supported")
    }
    let known = [TransformerHead.tokens, .scalar].map { [family.architecture($0)] }
    guard let architectures = file.architectures, !known.contains(architectures) else {
      return family
    }
    throw Refusal(reason: "architectures \(architectures) is not supported")
  }

  private static func shape(
    of file: File, _ values: [String: JSONValue], _ family: ModelFamily
  ) throws(Refusal) -> TransformerConfiguration {
    let rotary = try Rotary(values, theta: file.ropeTheta)
    let heads = file.numAttentionHeads
    let hasBiases = family.hasBiasKey && file.attentionBias == true
    let shape = TransformerConfiguration(
      vocabularySize: file.vocabSize, width: file.hiddenSize, layers: file.numHiddenLayers,
      heads: heads,
      // Absent is not the same as null.
      keyValueHeads: file.numKeyValueHeads
        ?? (values["num_key_value_heads"] == nil ? family.usualKeyValueHeads : nil) ?? heads,
      headWidth: file.headDim ?? (family == .qwen3 ? 128 : nil),
      feedForward: file.intermediateSize, ropeTheta: rotary.theta, ropeScaling: rotary.scaling,
      normEpsilon: file.rmsNormEps ?? 1e-6,
      maximumLength: try maximumLength(of: file, values, family),
      tiedEmbeddings: file.tieWordEmbeddings ?? false, family: family,
      projectionBias: hasBiases || family == .qwen2, outputBias: hasBiases,
      queryKeyNorm: family == .qwen3)
    if let problem = shape.problem { throw Refusal(reason: problem) }
    return shape
  }

  /// Up to the length of Mistral's window, attention to the window is attention to all.
  private static func maximumLength(
    of file: File, _ values: [String: JSONValue], _ family: ModelFamily
  ) throws(Refusal) -> Int {
    let length = file.maxPositionEmbeddings ?? family.usualLength
    guard family == .mistral else { return length }
    guard let value = values["sliding_window"] else { return min(length, 4_096) }
    if value == .null { return length }
    guard let window = value.double else {
      throw Refusal(reason: "key 'sliding_window' has the wrong type")
    }
    return min(length, Int(exactly: window) ?? 0)
  }

  /// Refuses what changes a model's numbers and is not computed here.
  private static func checkUnsupported(
    _ values: [String: JSONValue], _ family: ModelFamily
  ) throws(Refusal) {
    for (key, neutral) in neutralValues {
      if let value = values[key], value != .null, !neutral.contains(value) {
        throw Refusal(reason: "\(key) \(value) is not supported")
      }
    }
    if family == .mistral, values["attention_bias"] == .bool(true) {
      throw Refusal(reason: "attention_bias true is not supported for mistral")
    }
    if case .array(let types) = values["layer_types"],
      let other = types.first(where: { $0 != .string("full_attention") })
    {
      throw Refusal(reason: "layer_types \(other) is not supported")
    }
  }

  /// Keys of related models that change the computation, with the values that do not. Null is the
  /// same as absent.
  private static let neutralValues: [(key: String, values: [JSONValue])] = [
    ("hidden_act", [.string("silu"), .string("swish")]), ("mlp_bias", [.bool(false)]),
    ("quantization_config", []), ("use_sliding_window", [.bool(false)]),
    ("partial_rotary_factor", [.integer(1)]), ("rope_interleaved", [.bool(false)]),
    ("attention_sinks", [.bool(false)]), ("attn_logit_softcapping", []),
    ("final_logit_softcapping", []), ("logits_scaling", [.integer(1)]),
    ("logit_scale", [.integer(1)]), ("attention_multiplier", []),
    ("embedding_multiplier", [.integer(1)]), ("residual_multiplier", [.integer(1)]),
    ("clip_qkv", []), ("no_rope_layers", []), ("num_local_experts", [.integer(0), .integer(1)]),
    ("num_experts", [.integer(0), .integer(1)]), ("use_qk_norm", [.bool(false)]),
    ("qk_layernorm", [.bool(false)]),
  ]
}

/// The rotary embedding, in the spelling of older files (`rope_theta` beside `rope_scaling`) or of
/// newer ones (`rope_parameters`).
private struct Rotary {
  let theta: Double
  let scaling: RopeScaling?

  private static let supportedKeys: Set = [
    "rope_theta", "rope_type", "type", "factor", "low_freq_factor", "high_freq_factor",
    "original_max_position_embeddings", "partial_rotary_factor",
  ]

  init(_ file: [String: JSONValue], theta: Double?) throws(Refusal) {
    let isOlder = file["rope_scaling"] ?? .null != .null
    let name = isOlder ? "rope_scaling" : "rope_parameters"
    let value = file[name] ?? .null
    guard let values = value == .null ? [:] : value.members else {
      throw Refusal(reason: "key '\(name)' has the wrong type")
    }
    let number = { (key: String) throws(Refusal) in
      guard let value = values[key]?.double else {
        let state = values[key] == nil ? "is missing" : "has the wrong type"
        throw Refusal(reason: "key '\(name).\(key)' \(state)")
      }
      return value
    }
    self.theta = values["rope_theta"] == nil ? theta ?? 10_000 : try number("rope_theta")
    if let key = values.keys.filter({ !Self.supportedKeys.contains($0) }).min() {
      throw Refusal(reason: "\(name).\(key) is not supported")
    }
    if let share = values["partial_rotary_factor"], share != .integer(1) {
      throw Refusal(reason: "\(name).partial_rotary_factor \(share) is not supported")
    }
    switch values["rope_type"] ?? values["type"] ?? .null {
    case .null, .string("default"): scaling = nil
    case .string("llama3"):
      scaling = RopeScaling(
        factor: try number("factor"), lowFrequencyFactor: try number("low_freq_factor"),
        highFrequencyFactor: try number("high_freq_factor"),
        originalLength: Int(exactly: try number("original_max_position_embeddings")) ?? 0)
    case let type: throw Refusal(reason: "\(name).rope_type \(type) is not supported")
    }
  }
}

extension ModelFamily {
  /// The name of the class that loads a model.
  fileprivate func architecture(_ head: TransformerHead) -> String {
    rawValue.prefix(1).uppercased() + rawValue.dropFirst()
      + (head == .scalar ? "ForSequenceClassification" : "ForCausalLM")
  }

  /// Whether `attention_bias` says something; Mistral has none, Qwen2 always the same ones.
  fileprivate var hasBiasKey: Bool { self == .llama || self == .qwen3 }

  /// What an absent `num_key_value_heads` means; nil for as many as query heads.
  fileprivate var usualKeyValueHeads: Int? {
    switch self {
    case .llama: nil
    case .mistral: 8
    case .qwen2, .qwen3: 32
    }
  }

  /// What an absent `max_position_embeddings` means.
  fileprivate var usualLength: Int {
    switch self {
    case .llama: 2_048
    case .mistral: 131_072
    case .qwen2, .qwen3: 32_768
    }
  }
}
