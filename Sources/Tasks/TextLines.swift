import Foundation

/// The length of a file that is read as a whole, in bytes, at most: 256 MiB.
package let maximumFileLength = 256 << 20

/// The text of a file, which is read as a whole; a byte-order mark is left out.
/// - Throws: `unreadable` where there is no such file, it is longer than `maximumLength` bytes
///   (nothing of it is read), or it is not of the encoding.
package func readText(
  _ url: URL, as name: String, encoding: TextEncoding = .utf8,
  maximumLength: Int = maximumFileLength
) throws(TaskError) -> String {
  let file = try openFile(url, as: name)
  guard file.length <= maximumLength else {
    throw .unreadable(file: name, reason: "longer than \(maximumLength) bytes")
  }
  let data: Data
  do { data = try file.handle.readToEnd() ?? Data() } catch {
    throw .unreadable(file: name, reason: error.localizedDescription)
  }
  guard let text = encoding.text(data) else {
    throw .unreadable(file: name, reason: "not UTF-8 text")
  }
  return text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
}

/// Opens a regular file for reading.
/// - Returns: The handle, which closes the file when it goes, and the length in bytes.
/// - Throws: `unreadable` where there is no such file, it is none, or it may not be read.
func openFile(
  _ url: URL, as name: String
) throws(TaskError) -> (handle: FileHandle, length: Int) {
  let path = url.resolvingSymlinksInPath().path
  guard FileManager.default.fileExists(atPath: path) else {
    throw .unreadable(file: name, reason: "no such file")
  }
  do {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    guard attributes[.type] as? FileAttributeType == .typeRegular,
      let length = attributes[.size] as? NSNumber
    else {
      throw TaskError.unreadable(file: name, reason: "not a regular file")
    }
    return (try FileHandle(forReadingFrom: url), length.intValue)
  } catch let error as TaskError {
    throw error
  } catch {
    throw .unreadable(file: name, reason: error.localizedDescription)
  }
}
