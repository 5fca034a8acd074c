import Foundation
import NeuralNetworks

/// A tensor on its way into a GGUF file.
struct GGUFTensor {
  /// Its name in the file.
  let name: String
  /// Sizes, outermost first.
  let shape: [Int]
  /// How its numbers are stored.
  let type: GGUFNumberType
  /// In which order its rows stand in the file.
  let order: RowOrder
  /// The numbers, row-major, rows in the published order.
  let values: UnsafeBufferPointer<Float>

  /// Numbers in one row; a vector has a row for each number.
  private var rowLength: Int { shape.dropFirst().reduce(1, *) }

  /// Bytes in the file, without what aligns the next tensor.
  ///
  /// - Precondition: The type fits the shape.
  var byteCount: Int {
    guard let count = type.byteCount(of: values.count) else {
      preconditionFailure("GGUF: '\(name)' of shape \(shape) as \(type.rawValue)")
    }
    return count
  }

  /// Writes the rows, some at a time: the file's order and type need a copy of them.
  func write(to handle: FileHandle) throws {
    let chunk = max(1, (1 << 20) / rowLength)
    for first in stride(from: 0, to: shape[0], by: chunk) {
      let rows = first..<min(first + chunk, shape[0])
      let numbers = [Float](unsafeUninitializedCapacity: rows.count * rowLength) { buffer, count in
        for row in rows {
          let source = order.published(row) * rowLength
          let place = (row - rows.lowerBound) * rowLength
          _ = UnsafeMutableBufferPointer(rebasing: buffer[place..<place + rowLength])
            .update(fromContentsOf: values[source..<source + rowLength])
        }
        count = rows.count * rowLength
      }
      try handle.write(contentsOf: numbers.withUnsafeBufferPointer(type.encode))
    }
  }
}

extension GGUFFile {
  /// Writes a file of version 3, whole or not at all; the same contents give the same bytes.
  ///
  /// - Parameter check: Reads the complete file before it takes its place.
  /// - Throws: The file system's error, or what `check` throws. What was there before stays.
  /// - Precondition: Keys and names are distinct.
  static func write(
    _ metadata: [(key: String, value: GGUFValue)], _ tensors: [GGUFTensor], to url: URL,
    check: (_ written: URL) throws -> Void
  ) throws {
    precondition(
      Set(metadata.map(\.key)).count == metadata.count
        && Set(tensors.map(\.name)).count == tensors.count, "GGUF: a key or a name is there twice")
    let header = header(metadata, tensors)
    try AtomicFile.write(url, check: check) { handle in
      try handle.write(contentsOf: header + padding(after: header.count))
      for tensor in tensors {
        try tensor.write(to: handle)
        try handle.write(contentsOf: padding(after: tensor.byteCount))
      }
    }
  }

  private static func header(
    _ metadata: [(key: String, value: GGUFValue)], _ tensors: [GGUFTensor]
  ) -> Data {
    var header = Data(littleEndian: magic) + Data(littleEndian: version)
    header += Data(littleEndian: UInt64(tensors.count)) + Data(littleEndian: UInt64(metadata.count))
    for (key, value) in metadata { header += Data(counted: key) + value.bytes }
    var offset = 0
    for tensor in tensors {
      header += Data(counted: tensor.name) + Data(littleEndian: UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { header += Data(littleEndian: UInt64(size)) }
      header += Data(littleEndian: tensor.type.code) + Data(littleEndian: UInt64(offset))
      offset = (offset + tensor.byteCount).aligned(to: alignment)
    }
    return header
  }

  /// Zeros up to where the next tensor starts.
  private static func padding(after count: Int) -> Data {
    Data(count: count.aligned(to: alignment) - count)
  }
}
