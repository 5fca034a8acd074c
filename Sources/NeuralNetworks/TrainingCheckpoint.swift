import Foundation

/// The state of an unfinished training, on disk: `checkpoint.safetensors` with all numbers and, as
/// metadata, the small values; beside it the one before, as `previous.safetensors`.
///
/// A file appears under its name only when it is complete and on the disk. Killed at any moment, at
/// least one of the two is there and whole.
public struct TrainingCheckpoint: Sendable {
  /// Where the files are.
  public let folder: URL

  private static let progressKey = "progress"
  private static let notesKey = "notes"
  private static let identityKey = "identity"

  /// A checkpoint that need not exist yet.
  public init(in folder: URL) { self.folder = folder }

  private var current: URL { folder.appendingPathComponent("checkpoint.safetensors") }
  private var previous: URL { folder.appendingPathComponent("previous.safetensors") }

  /// Writes the state.
  ///
  /// - Parameters:
  ///   - notes: What the trainer's owner has to remember.
  ///   - identity: Of settings and data: only a training of the same identity may continue from here.
  /// - Throws: `CheckpointError.unwritable`; the files that were there stay.
  public func write<Trainer: Resumable>(
    _ trainer: Trainer, notes: some Encodable, identity: String
  ) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let metadata = [
        Self.progressKey: try encoded(trainer.progress), Self.notesKey: try encoded(notes),
        Self.identityKey: identity,
      ]
      let next = folder.appendingPathComponent("next.safetensors")
      try trainer.withNumbers { numbers in
        try Safetensors.write(
          numbers.map { ($0.name, [$0.values.count], UnsafeBufferPointer($0.values)) },
          metadata: metadata, as: .float32, to: next)
      }
      if FileManager.default.fileExists(atPath: current.path) { try move(current, to: previous) }
      try move(next, to: current)
      try flushToDisk(folder)
    } catch {
      throw .unwritable(file: current.path, reason: describe(error))
    }
  }

  /// Brings a trainer, made as the one that was saved, into the saved state.
  ///
  /// - Returns: The notes; nil where nothing was saved.
  /// - Throws: `CheckpointError.unreadable` where it is damaged, of another identity, or of another
  ///   trainer. The newer file is used where both are whole.
  public func read<Trainer: Resumable, Notes: Decodable>(
    _ notes: Notes.Type, into trainer: Trainer, identity: String
  ) throws(CheckpointError) -> Notes? {
    let files = [current, previous].filter { FileManager.default.fileExists(atPath: $0.path) }
    guard let newest = files.first else { return nil }
    do {
      return try read(notes, from: newest, into: trainer, identity: identity)
    } catch {
      // A disk that failed may have spoilt the newer file; the sentence is about that one.
      guard files.count > 1, case .unreadable = error,
        let value = try? read(notes, from: files[1], into: trainer, identity: identity)
      else { throw error }
      // Else the next save would put the spoilt file in the place of the whole one.
      try? FileManager.default.removeItem(at: newest)
      return value
    }
  }

  /// Forgets what was saved: the training is finished.
  public func remove() throws {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    try FileManager.default.removeItem(at: folder)
  }

  private func read<Trainer: Resumable, Notes: Decodable>(
    _ notes: Notes.Type, from file: URL, into trainer: Trainer, identity: String
  ) throws(CheckpointError) -> Notes {
    let contents = try Safetensors(contentsOf: file)
    guard contents.metadata[Self.identityKey] == identity else {
      throw .unreadable(
        file: file.path,
        reason: "it belongs to other settings, other data or another version of the program; "
          + "without it the stage begins anew")
    }
    do {
      let progress: Trainer.Progress = try decoded(contents.metadata[Self.progressKey])
      let result: Notes = try decoded(contents.metadata[Self.notesKey])
      trainer.progress = progress
      try trainer.withNumbers { numbers in
        for entry in numbers { try contents.read(entry.name, into: entry.values) }
      }
      return result
    } catch let error as CheckpointError {
      throw .unreadable(file: file.path, reason: error.description)
    } catch {
      throw .unreadable(file: file.path, reason: "its notes are damaged")
    }
  }

  private func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func decoded<Value: Decodable>(_ text: String?) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data((text ?? "").utf8))
  }

  /// Replaces what is there, in one step.
  private func move(_ file: URL, to other: URL) throws {
    guard rename(file.path, other.path) == 0 else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: other.path])
    }
  }

  private func describe(_ error: any Error) -> String {
    let underlying = (error as? CocoaError)?.underlying ?? error
    return underlying.localizedDescription
  }
}
