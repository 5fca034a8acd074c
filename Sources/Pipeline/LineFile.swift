import Foundation

/// A file of lines that only grows, but for lines that are taken back.
///
/// It is opened, and made where there is none, with its first line. Half a line that a killed process
/// left at the end is dropped then.
struct LineFile: Sendable {
  private let url: URL
  private var opened: (handle: FileHandle, length: UInt64)?

  private static let lineEnd = UInt8(ascii: "\n")
  private static let chunkLength = 1 << 16

  init(_ url: URL) { self.url = url }

  /// Adds whole lines, each with its line end.
  ///
  /// - Throws: The file system's error; nothing of them is left then.
  mutating func append(_ lines: Data) throws {
    let (handle, length) = try opened ?? open()
    opened = (handle, length)
    do {
      try handle.write(contentsOf: lines)
    } catch {
      try handle.truncate(atOffset: length)  // half a line would spoil the next one
      throw error
    }
    opened = (handle, length + UInt64(lines.count))
  }

  /// Removes lines in one step: killed at any moment, the file has all of them or none.
  ///
  /// - Throws: The file system's error; the file is as it was then.
  mutating func removeLines(where isStale: (Data) -> Bool) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let partial = url.appendingPathExtension("partial")
    do {
      if try copyLines(to: partial, where: { !isStale($0) }) {
        guard rename(partial.path, url.path) == 0 else {
          throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
        }
        opened = nil  // the file that was open has no name any more
      } else {
        try FileManager.default.removeItem(at: partial)
      }
    } catch {
      try? FileManager.default.removeItem(at: partial)  // the first error is the one to tell
      throw error
    }
  }

  /// - Returns: Whether a line was left out.
  private func copyLines(to copy: URL, where isKept: (Data) -> Bool) throws -> Bool {
    try Data().write(to: copy)
    let (source, target) = (
      try FileHandle(forReadingFrom: url), try FileHandle(forWritingTo: copy)
    )
    var isShorter = false
    var rest = Data()
    while let chunk = try source.read(upToCount: Self.chunkLength), !chunk.isEmpty {
      rest.append(chunk)
      var kept = Data()
      var start = rest.startIndex
      while let end = rest[start...].firstIndex(of: Self.lineEnd) {
        let line = rest[start...end]
        if isKept(line) { kept.append(line) } else { isShorter = true }
        start = end + 1
      }
      try target.write(contentsOf: kept)
      rest = Data(rest[start...])
    }
    try target.synchronize()
    return isShorter
  }

  private func open() throws -> (FileHandle, UInt64) {
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    let handle = try FileHandle(forUpdating: url)
    let length = try Self.lengthOfWholeLines(handle)
    try handle.truncate(atOffset: length)
    return (handle, length)
  }

  private static func lengthOfWholeLines(_ handle: FileHandle) throws -> UInt64 {
    var end = try handle.seekToEnd()
    while end > 0 {
      let start = end - min(end, UInt64(chunkLength))
      try handle.seek(toOffset: start)
      let chunk = try handle.read(upToCount: Int(end - start)) ?? Data()
      if let last = chunk.lastIndex(of: lineEnd) {
        return start + UInt64(last - chunk.startIndex) + 1
      }
      end = start
    }
    return 0
  }
}
