/// A tokenizer file that cannot be used.
public enum TokenizerError: Error, Equatable, Sendable {
  /// The file cannot be read, or is no JSON.
  case unreadable(file: String, reason: String)
  /// A field is missing, has the wrong type or contradicts another one.
  case malformed(file: String, field: String, reason: String)
  /// A field asks for something that this tokenizer does not do.
  case unsupported(file: String, field: String, found: String)
  /// The file, or a list in it, is larger than what is read; `field` is empty for the file.
  case tooLarge(file: String, field: String, size: Int, limit: Int)
}

extension TokenizerError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read tokenizer '\(file)': \(reason)"
    case .malformed(let file, let field, let reason):
      "tokenizer '\(file)': '\(field)' \(reason)"
    case .unsupported(let file, let field, let found):
      "tokenizer '\(file)': '\(field)' is \(found), which is not supported"
    case .tooLarge(let file, "", let size, let limit):
      "tokenizer '\(file)' has \(size) bytes; the limit is \(limit)"
    case .tooLarge(let file, let field, let size, let limit):
      "tokenizer '\(file)': '\(field)' has \(size) entries; the limit is \(limit)"
    }
  }
}
