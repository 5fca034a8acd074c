import Foundation

/// Reads `Golden/<name>.json` beside the calling test file.
public func readGolden<Content: Decodable>(
  _ name: String, as type: Content.Type, testFile: String = #filePath
) throws -> Content {
  let folder = URL(filePath: testFile).deletingLastPathComponent()
  let data = try Data(contentsOf: folder.appending(path: "Golden/\(name).json"))
  return try JSONDecoder().decode(type, from: data)
}
