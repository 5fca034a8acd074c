import Foundation

/// A file in memory, for this process alone: a page is read when it is first touched, and a page that
/// is written to becomes memory of the process. The file is never changed.
///
/// Who replaces the file by renaming another one to its name changes nothing here.
final class FileMapping {
  /// The first byte of the file.
  let start: UnsafeMutableRawPointer
  /// The number of bytes.
  let count: Int

  /// Maps a file; nil where there is none, it is empty, or the system refuses.
  init?(contentsOf url: URL) {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
    let count = Int(status.st_size)
    guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    self.start = start
    self.count = count
  }

  deinit { munmap(start, count) }
}
