import Foundation
import NeuralNetworks

/// The `config.json` of a model of the LLaMA family.
struct HuggingFaceConfiguration {
  let shape: TransformerConfiguration
  let head: TransformerHead
  /// Ids of the end and padding tokens, where the file names them.
  let endTokenID, paddingTokenID: Int32?

  init(_ model: Transformer, endTokenID: Int32, paddingTokenID: Int32) {
    shape = model.configuration
    head = model.head
    self.endTokenID = endTokenID
    self.paddingTokenID = paddingTokenID
  }

  /// The keys of the file that we know. Keys of the field, in its spelling.
  private struct File: Codable {
    var architectures: [String]
    var modelType: String
    var vocabSize: Int
    var hiddenSize: Int
    var intermediateSize: Int
    var numHiddenLayers: Int
    var numAttentionHeads: Int
    var numKeyValueHeads: Int
    var headDim: Int?
    var hiddenAct: String
    var maxPositionEmbeddings: Int
    var ropeTheta: Double?
    var ropeParameters: Rotary?
    var ropeScaling: Rotary?
    var rmsNormEps: Float
    var tieWordEmbeddings: Bool
    var attentionBias: Bool?
    var mlpBias: Bool?
    var bosTokenId: Int32?
    var eosTokenId: Int32?
    var padTokenId: Int32?
    var numLabels: Int?
    var torchDtype: String?
  }

  /// The rotary embedding as newer files describe it.
  private struct Rotary: Codable {
    var ropeTheta: Double?
    var ropeType: String?
  }

  private static let causal = "LlamaForCausalLM"
  private static let scalar = "LlamaForSequenceClassification"

  init(contentsOf url: URL) throws(CheckpointError) {
    let file = try JSONFile.read(File.self, from: url)
    if let reason = Self.unsupported(file) { throw .unreadable(file: url.path, reason: reason) }
    guard let ropeTheta = file.ropeTheta ?? file.ropeParameters?.ropeTheta else {
      throw .unreadable(file: url.path, reason: "key 'rope_theta' is missing")
    }
    shape = TransformerConfiguration(
      vocabularySize: file.vocabSize, width: file.hiddenSize, layers: file.numHiddenLayers,
      heads: file.numAttentionHeads, keyValueHeads: file.numKeyValueHeads,
      feedForward: file.intermediateSize, ropeTheta: ropeTheta, normEpsilon: file.rmsNormEps,
      maximumLength: file.maxPositionEmbeddings, tiedEmbeddings: file.tieWordEmbeddings)
    head = file.architectures == [Self.scalar] ? .scalar : .tokens
    endTokenID = file.eosTokenId
    paddingTokenID = file.padTokenId
    if let problem = shape.problem { throw .unreadable(file: url.path, reason: problem) }
    if let width = file.headDim, width != shape.headWidth {
      throw .unreadable(file: url.path, reason: "head_dim \(width) is not supported")
    }
  }

  func write(to url: URL, as type: Safetensors.StorageType) throws {
    let file = File(
      architectures: [head == .scalar ? Self.scalar : Self.causal], modelType: "llama",
      vocabSize: shape.vocabularySize, hiddenSize: shape.width,
      intermediateSize: shape.feedForward, numHiddenLayers: shape.layers,
      numAttentionHeads: shape.heads, numKeyValueHeads: shape.keyValueHeads,
      headDim: shape.headWidth, hiddenAct: "silu", maxPositionEmbeddings: shape.maximumLength,
      ropeTheta: shape.ropeTheta, rmsNormEps: shape.normEpsilon,
      tieWordEmbeddings: shape.tiedEmbeddings, attentionBias: false, mlpBias: false,
      eosTokenId: endTokenID, padTokenId: paddingTokenID, numLabels: head == .scalar ? 1 : nil,
      torchDtype: Self.typeName(type))
    try JSONFile.write(file, to: url)
  }

  private static func typeName(_ type: Safetensors.StorageType) -> String {
    switch type {
    case .float32: "float32"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    }
  }

  private static func unsupported(_ file: File) -> String? {
    if file.modelType != "llama" { return "model_type '\(file.modelType)' is not supported" }
    if file.architectures != [causal] && file.architectures != [scalar] {
      return "architectures \(file.architectures) is not supported"
    }
    if file.hiddenAct != "silu" { return "hidden_act '\(file.hiddenAct)' is not supported" }
    if file.attentionBias == true { return "attention_bias is not supported" }
    if file.ropeScaling != nil { return "rope_scaling is not supported" }
    if let type = file.ropeParameters?.ropeType, type != "default" {
      return "rope_type '\(type)' is not supported"
    }
    if file.mlpBias == true { return "mlp_bias is not supported" }
    return nil
  }
}
