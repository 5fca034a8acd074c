import Foundation

extension Safetensors {
  /// The data begin at a multiple of this many bytes, a line of the cache: the format asks for 8.
  private static let alignment = 64

  /// Writes `tensors`, their data in the given order.
  ///
  /// The file appears under its name only when it is complete and on the disk: it is written as
  /// `<name>.partial` in the same folder, synchronised and renamed. What was there before is
  /// replaced, and stays readable for those who have it open. The same tensors give the same bytes.
  ///
  /// - Throws: The file system's error; the partial file is then removed.
  /// - Precondition: Names are distinct and not `__metadata__`; the shapes hold as many elements as
  ///   the values.
  public static func write(
    _ tensors: [(name: String, shape: [Int], values: UnsafeBufferPointer<Float>)],
    metadata: [String: String] = [:], as type: StorageType, to url: URL
  ) throws {
    let header = try encodeHeader(tensors, metadata: metadata, as: type)
    try AtomicFile.write(url) { file in
      try file.write(contentsOf: header)
      for tensor in tensors { try write(tensor.values, as: type, to: file) }
    }
  }

  private static func encodeHeader(
    _ tensors: [(name: String, shape: [Int], values: UnsafeBufferPointer<Float>)],
    metadata: [String: String], as type: StorageType
  ) throws -> Data {
    var entries: [String: SafetensorsHeader.Entry] = [:]
    var offset = 0
    for (name, shape, values) in tensors {
      precondition(
        SafetensorsHeader.elementCount(of: shape) == values.count,
        "safetensors: '\(name)' has \(values.count) values for shape \(shape)")
      precondition(
        entries[name] == nil && name != SafetensorsHeader.metadataKey,
        "safetensors: the name '\(name)' is taken")
      let end = offset + values.count * type.byteCount
      entries[name] = .init(dtype: type.rawValue, shape: shape, dataOffsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(SafetensorsHeader.Content(entries: entries, metadata: metadata))
    let start = SafetensorsHeader.lengthByteCount + json.count
    json.append(Data(repeating: 0x20, count: (alignment - start % alignment) % alignment))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
  }

  private static func write(
    _ values: UnsafeBufferPointer<Float>, as type: StorageType, to file: FileHandle
  ) throws {
    let chunk = 1 << 20
    for start in stride(from: 0, to: values.count, by: chunk) {
      let part = values[start..<min(start + chunk, values.count)]
      try file.write(contentsOf: type.encode(UnsafeBufferPointer(rebasing: part)))
    }
  }
}
