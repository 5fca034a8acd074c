import Foundation

/// Reads a golden file from the folder beside the tests.
func golden<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
  return try JSONDecoder().decode(type, from: Data(contentsOf: file))
}

/// Makes an empty folder, runs `body` with it, and removes it.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
