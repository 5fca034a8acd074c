import Foundation

/// Rows of scores in a file of JSON lines that a killed program can continue.
struct ScoreFile {
  private struct Line: Codable {
    let row: Int
    let scores: [Double?]
  }

  /// The rows so far, by number.
  private(set) var rows: [Int: [Double?]] = [:]
  private let handle: FileHandle

  /// Opens a file, or makes it. What a killed program left of a line at the end is removed.
  ///
  /// - Throws: What reading and writing files throws; `RunError.noData` where a whole line is
  ///   not one of ours.
  init(_ url: URL) throws {
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    handle = try FileHandle(forUpdating: url)
    let data = try handle.readToEnd() ?? Data()
    let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    for (number, text) in data[..<end].split(separator: UInt8(ascii: "\n")).enumerated() {
      do {
        let line = try JSONDecoder().decode(Line.self, from: text)
        rows[line.row] = line.scores
      } catch {
        throw RunError.noData("\(url.path):\(number + 1): this is no row of scores")
      }
    }
    try handle.truncate(atOffset: UInt64(end))
  }

  /// Adds rows, in the file first.
  mutating func append(_ new: [(row: Int, scores: [Double?])]) throws {
    let encoder = JSONEncoder()
    let lines = try new.map { try encoder.encode(Line(row: $0.row, scores: $0.scores)) }
    try handle.write(contentsOf: Data(lines.map { $0 + [UInt8(ascii: "\n")] }.joined()))
    for (row, scores) in new { rows[row] = scores }
  }
}
