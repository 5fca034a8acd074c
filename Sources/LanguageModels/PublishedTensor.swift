import Foundation
import NeuralNetworks
import Tensors

/// One tensor of a published checkpoint, and where it lies in a storage of ours: fused matrices hold
/// several, one below the other.
struct PublishedTensor {
  let name: String
  let shape: [Int]
  let range: Range<Int>

  /// The published tensors of all parameters of a layout.
  ///
  /// - Parameter parts: Names of what a parameter holds, and which of its rows are whose.
  static func all(
    of layout: [(name: String, shape: [Int])],
    parts: (_ parameter: String) -> [(name: String, rows: Range<Int>)]
  ) -> [PublishedTensor] {
    var end = 0
    return layout.flatMap { parameter, shape in
      let start = end
      end += shape.reduce(1, *)
      let rowSize = shape.dropFirst().reduce(1, *)
      return parts(parameter).map { name, rows in
        PublishedTensor(
          name: name, shape: [rows.count] + shape.dropFirst(),
          range: start + rows.lowerBound * rowSize..<start + rows.upperBound * rowSize)
      }
    }
  }
}

extension TransformerConfiguration {
  /// The LLaMA family's names of what a parameter of ours holds, and which of its rows are whose.
  func publishedParts(of parameter: String) -> [(name: String, rows: Range<Int>)] {
    let path = parameter.split(separator: ".")
    let parts: [(name: String, rowCount: Int)] =
      switch path.last {
      case "embedding": [("model.embed_tokens", vocabularySize)]
      case "norm": [("model.norm", width)]
      case "head": [("lm_head", vocabularySize)]
      case "score": [("score", 1)]
      case "attentionNorm": [("input_layernorm", width)]
      case "projection", "projectionBias":
        [
          ("self_attn.q_proj", attention.queryWidth), ("self_attn.k_proj", attention.keyWidth),
          ("self_attn.v_proj", attention.keyWidth),
        ]
      case "queryNorm": [("self_attn.q_norm", headWidth)]
      case "keyNorm": [("self_attn.k_norm", headWidth)]
      case "attentionOutput", "attentionOutputBias": [("self_attn.o_proj", width)]
      case "feedForwardNorm": [("post_attention_layernorm", width)]
      case "gateUp": [("mlp.gate_proj", feedForward), ("mlp.up_proj", feedForward)]
      case "down": [("mlp.down_proj", width)]
      default: preconditionFailure("checkpoint: no published name for '\(parameter)'")
      }
    let prefix = path.count == 3 ? "model.layers.\(path[1])." : ""
    var end = 0
    return parts.map { name, rowCount in
      end += rowCount
      return (prefix + name, end - rowCount..<end)
    }
  }
}

extension TensorSource {
  /// Compares names and shapes, before memory for the numbers is taken.
  func check(_ tensors: [PublishedTensor]) throws(CheckpointError) {
    for tensor in tensors {
      guard let found = shape(of: tensor.name) else { throw .missingTensor(name: tensor.name) }
      guard found == tensor.shape else {
        throw .shapeMismatch(name: tensor.name, expected: tensor.shape, found: found)
      }
    }
  }
}

extension ParameterStorage {
  /// Reads tensors, which were checked, to where they lie.
  func read(_ tensors: [PublishedTensor], from file: some TensorSource) throws(CheckpointError) {
    var failure: CheckpointError?
    withWeights { weights in
      do throws(CheckpointError) {
        for tensor in tensors {
          try file.read(
            tensor.name, into: UnsafeMutableBufferPointer(rebasing: weights[tensor.range]))
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Writes tensors in the given order, with `format` as `transformers` asks for it.
  func write(
    _ tensors: [PublishedTensor], to url: URL, as type: Safetensors.StorageType,
    metadata: [String: String]
  ) throws {
    try withWeights { weights in
      try Safetensors.write(
        tensors.map {
          ($0.name, $0.shape, UnsafeBufferPointer(rebasing: weights[$0.range]))
        }, metadata: metadata.merging(["format": "pt"]) { own, _ in own }, as: type, to: url)
    }
  }
}

extension Safetensors {
  /// The byte of the file at which tensors begin that lie there as they lie in a storage: as Float,
  /// in order, without gaps. nil where they do not.
  func start(ofConsecutive tensors: [PublishedTensor]) -> Int? {
    #if _endian(little)
      var next: Int?
      for tensor in tensors {
        guard let place = place(of: tensor.name), place.type == .float32,
          place.bytes.lowerBound == next ?? place.bytes.lowerBound
        else { return nil }
        next = place.bytes.upperBound
      }
      let start = tensors.first.flatMap { place(of: $0.name)?.bytes.lowerBound }
      return start.flatMap { $0 % MemoryLayout<Float>.alignment == 0 ? $0 : nil }
    #else
      return nil
    #endif
  }
}
