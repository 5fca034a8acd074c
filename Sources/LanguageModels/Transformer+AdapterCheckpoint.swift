import Foundation
import NeuralNetworks
import Tensors

extension Transformer {
  /// A model that shares the weights of a base and has the adapter of a file, in the layout of the
  /// `peft` library.
  ///
  /// - Throws: A tensor is missing, unknown, of another shape or type; or matrices that are one here
  ///   have adapters that read differently.
  /// - Parameter base: Its own adapter, where it has one, is left out: what is shared are the weights
  ///   beneath.
  /// - Precondition: `config.problem` is nil.
  convenience init(
    adapting base: Transformer, _ config: LoRAConfig, head: TransformerHead,
    contentsOf file: Safetensors
  ) throws(CheckpointError) {
    let tensors = Self.publishedTensors(config, base.configuration, head)
    try file.check(tensors)
    let adapter = LoRAAdapter(config, base.configuration, head)
    try adapter.storage.read(tensors, from: file)
    try Self.checkSharing(tensors, file, adapter.storage)
    self.init(sharing: base, head: head, adapter: adapter)
  }

  /// Writes the adapter in the layout of the `peft` library: each part of a fused matrix has its rows
  /// of B, and a copy of A.
  ///
  /// - Throws: The file system's error.
  /// - Precondition: The model has an adapter.
  func writeAdapter(
    to url: URL, as type: Safetensors.StorageType, metadata: [String: String]
  ) throws {
    guard let adapter else { preconditionFailure("writeAdapter: the model has none") }
    try adapter.storage.write(
      Self.publishedTensors(adapter.config, configuration, head), to: url, as: type,
      metadata: metadata)
  }

  private static func publishedTensors(
    _ config: LoRAConfig, _ shape: TransformerConfiguration, _ head: TransformerHead
  ) -> [PublishedTensor] {
    let prefix = "base_model.model."
    return PublishedTensor.all(of: LoRAAdapter.layout(config, shape, head)) { parameter in
      guard let factor = ["A", "B"].first(where: { parameter.hasSuffix(".\($0)") }) else {
        return shape.publishedParts(of: parameter).map { ("\(prefix)\($0.name).weight", $0.rows) }
      }
      return shape.publishedParts(of: String(parameter.dropLast(2))).map { part, rows in
        (
          name: "\(prefix)\(part).lora_\(factor).weight",
          rows: factor == "A" ? 0..<config.rank : rows
        )
      }
    }
  }

  /// Every tensor of the file must be what was read to its place, where parts of a fused matrix share
  /// one A.
  private static func checkSharing(
    _ tensors: [PublishedTensor], _ file: Safetensors, _ storage: ParameterStorage
  ) throws(CheckpointError) {
    let known = Set(tensors.map(\.name))
    if let name = file.names.first(where: { !known.contains($0) }) {
      throw .unreadable(
        file: AdapterConfiguration.weightsName, reason: "its tensor '\(name)' is not supported")
    }
    let adopted = storage.snapshot
    let copies = ParameterStorage(storage.entries.map { ($0.name, $0.shape) })
    for tensor in tensors {
      try copies.read([tensor], from: file)
      let isSame = copies.withWeights { copy in
        tensor.range.allSatisfy { copy[$0].bitPattern == adopted[$0].bitPattern }
      }
      guard isSame else {
        throw .unreadable(
          file: AdapterConfiguration.weightsName,
          reason: "its tensor '\(tensor.name)' differs from that of a matrix it is fused with here")
      }
    }
  }
}
