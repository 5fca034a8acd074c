import Foundation

/// Files that are there as a whole or not at all.
package enum AtomicFile {
  /// Writes a file as `<name>.partial` in the same folder, synchronises it to the disk and renames
  /// it. What was there before is replaced, and stays readable for those who have it open.
  ///
  /// - Parameters:
  ///   - url: Where the file is to appear.
  ///   - check: Reads the complete file, under its temporary name, before it takes its place.
  ///   - contents: Writes the file.
  /// - Throws: What `contents` or `check` throws, or the file system's error; the partial file is
  ///   then removed.
  package static func write(
    _ url: URL, check: (_ written: URL) throws -> Void = { _ in },
    contents: (FileHandle) throws -> Void
  ) throws {
    let partial = url.appendingPathExtension("partial")
    do {
      try Data().write(to: partial)
      let handle = try FileHandle(forWritingTo: partial)
      defer { try? handle.close() }  // what was written is on the disk by then
      try contents(handle)
      try handle.synchronize()
      try check(partial)
      guard rename(partial.path, url.path) == 0 else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
      }
    } catch {
      try? FileManager.default.removeItem(at: partial)  // the error that matters is the one above
      throw error
    }
    // The name, too, has to survive a loss of power.
    try flushToDisk(url.deletingLastPathComponent())
  }
}
