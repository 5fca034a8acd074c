import Foundation

/// A safetensors file, open for reading, and the writer of such files.
///
/// A file is the length of the header (8 bytes, little-endian), the header (JSON: name to `dtype`,
/// `shape` and `data_offsets`), and the tensors' data, row-major and without gaps. It is mapped, not
/// loaded: only what is read becomes resident. The whole header is checked against the file's size
/// when it is opened, so that reading cannot go outside of it.
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

  /// Free text about the file, such as `format`.
  public let metadata: [String: String]

  private let file: String
  private let data: Data
  private let entries: [String: Entry]

  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  /// The reference implementation's limit, in bytes.
  private static let largestHeader = 100_000_000
  private static let lengthByteCount = 8
  private static let metadataKey = "__metadata__"

  /// Opens the file at `url` and checks its header.
  ///
  /// - Throws: `CheckpointError.unreadable` where the file is missing or its header is damaged.
  public init(contentsOf url: URL) throws(CheckpointError) {
    let name = url.lastPathComponent
    let contents: Data
    do {
      contents = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch CocoaError.fileReadNoSuchFile {
      throw .unreadable(file: name, reason: "there is no such file")
    } catch {
      throw .unreadable(file: name, reason: error.localizedDescription)
    }
    let header = try Self.header(of: contents, file: name)
    let start = Self.lengthByteCount + header.count
    file = name
    (entries, metadata) = try Self.decode(header, file: name)
    data = contents.dropFirst(start)
    if let reason = Self.fault(in: entries, byteCount: data.count) {
      throw .unreadable(file: name, reason: reason)
    }
  }

  /// Names of the tensors, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// Shape of a tensor, or nil where there is none of that name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Reads a tensor as Float, row-major.
  ///
  /// - Throws: `missingTensor`; `unsupportedType` for other than F32, F16 and BF16; `shapeMismatch`
  ///   where `values` does not have exactly as many elements as the tensor.
  public func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard let entry = entries[name] else { throw .missingTensor(name: name) }
    guard let type = StorageType(rawValue: entry.dtype) else {
      throw .unsupportedType(name: name, type: entry.dtype)
    }
    let range = entry.dataOffsets[0]..<entry.dataOffsets[1]
    guard values.count * type.byteCount == range.count else {
      throw .shapeMismatch(name: name, expected: [values.count], found: entry.shape)
    }
    data.withUnsafeBytes { bytes in
      type.decode(UnsafeRawBufferPointer(rebasing: bytes[range]), into: values)
    }
  }
}

// MARK: - Header

extension Safetensors {
  private static func header(of data: Data, file: String) throws(CheckpointError) -> Data {
    guard data.count >= lengthByteCount else {
      throw .unreadable(file: file, reason: "it has \(data.count) bytes and no header")
    }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(min(data.count - lengthByteCount, largestHeader)) else {
      throw .unreadable(
        file: file,
        reason: "its header of \(length) bytes does not fit a file of \(data.count) bytes")
    }
    return data.subdata(in: lengthByteCount..<lengthByteCount + Int(length))
  }

  private static func decode(
    _ header: Data, file: String
  ) throws(CheckpointError) -> (entries: [String: Entry], metadata: [String: String]) {
    do {
      let decoded = try JSONDecoder().decode(Header.self, from: header)
      return (decoded.entries, decoded.metadata)
    } catch {
      throw .unreadable(file: file, reason: "its header is not the JSON of a safetensors file")
    }
  }

  /// What is wrong with the places of the tensors, or nil: ranges must follow one another without
  /// gap or overlap up to the end of the file, and hold what the shapes say.
  private static func fault(in entries: [String: Entry], byteCount: Int) -> String? {
    for (name, entry) in entries {
      guard entry.dataOffsets.count == 2, entry.dataOffsets[0] >= 0,
        entry.dataOffsets[0] <= entry.dataOffsets[1], entry.dataOffsets[1] <= byteCount
      else {
        return "tensor '\(name)' lies at \(entry.dataOffsets) of \(byteCount) bytes"
      }
      guard let elements = elementCount(of: entry.shape) else {
        return "tensor '\(name)' has the impossible shape \(entry.shape)"
      }
      guard let type = StorageType(rawValue: entry.dtype) else { continue }
      let (expected, overflow) = elements.multipliedReportingOverflow(by: type.byteCount)
      let found = entry.dataOffsets[1] - entry.dataOffsets[0]
      if overflow || expected != found {
        return "tensor '\(name)' of shape \(entry.shape) does not fit its \(found) bytes"
      }
    }
    var end = 0
    for entry in entries.values.sorted(by: {
      $0.dataOffsets.lexicographicallyPrecedes($1.dataOffsets)
    }) {
      if entry.dataOffsets[0] != end { return "its tensors overlap or leave a gap at byte \(end)" }
      end = entry.dataOffsets[1]
    }
    return end == byteCount ? nil : "its tensors end at byte \(end) of \(byteCount)"
  }

