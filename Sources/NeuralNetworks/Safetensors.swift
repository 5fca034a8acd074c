import Foundation
import Tensors

/// A safetensors file, open for reading; `Safetensors+Writing.swift` writes such files.
///
/// A file is the length of the header (8 bytes, little-endian), the header (JSON: name to `dtype`,
/// `shape` and `data_offsets`), and the tensors' data, row-major and without gaps. It is mapped, not
/// loaded: only what is read becomes resident, and it must not be changed meanwhile (replacing it by
/// renaming another one to its name is fine, as `write` does). The whole header is checked against the
/// file's size when it is opened, so that reading cannot go outside of it.
///
/// Source: the format description of huggingface/safetensors.
public struct Safetensors: Sendable {
  /// How a number is stored.
  public enum StorageType: String, Sendable, CaseIterable {
    /// IEEE 754 binary32: exact.
    case float32 = "F32"
    /// IEEE 754 binary16: 11 significant bits, to 65,504.
    case float16 = "F16"
    /// The upper half of binary32: 8 significant bits, its whole range.
    case bfloat16 = "BF16"

    /// Bytes of one number.
    public var byteCount: Int { self == .float32 ? 4 : 2 }
  }

  /// The file that is mapped; nil for bytes that were in memory.
  package let file: OpenFile?

  /// Numbers that are worth a thread of their own.
  private static let grain = 1 << 16

  private let header: SafetensorsHeader
  /// The whole file.
  private let contents: Data

  /// Opens the file at `url` and checks its header.
  ///
  /// - Throws: `CheckpointError.unreadable` where the file is missing or its header is damaged.
  public init(contentsOf url: URL) throws(CheckpointError) {
    let mapped = try MappedFile(url)
    try self.init(mapped.contents, name: url.path, file: mapped.file)
  }

  /// Opens the bytes of a file and checks the header.
  ///
  /// - Parameter name: What errors call the file.
  /// - Throws: `CheckpointError.unreadable` where the header is damaged.
  public init(data: Data, name: String) throws(CheckpointError) {
    try self.init(data, name: name, file: nil)
  }

  private init(_ contents: Data, name: String, file: OpenFile?) throws(CheckpointError) {
    header = try SafetensorsHeader(of: contents, file: name)
    self.contents = contents
    self.file = file
  }

  /// Free text about the file, such as `format`.
  public var metadata: [String: String] { header.metadata }

  /// Names of the tensors, sorted.
  public var names: [String] { header.entries.keys.sorted() }

  /// Shape of a tensor, or nil where there is none of that name.
  public func shape(of name: String) -> [Int]? { header.entries[name]?.shape }

  /// How a tensor's numbers are stored, and which bytes of the file they are; nil where there is no
  /// tensor of that name, or its type is not read.
  package func place(of name: String) -> (type: StorageType, bytes: Range<Int>)? {
    guard let entry = header.entries[name], let type = entry.storageType else { return nil }
    return (type, header.range(of: entry))
  }

  /// Reads a tensor as Float, row-major, on several threads where it is large.
  ///
  /// - Throws: `missingTensor`; `unsupportedType` for other than F32, F16 and BF16; `shapeMismatch`
  ///   where `values` does not have exactly as many elements as the tensor.
  public func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard let entry = header.entries[name] else { throw .missingTensor(name: name) }
    guard let type = entry.storageType else {
      throw .unsupportedType(name: name, type: entry.dtype)
    }
    let range = header.range(of: entry)
    guard values.count * type.byteCount == range.count else {
      throw .shapeMismatch(name: name, expected: [values.count], found: entry.shape)
    }
    contents.withUnsafeBytes { bytes in
      inParallel(values.count, grain: Self.grain) { part in
        let start = range.lowerBound + part.lowerBound * type.byteCount
        let source = bytes[start..<start + part.count * type.byteCount]
        type.decode(
          UnsafeRawBufferPointer(rebasing: source),
          into: UnsafeMutableBufferPointer(rebasing: values[part]))
      }
    }
  }
}
