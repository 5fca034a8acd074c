import Foundation

/// The text of a file.
/// - Throws: `unreadable` where there is no such file or it is not UTF-8.
func readText(_ url: URL, as name: String) throws(TaskError) -> String {
  guard FileManager.default.fileExists(atPath: url.path) else {
    throw .unreadable(file: name, reason: "no such file")
  }
  let data: Data
  do { data = try Data(contentsOf: url) } catch {
    throw .unreadable(file: name, reason: error.localizedDescription)
  }
  guard let text = String(validating: data, as: UTF8.self) else {
    throw .unreadable(file: name, reason: "not UTF-8 text")
  }
  return text
}

/// Lines with something on them and their numbers from 1; line ends are LF or CR LF.
///
/// (In Swift "\r\n" is one character, hence the split by bytes.)
func numberedLines(of text: String) -> [(number: Int, text: String)] {
  let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  return lines.enumerated().compactMap { index, bytes in
    let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    let isBlank = line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return isBlank ? nil : (index + 1, String(Substring(line)))
  }
}
