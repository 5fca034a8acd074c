import Foundation
import NeuralNetworks

extension Transformer {
  /// A model with the weights of a file, which is checked before memory for the model is taken.
  ///
  /// - Throws: A tensor is missing or of another shape, or one is there that the model lacks.
  convenience init(gguf file: GGUFFile) throws(CheckpointError) {
    let configuration = try TransformerConfiguration(gguf: file)
    let tensors = Self.ggufTensors(configuration)
    let weights = GGUFWeights(file: file, configuration: configuration)
    try weights.check(tensors)
    try weights.refuseOthers(than: tensors)
    self.init(configuration)
    try parameters.read(tensors, from: weights)
  }

  /// Writes the weights, and what belongs to them, as a file.
  ///
  /// - Parameter check: Reads the complete file before it takes its place.
  /// - Throws: The file system's error, or what `check` throws.
  /// - Precondition: The model has a token head and no adapter.
  func writeGGUF(
    to url: URL, as type: GGUFNumberType, metadata: [(key: String, value: GGUFValue)],
    check: (_ written: URL) throws -> Void
  ) throws {
    precondition(head == .tokens && adapterConfig == nil, "GGUF: a head or an adapter to write")
    let divisors = (configuration.frequencyDivisors ?? []).map(Float.init)
    try divisors.withUnsafeBufferPointer { divisors in
      try parameters.withWeights { weights in
        var tensors = Self.ggufTensors(configuration).map { tensor in
          GGUFTensor(
            name: tensor.name, shape: tensor.shape, type: type.stored(tensor.shape),
            order: RowOrder(of: tensor.name, in: configuration),
            values: UnsafeBufferPointer(rebasing: weights[tensor.range]))
        }
        if !divisors.isEmpty {
          tensors.append(
            GGUFTensor(
              name: GGUFFile.ropeDivisors, shape: [divisors.count], type: .float32,
              order: .published, values: divisors))
        }
        try GGUFFile.write(metadata, tensors, to: url, check: check)
      }
    }
  }

  /// The tensors of a model under the names that llama.cpp gives them.
  private static func ggufTensors(_ configuration: TransformerConfiguration) -> [PublishedTensor] {
    publishedTensors(configuration, .tokens).map { tensor in
      PublishedTensor(
        name: GGUFWeights.name(ofPublished: tensor.name), shape: tensor.shape, range: tensor.range)
    }
  }
}

/// The weights of a file, with rows in the published order.
private struct GGUFWeights: TensorSource {
  let file: GGUFFile
  let configuration: TransformerConfiguration

  func shape(of name: String) -> [Int]? { file.shape(of: name) }

  func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let order = RowOrder(of: name, in: configuration)
    guard order != .published, let rows = shape(of: name)?.first else {
      return try file.read(name, into: values)
    }
    let rowLength = values.count / rows
    try file.read(name).withUnsafeBufferPointer { stored in
      for row in 0..<rows {
        let place = order.published(row) * rowLength
        _ = UnsafeMutableBufferPointer(rebasing: values[place..<place + rowLength])
          .update(fromContentsOf: stored[row * rowLength..<(row + 1) * rowLength])
      }
    }
  }

  /// Refuses a file with further tensors: what is not known may change the numbers.
  func refuseOthers(than tensors: [PublishedTensor]) throws(CheckpointError) {
    let known = Set(tensors.map(\.name) + [GGUFFile.ropeDivisors])
    if let name = file.names.first(where: { !known.contains($0) }) {
      throw file.fault("tensor '\(name)' is not supported")
    }
  }

  /// The name that llama.cpp gives to a published tensor.
  ///
  /// - Precondition: The tensor is of a model of the LLaMA family with a token head.
  static func name(ofPublished name: String) -> String {
    let path = name.split(separator: ".").map(String.init)
    let isOfLayer = path.count > 3
    let module = path.dropFirst(isOfLayer ? 3 : 0).dropLast().joined(separator: ".")
    guard let suffix = path.last, let name = modules[module] else {
      preconditionFailure("GGUF: no name for '\(name)'")
    }
    return (isOfLayer ? "blk.\(path[2])." : "") + "\(name).\(suffix)"
  }

  private static let modules = [
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
  ]
}
