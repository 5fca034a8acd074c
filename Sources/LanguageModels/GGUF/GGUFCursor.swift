import Foundation
import NeuralNetworks

/// Reads a file's values one after another, little-endian, and never beyond its end.
struct GGUFCursor {
  /// The file's name, for messages.
  let file: String
  private(set) var offset = 0
  private let data: Data

  init(_ data: Data, file: String) {
    self.data = data
    self.file = file
  }

  mutating func next<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(CheckpointError) -> Integer {
    let range = try advance(by: MemoryLayout<Integer>.size)
    return Integer(
      littleEndian: data.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type)
      })
  }

  /// A text, after its length in bytes. Bytes that are not UTF-8 become U+FFFD.
  mutating func nextText() throws(CheckpointError) -> String {
    let count = try next(UInt64.self)
    let range = try advance(by: count)
    return data.withUnsafeBytes { String(decoding: $0[range], as: UTF8.self) }
  }

  /// The error that says what is wrong with the file.
  func fault(_ reason: String) -> CheckpointError { .unreadable(file: file, reason: reason) }

  private mutating func advance(by count: some BinaryInteger) throws(CheckpointError) -> Range<Int>
  {
    guard count <= data.count - offset else {
      throw fault("it ends at byte \(data.count), within its header")
    }
    let start = offset
    offset += Int(count)
    return start..<offset
  }
}

extension String {
  /// A name from a file, cut where it would make a message unreadable.
  var shortened: String { count > 64 ? prefix(64) + "…" : self }
}
