import Foundation

/// The weights in a model's folder: `model.safetensors`, or the several files that
/// `model.safetensors.index.json` names.
///
/// All headers are checked when the folder is opened, and that each tensor is where the index says.
/// Tensors that nobody asks for are never read.
public struct ShardedSafetensors: TensorSource, Sendable {
  /// The one file; nil where the weights lie in several.
  package let onlyFile: Safetensors?
  /// The file of each tensor of several files.
  private let files: [String: Safetensors]

  private static let fileName = "model.safetensors"
  private static let indexName = "model.safetensors.index.json"

  /// Opens the weights of a folder.
  ///
  /// - Throws: A file is missing or damaged, or the index names a file outside of the folder or a
  ///   tensor that is not in its file.
  public init(contentsOf folder: URL) throws(CheckpointError) {
    let index = folder.appendingPathComponent(Self.indexName)
    let single = folder.appendingPathComponent(Self.fileName)
    let manager = FileManager.default
    if !manager.fileExists(atPath: single.path) && manager.fileExists(atPath: index.path) {
      onlyFile = nil
      files = try Self.open(ShardIndex(contentsOf: index), in: folder)
    } else {
      onlyFile = try Safetensors(contentsOf: single)
      files = [:]
    }
  }

  /// Shape of a tensor, or nil where there is none of that name.
  public func shape(of name: String) -> [Int]? { file(of: name)?.shape(of: name) }

  /// Reads a tensor as Float, row-major.
  ///
  /// - Throws: What `Safetensors.read` throws.
  public func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard let file = file(of: name) else { throw .missingTensor(name: name) }
    try file.read(name, into: values)
  }

  private func file(of name: String) -> Safetensors? { onlyFile ?? files[name] }

  private static func open(
    _ index: ShardIndex, in folder: URL
  ) throws(CheckpointError) -> [String: Safetensors] {
    var shards: [String: Safetensors] = [:]
    for name in Set(index.fileNames.values).sorted() {
      shards[name] = try Safetensors(contentsOf: folder.appendingPathComponent(name))
    }
    var files: [String: Safetensors] = [:]
    for (tensor, name) in index.fileNames {
      guard let shard = shards[name], shard.shape(of: tensor) != nil else {
        throw .unreadable(file: name, reason: "it lacks the tensor '\(tensor)' of \(indexName)")
      }
      files[tensor] = shard
    }
    return files
  }
}

/// The index of weights in several files: which tensor is in which one.
package struct ShardIndex {
  /// The name of the file, beside the index, that has each tensor.
  package let fileNames: [String: String]

  /// Bytes of an index: what is read from it takes many times its size.
  private static let largestFile = 1 << 24

  private struct File: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey {
      case weightMap = "weight_map"
    }
  }

  init(contentsOf url: URL) throws(CheckpointError) {
    try self.init(json: mappedContents(of: url), name: url.path)
  }

  /// Reads an index's contents.
  ///
  /// - Parameter name: What the file is called in errors.
  /// - Throws: `CheckpointError.unreadable`: it is no index, or names what is not beside it.
  package init(json: Data, name: String) throws(CheckpointError) {
    guard json.count <= Self.largestFile else {
      throw .unreadable(
        file: name, reason: "it has \(json.count) bytes, more than \(Self.largestFile)")
    }
    do {
      fileNames = try JSONDecoder().decode(File.self, from: json).weightMap
    } catch {
      throw .unreadable(file: name, reason: "it is not the JSON of an index with 'weight_map'")
    }
    let isBeside = { (file: String) in
      file.hasSuffix(".safetensors") && !file.contains("/") && !file.contains("\0")
    }
    if let file = fileNames.values.filter({ !isBeside($0) }).min() {
      throw .unreadable(
        file: name, reason: "'\(file)' is not the name of a safetensors file beside it")
    }
  }
}
