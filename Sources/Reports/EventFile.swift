import Foundation

/// A file of events that TensorBoard reads while it grows.
///
/// Each event is one record: its length in 8 bytes, a checksum of these, the message, a checksum of
/// it. Records are written whole and never changed. A killed process may leave half of one at the
/// end of its file, where readers stop; so each process begins a file of its own. TensorBoard reads
/// the files of a folder in the order of their names, which therefore are numbered.
///
/// Source: `record_writer.cc` and `crc32c.h` of TensorFlow.
public struct EventFile: Sendable {
  /// Where it is.
  public let url: URL
  private let handle: FileHandle
  private var length: UInt64 = 0

  private static let prefix = "events.out.tfevents."

  /// Begins a new file in a folder, which is made where there is none.
  ///
  /// - Parameters:
  ///   - folder: What TensorBoard shows as one run.
  ///   - time: Seconds since 1970.
  /// - Throws: The file system's error; no file is left then.
  public init(beginningIn folder: URL, time: Double) throws {
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    let numbers = try files.contentsOfDirectory(atPath: folder.path).compactMap { name in
      name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
    }
    let number = String((numbers.max() ?? 0) + 1)
    url = folder.appendingPathComponent(
      Self.prefix + String(repeating: "0", count: max(0, 6 - number.count)) + number)
    try Data().write(to: url, options: .withoutOverwriting)
    do {
      handle = try FileHandle(forWritingTo: url)
      try append(TensorBoardEvent(time: time, step: 0, .fileVersion))
    } catch {
      try? files.removeItem(at: url)  // the first error is the one to tell
      throw error
    }
  }

  /// Adds an event, which then is with the operating system.
  ///
  /// - Throws: The file system's error; nothing of the event is left then.
  public mutating func append(_ event: TensorBoardEvent) throws {
    let record = Self.record(event.serialized)
    do {
      try handle.write(contentsOf: record)
    } catch {
      try handle.truncate(atOffset: length)  // half a record would hide the next one
      throw error
    }
    length += UInt64(record.count)
  }

  /// A message as a record of the file.
  static func record(_ message: [UInt8]) -> [UInt8] {
    let count = littleEndianBytes(UInt64(message.count))
    return count + littleEndianBytes(maskedChecksum(count)) + message
      + littleEndianBytes(maskedChecksum(message))
  }

  /// The CRC-32C, turned and shifted: a checksum of data that has checksums in it says little.
  private static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let crc = crc32c(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
