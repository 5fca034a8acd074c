import Foundation
import TestSupport
import Testing

/// One world for all tests, with the target models that the program trained for it.
enum TrainedWorld {
  private static let task = Task {
    let world = try TinyWorld()
    let trained = try await world.mapo("target", "train", "targets.yaml", "--work", "work")
    try #require(trained.status == 0, "\(trained.errors)")
    return world
  }

  /// The world; the first call trains the targets.
  static func world() async throws -> TinyWorld { try await task.value }
}

extension TinyWorld {
  /// Runs the program in the world's folder.
  func mapo(
    _ arguments: String..., input: String = "",
    act: (@Sendable (Process) throws -> Void)? = nil
  ) async throws -> Command.Outcome {
    try await Command.run(arguments, in: folder, input: input, act: act)
  }

  /// Runs the program in the world's folder.
  func mapo(_ arguments: [String]) async throws -> Command.Outcome {
    try await Command.run(arguments, in: folder)
  }
}

/// Names of the files in a folder; none where it does not exist.
func names(in folder: URL) throws -> [String] {
  guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
  return try FileManager.default.contentsOfDirectory(atPath: folder.path)
}

/// When a file was last written.
func modificationDate(_ file: URL) throws -> Date {
  let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
  return try #require(attributes[.modificationDate] as? Date)
}

/// Every file below a folder, by its path in it.
func contents(of folder: URL) throws -> [String: Data] {
  var result: [String: Data] = [:]
  let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
  for case let file as URL in paths ?? .init() {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder),
      !isFolder.boolValue
    {
      result[String(file.path.dropFirst(folder.path.count))] = try Data(contentsOf: file)
    }
  }
  return result
}
