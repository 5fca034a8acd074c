import Foundation
import NeuralNetworks

extension ModelFamily {
  /// The name of llama.cpp's code for this family; Mistral's is the one for Llama.
  var ggufArchitecture: String {
    switch self {
    case .llama, .mistral: "llama"
    case .qwen2: "qwen2"
    case .qwen3: "qwen3"
    }
  }

  /// The family of an architecture; `llama` where it may be Mistral, whose arithmetic is the same.
  init?(ggufArchitecture name: String) {
    guard let family = Self.allCases.first(where: { $0.ggufArchitecture == name }) else {
      return nil
    }
    self = family
  }
}

/// The keys of a model's shape, which begin with the architecture's name.
private enum Key: String, CaseIterable {
  case contextLength = "context_length"
  case embeddingLength = "embedding_length"
  case blockCount = "block_count"
  case feedForwardLength = "feed_forward_length"
  case headCount = "attention.head_count"
  case keyValueHeadCount = "attention.head_count_kv"
  case keyLength = "attention.key_length"
  case valueLength = "attention.value_length"
  case normEpsilon = "attention.layer_norm_rms_epsilon"
  case slidingWindow = "attention.sliding_window"
  case ropeTheta = "rope.freq_base"
  case ropeLength = "rope.dimension_count"
  case ropeScalingType = "rope.scaling.type"
  case ropeScalingFactor = "rope.scaling.factor"
  case ropeScaleLinear = "rope.scale_linear"
  case vocabularySize = "vocab_size"
  case expertCount = "expert_count"
  // Ours: llama.cpp reads the factors of Llama 3 from a tensor, which does not say where they are
  // from.
  case llama3Factor = "rope.scaling.llama3.factor"
  case llama3LowFrequency = "rope.scaling.llama3.low_freq_factor"
  case llama3HighFrequency = "rope.scaling.llama3.high_freq_factor"
  case llama3OriginalLength = "rope.scaling.llama3.original_context_length"

  func of(_ architecture: String) -> String { "\(architecture).\(rawValue)" }
}

extension TransformerConfiguration {
  /// What a GGUF file says of the shape.
  var ggufMetadata: [(key: String, value: GGUFValue)] {
    var values: [(Key, GGUFValue)] = [
      (.vocabularySize, .integer(vocabularySize)), (.contextLength, .integer(maximumLength)),
      (.embeddingLength, .integer(width)), (.blockCount, .integer(layers)),
      (.feedForwardLength, .integer(feedForward)), (.headCount, .integer(heads)),
      (.keyValueHeadCount, .integer(keyValueHeads)), (.keyLength, .integer(headWidth)),
      (.valueLength, .integer(headWidth)), (.ropeLength, .integer(headWidth)),
      (.ropeTheta, .number(ropeTheta)), (.normEpsilon, .number(Double(normEpsilon))),
    ]
    if let scaling = ropeScaling {
      values += [
        (.llama3Factor, .number(scaling.factor)),
        (.llama3LowFrequency, .number(scaling.lowFrequencyFactor)),
        (.llama3HighFrequency, .number(scaling.highFrequencyFactor)),
        (.llama3OriginalLength, .integer(scaling.originalLength)),
      ]
    }
    return values.map { ($0.of(family.ggufArchitecture), $1) }
  }

