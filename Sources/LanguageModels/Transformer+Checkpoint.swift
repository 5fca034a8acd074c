import Foundation
import NeuralNetworks
import Tensors

extension Transformer {
  /// A model with the weights of a checkpoint, which is checked before memory for the model is taken.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read.
  /// - Precondition: `configuration.problem` is nil.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead,
    contentsOf file: some TensorSource
  ) throws(CheckpointError) {
    let tensors = Self.publishedTensors(configuration, head)
    try file.check(tensors)
    self.init(configuration, head: head)
    try parameters.read(tensors, from: file)
  }

  /// A model with the weights of a folder.
  ///
  /// Where one file holds them as Float and in the order in which they lie in memory, as our own do,
  /// the mapped file is the memory: nothing is read before it is used, and nothing is copied before
  /// it is changed. Otherwise they are decoded from the mapped files to where they belong.
  ///
  /// - Throws: A tensor is missing, of another shape, or of a type that is not read.
  /// - Precondition: `configuration.problem` is nil.
  package convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead,
    mapping files: ShardedSafetensors
  ) throws(CheckpointError) {
    let tensors = Self.publishedTensors(configuration, head)
    try files.check(tensors)
    if let weights = files.onlyFile, let file = weights.file,
      let start = weights.start(ofConsecutive: tensors),
      let parameters = ParameterStorage(
        Self.layout(configuration, head), in: file, byteOffset: start)
    {
      self.init(configuration, head: head, parameters)
    } else {
      try self.init(configuration, head: head, contentsOf: files)
    }
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
  public func load(_ file: some TensorSource) throws(CheckpointError) {
    precondition(adapter == nil, "load: the model shares its weights")
    let tensors = Self.publishedTensors(configuration, head)
    try file.check(tensors)
    try parameters.read(tensors, from: file)
  }

  /// The tensors of a model in its checkpoint, in the order of the storage.
  static func publishedTensors(
    _ configuration: TransformerConfiguration, _ head: TransformerHead
  ) -> [PublishedTensor] {
    PublishedTensor.all(of: layout(configuration, head)) { parameter in
      let kind = parameter.hasSuffix("Bias") ? "bias" : "weight"
      return configuration.publishedParts(of: parameter).map { ("\($0.name).\(kind)", $0.rows) }
    }
  }
}
