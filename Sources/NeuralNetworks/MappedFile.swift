import Foundation
import Tensors

/// A file of a checkpoint, mapped, not loaded: only what is read becomes resident.
struct MappedFile {
  /// The file itself, to be mapped once more.
  let file: OpenFile
  /// All of its bytes.
  let contents: Data

  /// - Throws: `CheckpointError.unreadable`, with the whole path.
  init(_ url: URL) throws(CheckpointError) {
    do throws(POSIXError) {
      file = try OpenFile(url)
    } catch {
      throw .unreadable(file: url.path, reason: Self.reason(error))
    }
    guard file.count > 0 else {
      contents = Data()
      return
    }
    guard let mapping = FileMapping(file, isWritable: false) else {
      throw .unreadable(file: url.path, reason: "the system does not map it")
    }
    contents = Data(
      bytesNoCopy: mapping.start, count: mapping.count,
      deallocator: .custom { _, _ in withExtendedLifetime(mapping) {} })
  }

  private static func reason(_ error: POSIXError) -> String {
    switch error.code {
    case .ENOENT, .ENOTDIR: "there is no such file"
    case .EISDIR: "it is a folder"
    case .EOPNOTSUPP: "it is not a regular file"
    default: (error as NSError).localizedFailureReason ?? error.localizedDescription
    }
  }
}

/// The bytes of a file, which is mapped and must not be changed meanwhile; renaming another one to its
/// name is fine.
///
/// - Throws: `CheckpointError.unreadable` with the whole path: it is not there, a folder, or may not
///   be read.
package func mappedContents(of url: URL) throws(CheckpointError) -> Data {
  try MappedFile(url).contents
}