  /// Reads the shape: numbers from the metadata, what else the family leaves open from the names of
  /// the tensors.
  ///
  /// - Throws: `CheckpointError.unreadable`, naming the key that is missing or not supported.
  init(gguf file: GGUFFile) throws(CheckpointError) {
    let architecture = try file.required("general.architecture", \.text)
    guard let family = ModelFamily(ggufArchitecture: architecture) else {
      throw file.fault("the architecture '\(architecture)' is not supported")
    }
    let keys = GGUFKeys(file: file, architecture: architecture)
    try keys.refuseUnsupported()
    let width = try keys.integer(.embeddingLength)
    let heads = try keys.integer(.headCount)
    guard
      let headWidth = try keys.integer(ifPresent: .keyLength) ?? (heads > 0 ? width / heads : nil)
    else { throw file.fault("key '\(Key.headCount.of(architecture))' is \(heads)") }
    for key in [Key.valueLength, .ropeLength] {
      try keys.refuse(key) { $0 != headWidth }
    }
    let length = try keys.integer(.contextLength)
    self.init(
      vocabularySize: try file.required("tokenizer.ggml.tokens", \.texts).count, width: width,
      layers: try keys.integer(.blockCount), heads: heads,
      keyValueHeads: try keys.integer(ifPresent: .keyValueHeadCount) ?? heads,
      headWidth: headWidth, feedForward: try keys.integer(.feedForwardLength),
      ropeTheta: try file.value(Key.ropeTheta.of(architecture), \.number) ?? 10_000,
      normEpsilon: Float(try file.required(Key.normEpsilon.of(architecture), \.number)),
      maximumLength: min(length, try keys.integer(ifPresent: .slidingWindow) ?? length),
      tiedEmbeddings: file.shape(of: "output.weight") == nil, family: family,
      projectionBias: file.shape(of: "blk.0.attn_q.bias") != nil,
      outputBias: file.shape(of: "blk.0.attn_output.bias") != nil,
      queryKeyNorm: file.shape(of: "blk.0.attn_q_norm.weight") != nil)
    if let problem { throw file.fault(problem) }
    if file.shape(of: GGUFFile.ropeDivisors) != nil { try readRopeScaling(keys) }
  }

  /// Finds what the tensor of divisors is from: the numbers that we write beside it, else those of
  /// all published models of Llama 3.
  private mutating func readRopeScaling(_ keys: GGUFKeys) throws(CheckpointError) {
    guard keys.file.shape(of: GGUFFile.ropeDivisors) == [headWidth / 2] else {
      throw keys.file.fault("tensor '\(GGUFFile.ropeDivisors)' is not of half the head width")
    }
    let divisors = try keys.file.read(GGUFFile.ropeDivisors)
    ropeScaling = RopeScaling(
      factor: try keys.number(.llama3Factor) ?? Double(divisors.max() ?? 1),
      lowFrequencyFactor: try keys.number(.llama3LowFrequency) ?? 1,
      highFrequencyFactor: try keys.number(.llama3HighFrequency) ?? 4,
      originalLength: try keys.integer(ifPresent: .llama3OriginalLength) ?? 8192)
    if let problem { throw keys.file.fault(problem) }
    guard
      zip(frequencyDivisors ?? [], divisors).allSatisfy({ abs($0 - Double($1)) <= 1e-5 * $0 })
    else {
      throw keys.file.fault("tensor '\(GGUFFile.ropeDivisors)' is not of Llama 3's rope scaling")
    }
  }
}

extension GGUFFile {
  /// The tensor of what Llama 3 divides each frequency of the rotary embedding by, `[D / 2]`.
  static let ropeDivisors = "rope_freqs.weight"
}

/// The keys of one architecture in a file.
private struct GGUFKeys {
  let file: GGUFFile
  let architecture: String

  func integer(_ key: Key) throws(CheckpointError) -> Int {
    try file.required(key.of(architecture), \.integer)
  }

  func integer(ifPresent key: Key) throws(CheckpointError) -> Int? {
    try file.value(key.of(architecture), \.integer)
  }

  func number(_ key: Key) throws(CheckpointError) -> Double? {
    try file.value(key.of(architecture), \.number)
  }

  /// Refuses a whole number that another model would have.
  func refuse(_ key: Key, where isWrong: (Int) -> Bool) throws(CheckpointError) {
    if let value = try integer(ifPresent: key), isWrong(value) {
      throw file.fault("key '\(key.of(architecture))' is \(value), which is not supported")
    }
  }

  /// Refuses what would lead to other numbers.
  func refuseUnsupported() throws(CheckpointError) {
    try refuse(.expertCount) { $0 != 0 }
    for key in [Key.ropeScalingFactor, .ropeScaleLinear] {
      if let factor = try number(key), factor != 0, factor != 1 {
        throw file.fault("key '\(key.of(architecture))' is \(factor), which is not supported")
      }
    }
    if let type = try file.value(Key.ropeScalingType.of(architecture), \.text),
      type != "none", type != "linear"
    {
      throw file.fault(
        "key '\(Key.ropeScalingType.of(architecture))' is '\(type)', which is not "
          + "supported")
    }
  }
}
