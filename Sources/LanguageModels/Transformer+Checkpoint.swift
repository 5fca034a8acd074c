import Foundation
import NeuralNetworks
import Tensors

extension Transformer {
  /// One tensor of a published checkpoint, and where it lies in ours: fused matrices hold several,
  /// one below the other.
  private struct Place {
    let name: String
    let shape: [Int]
    let range: Range<Int>
  }

  /// A model with the weights of a file, which is checked before memory for the model is taken.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read.
  /// - Precondition: `configuration.problem` is nil.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead, contentsOf file: Safetensors
  ) throws(CheckpointError) {
    try Self.check(Self.places(configuration, head), in: file)
    self.init(configuration, head: head)
    try load(file)
  }

  /// Writes the weights under the names of the LLaMA family.
  ///
  /// - Throws: The file system's error.
  public func write(
    to url: URL, as type: Safetensors.StorageType = .float32, metadata: [String: String] = [:]
  ) throws {
    try parameters.withBuffers { weights, _ in
      let tensors = Self.places(configuration, head).map { place in
        (
          name: place.name, shape: place.shape,
          values: UnsafeBufferPointer(rebasing: weights[place.range])
        )
      }
      try Safetensors.write(
        tensors, metadata: metadata.merging(["format": "pt"]) { own, _ in own }, as: type, to: url)
    }
  }

  /// Reads all weights.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read. The weights
  ///   are then partly replaced.
  public func load(_ file: Safetensors) throws(CheckpointError) {
    let places = Self.places(configuration, head)
    try Self.check(places, in: file)
    for place in places { try read(place, from: file) }
  }

  private static func check(
    _ places: [Place], in file: Safetensors
  ) throws(CheckpointError) {
    for place in places {
      guard let found = file.shape(of: place.name) else { throw .missingTensor(name: place.name) }
      guard found == place.shape else {
        throw .shapeMismatch(name: place.name, expected: place.shape, found: found)
      }
    }
  }

  private func read(_ place: Place, from file: Safetensors) throws(CheckpointError) {
    var failure: CheckpointError?
    parameters.withBuffers { weights, _ in
      do throws(CheckpointError) {
        try file.read(place.name, into: UnsafeMutableBufferPointer(rebasing: weights[place.range]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Where each tensor of a checkpoint lies in the storage of such a model.
  private static func places(
    _ configuration: TransformerConfiguration, _ head: TransformerHead
  ) -> [Place] {
    let attention = configuration.attention
    let fused: [String: [(String, Int)]] = [
      "attentionNorm": [("input_layernorm", 0)],
      "projection": [
        ("self_attn.q_proj", attention.queryWidth), ("self_attn.k_proj", attention.keyWidth),
        ("self_attn.v_proj", attention.keyWidth),
      ],
      "attentionOutput": [("self_attn.o_proj", configuration.width)],
      "feedForwardNorm": [("post_attention_layernorm", 0)],
      "gateUp": [
        ("mlp.gate_proj", configuration.feedForward), ("mlp.up_proj", configuration.feedForward),
      ],
      "down": [("mlp.down_proj", configuration.width)],
    ]
    let single = [
      "embedding": "model.embed_tokens.weight", "norm": "model.norm.weight",
      "head": "lm_head.weight", "score": "score.weight",
    ]
    var end = 0
    return layout(configuration, head).flatMap { entry -> [Place] in
      var start = end
      end += entry.shape.reduce(1, *)
      if let name = single[entry.name] {
        return [Place(name: name, shape: entry.shape, range: start..<end)]
      }
      let parts = entry.name.split(separator: ".")
      guard parts.count == 3, let pieces = fused[String(parts[2])] else {
        preconditionFailure("checkpoint: no published name for '\(entry.name)'")
      }
      return pieces.map { piece, rows in
        let shape = entry.shape.count == 1 ? entry.shape : [rows, entry.shape[1]]
        let range = start..<start + shape.reduce(1, *)
        start = range.upperBound
        return Place(name: "model.layers.\(parts[1]).\(piece).weight", shape: shape, range: range)
      }
    }
  }
}
