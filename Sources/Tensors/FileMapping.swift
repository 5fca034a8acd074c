import Foundation

/// A file that is open, to be mapped: who puts another one under its name changes nothing here.
package final class OpenFile: Sendable {
  /// The number of bytes when it was opened.
  package let count: Int
  fileprivate let descriptor: CInt

  /// Opens a file of bytes for reading.
  ///
  /// - Throws: The system's error, such as `ENOENT`; `EISDIR` for a folder, and `EOPNOTSUPP` for what
  ///   is neither, such as a pipe.
  package init(_ url: URL) throws(POSIXError) {
    // A pipe would wait for who writes to it.
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw POSIXError(status.st_mode & S_IFMT == S_IFDIR ? .EISDIR : .EOPNOTSUPP)
    }
    count = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}

/// A file in memory, for this process alone: a page is read when it is first touched, and a page that
/// is written to becomes memory of the process. The file is never changed.
package final class FileMapping {
  /// The first byte of the file.
  package let start: UnsafeMutableRawPointer
  /// The number of bytes.
  package let count: Int

  /// Maps a file; nil where it is empty, or the system refuses.
  ///
  /// - Parameter isWritable: Whether pages may be written to.
  package init?(_ file: OpenFile, isWritable: Bool) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    guard file.count > 0,
      let start = mmap(nil, file.count, protection, MAP_PRIVATE, file.descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    self.start = start
    count = file.count
  }

  deinit { munmap(start, count) }
}
