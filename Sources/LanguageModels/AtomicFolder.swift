import Foundation
import NeuralNetworks

/// Folders that are there as a whole or not at all.
enum AtomicFolder {
  /// Writes a folder: all files go to a temporary name beside it and to the disk, then the temporary
  /// one takes its place.
  ///
  /// Folders cannot be exchanged in one step everywhere: an interruption at the worst moment leaves
  /// the old one, complete, as `<name>.previous`.
  ///
  /// - Parameter contents: Writes the files into the folder it is given.
  /// - Throws: What `contents` throws, or the file system's error. What was there before stays.
  static func write(_ folder: URL, contents: (_ partial: URL) throws -> Void) throws {
    let files = FileManager.default
    let partial = folder.appendingPathExtension("partial")
    try? files.removeItem(at: partial)  // what an interrupted write left; absent as a rule
    try files.createDirectory(at: partial, withIntermediateDirectories: true)
    do {
      try contents(partial)
      for file in try files.contentsOfDirectory(at: partial, includingPropertiesForKeys: nil) {
        try flushToDisk(file)
      }
      try flushToDisk(partial)
      if files.fileExists(atPath: folder.path) {
        try replace(folder, with: partial)
      } else {
        try files.moveItem(at: partial, to: folder)
      }
    } catch {
      try? files.removeItem(at: partial)  // the error that matters is the one above
      throw error
    }
    try flushToDisk(folder.deletingLastPathComponent())
  }

  /// Says where the older folder of an interrupted write is: taking it back is for its owner, who
  /// alone knows whether it is the one that is wanted.
  static func checkPresence(of folder: URL) throws(CheckpointError) {
    let files = FileManager.default
    let previous = folder.appendingPathExtension("previous")
    if !files.fileExists(atPath: folder.path) && files.fileExists(atPath: previous.path) {
      throw .unreadable(
        file: folder.path,
        reason: "it was being replaced when writing was interrupted; the older one is "
          + "'\(previous.lastPathComponent)', beside it")
    }
  }

  private static func replace(_ folder: URL, with new: URL) throws {
    let files = FileManager.default
    let previous = folder.appendingPathExtension("previous")
    try? files.removeItem(at: previous)  // absent as a rule; the folder itself is complete
    try files.moveItem(at: folder, to: previous)
    do {
      try files.moveItem(at: new, to: folder)
    } catch {
      try? files.moveItem(at: previous, to: folder)  // the error that matters is the one above
      throw error
    }
    try files.removeItem(at: previous)
  }
}
