import Foundation

extension Tokenizer {
  static let largestFile = 1 << 26

  /// Reads a `tokenizer.json` as this type and the `tokenizers` library of Hugging Face write it.
  ///
  /// What is read: byte-level BPE with the rules for words of `PreTokenizer`, added tokens, normal
  /// form C, and templates that put tokens before a text. Anything in the file that would lead to
  /// other ids is refused by name, as are vocabularies without the bytes of text and merges that spell
  /// a special token.
  ///
  /// - Throws: `TokenizerError`, whose cases say what is wrong and where.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let name = url.lastPathComponent
    let data: Data
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= Self.largestFile else { throw Self.tooLarge(size, name) }
      data = try Data(contentsOf: url)
    } catch let error as TokenizerError {
      throw error
    } catch CocoaError.fileReadNoSuchFile {
      throw .unreadable(file: name, reason: "there is no such file")
    } catch {
      throw .unreadable(file: name, reason: error.localizedDescription)
    }
    try self.init(json: data, name: name)
  }

  /// Reads the content of a `tokenizer.json`.
  ///
  /// - Parameter name: The file's name, for errors.
  package init(json data: Data, name: String) throws(TokenizerError) {
    guard data.count <= Self.largestFile else { throw Self.tooLarge(data.count, name) }
    let root: JSONValue
    do throws(JSONValue.SyntaxError) {
      root = try JSONValue(parsing: Array(data))
    } catch {
      throw .unreadable(file: name, reason: "\(error.reason) at byte \(error.offset)")
    }
    let file = TokenizerFile(JSONField(file: name, path: "", value: root))
    try self.init(file.parts(), file: name)
  }

  private static func tooLarge(_ size: Int, _ name: String) -> TokenizerError {
    .tooLarge(file: name, field: "", size: size, limit: largestFile)
  }
}
