import Foundation

/// The files that a fuzzing target starts from, and those that once broke a reader (`found-…`).
///
/// - Parameter target: A folder of `Fuzz/Seeds`.
public func fuzzSeeds(_ target: String) throws -> [(name: String, data: Data)] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let folder = root.appending(path: "Fuzz/Seeds/\(target)")
  return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .sorted { $0.path < $1.path }
    .map { ($0.lastPathComponent, try Data(contentsOf: $0)) }
}
