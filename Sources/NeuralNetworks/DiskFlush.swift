import Foundation

/// Returns when the contents of a file, or the names in a folder, are on the disk.
///
/// - Throws: The file system's error. One that does not know how is not at fault.
package func flushToDisk(_ url: URL) throws {
  let descriptor = open(url.path, O_RDONLY)
  guard descriptor >= 0 else {
    throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: url.path])
  }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 || errno == EINVAL else {
    throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
  }
}
