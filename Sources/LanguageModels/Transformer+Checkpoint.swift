import Foundation
import NeuralNetworks
import Tensors

extension Transformer {
  /// A model with the weights of a file, which is checked before memory for the model is taken.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read.
  /// - Precondition: `configuration.problem` is nil.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead, contentsOf file: Safetensors
  ) throws(CheckpointError) {
    let tensors = Self.publishedTensors(configuration, head)
    try file.check(tensors)
    self.init(configuration, head: head)
    try parameters.read(tensors, from: file)
  }

  /// Writes the weights under the names of the LLaMA family, those of an adapted model merged first.
  ///
  /// - Throws: The file system's error.
  public func write(
    to url: URL, as type: Safetensors.StorageType = .float32, metadata: [String: String] = [:]
  ) throws {
    guard adapter == nil else {
      return try merged().write(to: url, as: type, metadata: metadata)
    }
    try parameters.write(
      Self.publishedTensors(configuration, head), to: url, as: type, metadata: metadata)
  }

  /// Reads all weights.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read. The weights
  ///   are then partly replaced.
  /// - Precondition: The model has no adapter: its weights would be those of others, too.
  public func load(_ file: Safetensors) throws(CheckpointError) {
    precondition(adapter == nil, "load: the model shares its weights")
    let tensors = Self.publishedTensors(configuration, head)
    try file.check(tensors)
    try parameters.read(tensors, from: file)
  }

  private static func publishedTensors(
    _ configuration: TransformerConfiguration, _ head: TransformerHead
  ) -> [PublishedTensor] {
    PublishedTensor.all(of: layout(configuration, head)) { parameter in
      configuration.publishedParts(of: parameter).map { ("\($0.name).weight", $0.rows) }
    }
  }
}
