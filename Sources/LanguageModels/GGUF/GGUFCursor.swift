import Foundation
import NeuralNetworks

/// Reads a file's values one after another, little-endian, and never beyond its end.
struct GGUFCursor {
  /// The file's name, for messages.
  let file: String
  private(set) var offset = 0
  private let data: Data
  /// Elements of arrays that may still follow.
  private var elementsLeft = Self.largestElementCount

  /// Thrice what the largest vocabularies take, in all arrays of a file: small types become values
  /// that take many times their size.
  private static let largestElementCount = 1 << 22
  /// Thrice what the header of such a file takes.
  private static let largestHeader = 1 << 26

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

  /// A number of things of which no model has more than a limit.
  mutating func nextCount(of things: String, limit: Int) throws(CheckpointError) -> Int {
    let count = try next(UInt64.self)
    guard count <= limit else { throw fault("it has \(count) \(things); the limit is \(limit)") }
    return Int(count)
  }

  /// The number of an array's elements.
  mutating func nextElementCount(of key: String) throws(CheckpointError) -> Int {
    let count = try next(UInt64.self)
    guard count <= elementsLeft else {
      throw fault(
        "with the \(count) elements of key '\(key)' its arrays have more than "
          + "\(Self.largestElementCount)")
    }
    elementsLeft -= Int(count)
    return Int(count)
  }

  /// The error that says what is wrong with the file.
  func fault(_ reason: String) -> CheckpointError { .unreadable(file: file, reason: reason) }

  private mutating func advance(by count: some BinaryInteger) throws(CheckpointError) -> Range<Int>
  {
    guard count <= data.count - offset else {
      throw fault("it ends at byte \(data.count), within its header")
    }
    guard count <= Self.largestHeader - offset else {
      throw fault("its header has more than \(Self.largestHeader) bytes")
    }
    let start = offset
    offset += Int(count)
    return start..<offset
  }
}
