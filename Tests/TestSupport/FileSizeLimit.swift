import Foundation

#if canImport(Glibc)
  private let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSize = RLIMIT_FSIZE
#endif

/// Lets no file of this process grow beyond a size: a write that would is cut there and then fails, as
/// on a full disk. It holds for the whole process: for exit tests only.
///
/// - Parameter byteCount: The size; nil takes the limit away.
public func limitFileSize(to byteCount: Int?) {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit()
  precondition(getrlimit(fileSize, &limit) == 0, "the limit of file sizes cannot be read")
  limit.rlim_cur = byteCount.map { rlim_t($0) } ?? limit.rlim_max
  precondition(setrlimit(fileSize, &limit) == 0, "the size of files cannot be limited")
}
