import Foundation
import NeuralNetworks

/// A GGUF file, open for reading: the format of llama.cpp, weights and tokenizer in one file.
///
/// A file is its magic number, version, counts, metadata (key, type, value), a table of tensors
/// (name, sizes, type, offset) and their data, aligned. It is mapped, not loaded: only what is read
/// becomes resident. All of the header is checked against the file's size when it is opened, so that
/// reading cannot go outside of it; nothing is allocated because a count says so.
///
/// Source: the format description in ggml's repository (docs/gguf.md), version 3; version 2 differs
/// in nothing that is read here.
package struct GGUFFile: Sendable {
  /// The file's name, for messages.
  let name: String
  /// Everything that is not a tensor.
  let metadata: [String: GGUFValue]
  private let entries: [String: Entry]
  private let data: Data

  /// A tensor's sizes, outermost first, and its place in the file.
  struct Entry {
    let shape: [Int]
    let type: GGUFNumberType
    let range: Range<Int>
  }

  static let magic = UInt32(littleEndian: 0x4655_4747)
  static let version: UInt32 = 3
  static let alignment = 32

  /// Opens a file and checks it.
  ///
  /// - Throws: `CheckpointError.unreadable` where the file is missing or damaged, or holds types of
  ///   numbers that are not read.
  package init(contentsOf url: URL) throws(CheckpointError) {
    try self.init(data: mappedContents(of: url), name: url.path)
  }

  /// Checks the contents of a file.
  ///
  /// - Throws: `CheckpointError.unreadable` where they are damaged, or hold types of numbers that
  ///   are not read.
  package init(data: Data, name: String) throws(CheckpointError) {
    var cursor = GGUFCursor(data, file: name)
    guard data.count >= 4, try cursor.next(UInt32.self) == Self.magic else {
      throw cursor.fault("it is not a GGUF file")
    }
    let version = try cursor.next(UInt32.self)
    guard (2...Self.version).contains(version) else {
      throw cursor.fault("its version \(version) is not supported; 2 and 3 are, little-endian")
    }
    let tensorCount = try cursor.nextCount(of: "tensors", limit: Self.mostEntries)
    metadata = try Self.metadata(from: &cursor)
    let alignment = try Self.alignment(of: metadata, cursor)
    let table = try Self.table(of: tensorCount, from: &cursor)
    // A file without tensors may end with its header.
    let start = min(cursor.offset.aligned(to: alignment), data.count)
    entries = try Self.entries(of: table, from: start, in: data.count, alignment, cursor)
    self.data = data
    self.name = name
  }
}

extension GGUFFile {
  /// Names of the tensors, sorted.
  package var names: [String] { entries.keys.sorted() }

  /// Sizes of a tensor, outermost first, or nil where there is none of that name.
  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// How a tensor is stored, or nil where there is none of that name.
  package func type(of name: String) -> GGUFNumberType? { entries[name]?.type }

  /// Reads a tensor, row-major.
  ///
  /// - Throws: `missingTensor`.
  /// - Precondition: `values` has as many elements as the tensor.
  func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard let tensor = entries[name] else { throw .missingTensor(name: name) }
    data.withUnsafeBytes {
      tensor.type.decode(UnsafeRawBufferPointer(rebasing: $0[tensor.range]), into: values)
    }
  }

  /// A tensor's numbers, row-major.
  ///
  /// - Throws: `missingTensor`.
  package func read(_ name: String) throws(CheckpointError) -> [Float] {
    guard let shape = shape(of: name) else { throw .missingTensor(name: name) }
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    var failure: CheckpointError?
    values.withUnsafeMutableBufferPointer { values in
      do throws(CheckpointError) { try read(name, into: values) } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }

  /// A value of the metadata, or nil where the key is absent.
  ///
  /// - Parameter read: The value as the type that is wanted, such as `\.integer`.
  func value<Value>(
    _ key: String, _ read: (GGUFValue) -> Value?
  ) throws(CheckpointError) -> Value? {
    guard let value = metadata[key] else { return nil }
    guard let result = read(value) else { throw fault("key '\(key)' has the wrong type") }
    return result
  }

  /// A value of the metadata that may not be absent.
  func required<Value>(
    _ key: String, _ read: (GGUFValue) -> Value?
  ) throws(CheckpointError) -> Value {
    guard let value = try value(key, read) else { throw fault("key '\(key)' is missing") }
    return value
  }

  /// A text of the metadata, or nil where the key is absent or holds something else.
  package func string(_ key: String) -> String? { metadata[key]?.text }

  /// The error that says what is wrong with the file.
  func fault(_ reason: String) -> CheckpointError { .unreadable(file: name, reason: reason) }
}