  /// Product of the sizes; nil where one is negative or the product overflows.
  private static func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if size < 0 || overflow { return nil }
      count = product
    }
    return count
  }

  /// The header's object, whose one odd key holds the metadata.
  private struct Header: Codable {
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    private struct Key: CodingKey {
      let stringValue: String
      let intValue: Int? = nil

      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(entries: [String: Entry], metadata: [String: String]) {
      self.entries = entries
      self.metadata = metadata
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == Safetensors.metadataKey {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      if !metadata.isEmpty {
        try container.encode(metadata, forKey: Key(stringValue: Safetensors.metadataKey))
      }
      for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
    }
  }
}

// MARK: - Writing

extension Safetensors {
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
    let partial = url.appendingPathExtension("partial")
    do {
      try Data().write(to: partial)
      let handle = try FileHandle(forWritingTo: partial)
      defer { try? handle.close() }
      try handle.write(contentsOf: header)
      for tensor in tensors { try write(tensor.values, as: type, to: handle) }
      try handle.synchronize()
      guard rename(partial.path, url.path) == 0 else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
      }
    } catch {
      try? FileManager.default.removeItem(at: partial)
      throw error
    }
    // The name, too, has to survive a loss of power.
    try flushToDisk(url.deletingLastPathComponent())
  }

  private static func encodeHeader(
    _ tensors: [(name: String, shape: [Int], values: UnsafeBufferPointer<Float>)],
    metadata: [String: String], as type: StorageType
  ) throws -> Data {
    var entries: [String: Entry] = [:]
    var offset = 0
    for (name, shape, values) in tensors {
      precondition(
        elementCount(of: shape) == values.count,
        "safetensors: '\(name)' has \(values.count) values for shape \(shape)")
      precondition(
        entries[name] == nil && name != metadataKey, "safetensors: the name '\(name)' is taken")
      let end = offset + values.count * type.byteCount
      entries[name] = Entry(dtype: type.rawValue, shape: shape, dataOffsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(Header(entries: entries, metadata: metadata))
    // Spaces align the data, as the format asks.
    json.append(Data(repeating: 0x20, count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
  }

  private static func write(
    _ values: UnsafeBufferPointer<Float>, as type: StorageType, to handle: FileHandle
  ) throws {
    let chunk = 1 << 20
    for start in stride(from: 0, to: values.count, by: chunk) {
      let part = values[start..<min(start + chunk, values.count)]
      try handle.write(contentsOf: type.encode(UnsafeBufferPointer(rebasing: part)))
    }
  }
}

// MARK: - Numbers

extension Safetensors.StorageType {
  fileprivate func decode(
    _ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    switch self {
    case .float32:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        values[index] = Float(bitPattern: UInt32(littleEndian: bits))
      }
    case .float16:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        values[index] = Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    case .bfloat16:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        values[index] = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
      }
    }
  }

  fileprivate func encode(_ values: UnsafeBufferPointer<Float>) -> Data {
    switch self {
    case .float32: Self.data(of: values.lazy.map { $0.bitPattern.littleEndian })
    case .float16: Self.data(of: values.lazy.map { Float16($0).bitPattern.littleEndian })
    case .bfloat16: Self.data(of: values.lazy.map { Self.bfloat16($0).littleEndian })
    }
  }

  private static func data(of words: some Sequence<some FixedWidthInteger>) -> Data {
    Array(words).withUnsafeBytes { Data($0) }
  }

  /// The upper half of `value`, rounded to nearest, ties to even; a NaN stays one.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
