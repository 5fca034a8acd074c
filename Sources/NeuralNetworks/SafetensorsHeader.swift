import Foundation

/// What stands before the data of a safetensors file, checked against the size of the file.
struct SafetensorsHeader {
  /// The tensors by name.
  let entries: [String: Entry]
  /// Free text about the file.
  let metadata: [String: String]
  /// Where the data begin in the file.
  private let start: Int

  /// One tensor.
  struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    /// The first byte and the one after the last, counted from the start of the data.
    let dataOffsets: [Int]

    /// Nil for a type that is not read.
    var storageType: Safetensors.StorageType? { Safetensors.StorageType(rawValue: dtype) }

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  /// The key that is no tensor's name.
  static let metadataKey = "__metadata__"
  /// Bytes of the header's length.
  static let lengthByteCount = 8
  /// More than 100,000 tensors take. Parsed JSON takes some twenty times its text.
  private static let largestByteCount = 1 << 24
  private static let largestRank = 8

  /// Reads and checks the header of a file.
  ///
  /// - Throws: `CheckpointError.unreadable` where the header is damaged or does not fit the file.
  init(of contents: Data, file: String) throws(CheckpointError) {
    let length = try Self.length(in: contents, file: file)
    start = Self.lengthByteCount + length
    let json = contents.dropFirst(Self.lengthByteCount).prefix(length)
    do {
      let content = try JSONDecoder().decode(Content.self, from: Data(json))
      (entries, metadata) = (content.entries, content.metadata)
    } catch {
      throw .unreadable(file: file, reason: "its header is not the JSON of a safetensors file")
    }
    if let reason = Self.fault(in: entries, byteCount: contents.count - start) {
      throw .unreadable(file: file, reason: reason)
    }
  }

  /// Where the bytes of a tensor lie in the file.
  func range(of entry: Entry) -> Range<Int> {
    start + entry.dataOffsets[0]..<start + entry.dataOffsets[1]
  }

  /// The length that the file says its header has.
  private static func length(in contents: Data, file: String) throws(CheckpointError) -> Int {
    guard contents.count >= lengthByteCount else {
      throw .unreadable(file: file, reason: "it has \(contents.count) bytes and no header")
    }
    let length = contents.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    guard length <= UInt64(contents.count - lengthByteCount) else {
      throw .unreadable(
        file: file,
        reason: "its header of \(length) bytes does not fit a file of \(contents.count) bytes")
    }
    guard length <= UInt64(largestByteCount) else {
      throw .unreadable(
        file: file,
        reason: "its header has \(length) bytes; the limit is \(largestByteCount)")
    }
    return Int(length)
  }
}

// MARK: - Checks

extension SafetensorsHeader {
  /// What is wrong with the places of the tensors, or nil: ranges must follow one another without
  /// gap or overlap up to the end of the file, and hold what the shapes say.
  private static func fault(in entries: [String: Entry], byteCount: Int) -> String? {
    for (name, entry) in entries {
      if let fault = fault(in: entry, byteCount: byteCount) {
        return "tensor '\(name)' \(fault)"
      }
    }
    var end = 0
    for offsets in entries.values.map(\.dataOffsets).sorted(by: { $0.lexicographicallyPrecedes($1) }
    ) {
      if offsets[0] != end { return "its tensors overlap or leave a gap at byte \(end)" }
      end = offsets[1]
    }
    return end == byteCount ? nil : "its tensors end at byte \(end) of \(byteCount)"
  }

  private static func fault(in entry: Entry, byteCount: Int) -> String? {
    let (offsets, shape) = (entry.dataOffsets, entry.shape)
    guard offsets.count == 2 else { return "has \(offsets.count) offsets, not 2" }
    guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= byteCount else {
      return "lies at \(offsets) of \(byteCount) bytes"
    }
    guard shape.count <= largestRank else {
      return "has \(shape.count) axes; the limit is \(largestRank)"
    }
    guard let elements = elementCount(of: shape) else { return "has the impossible shape \(shape)" }
    guard let type = entry.storageType else { return nil }
    let (expected, overflow) = elements.multipliedReportingOverflow(by: type.byteCount)
    let found = offsets[1] - offsets[0]
    return overflow || expected != found ? "of shape \(shape) does not fit its \(found) bytes" : nil
  }

  /// Product of the sizes; nil where one is negative or the product overflows.
  static func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if size < 0 || overflow { return nil }
      count = product
    }
    return count
  }
}

// MARK: - JSON

extension SafetensorsHeader {
  /// The header's object, whose one odd key holds the metadata.
  struct Content: Codable {
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
        if key.stringValue == metadataKey {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      if !metadata.isEmpty {
        try container.encode(metadata, forKey: Key(stringValue: metadataKey))
      }
      for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
    }
  }
}
