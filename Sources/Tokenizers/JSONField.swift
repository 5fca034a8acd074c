/// A place in a file and what is there; errors name the place.
struct JSONField {
  let file: String
  /// Keys and indices from the root, separated by dots.
  let path: String
  /// Nil where the file has no such field.
  let value: JSONValue?

  /// The field of a key; absent where this is null or absent itself.
  ///
  /// - Throws: Where this is no object, or has the key twice.
  func member(_ key: String) throws(TokenizerError) -> JSONField {
    let matches = try members().filter { $0.key == key }
    guard matches.count < 2 else { throw malformed("has '\(key)' twice") }
    return JSONField(file: file, path: joined(key), value: matches.first?.value)
  }

  /// Keys and values in their order; none where the field is null or absent.
  func members() throws(TokenizerError) -> [(key: String, value: JSONValue)] {
    switch value {
    case nil, .null: return []
    case .object(let members): return members
    default: throw wrongType
    }
  }

  /// The elements of a list; none where the field is null or absent.
  func elements() throws(TokenizerError) -> [JSONField] {
    switch value {
    case nil, .null: return []
    case .array(let values):
      return values.enumerated().map {
        JSONField(file: file, path: joined("\($0.offset)"), value: $0.element)
      }
    default: throw wrongType
    }
  }

  /// The text, or nil where the field is null or absent.
  func optionalString() throws(TokenizerError) -> String? {
    switch value {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw wrongType
    }
  }

  func string() throws(TokenizerError) -> String {
    guard let text = try optionalString() else { throw missing }
    return text
  }

  func integer() throws(TokenizerError) -> Int {
    switch value {
    case nil, .null: throw missing
    case .integer(let number): return number
    default: throw wrongType
    }
  }

  /// The truth value, or `standard` where the field is null or absent.
  func bool(_ standard: Bool) throws(TokenizerError) -> Bool {
    switch value {
    case nil, .null: return standard
    case .bool(let value): return value
    default: throw wrongType
    }
  }

  /// Whether there is nothing.
  var isNull: Bool {
    switch value {
    case nil, .null: true
    default: false
    }
  }

  /// - Throws: Unless the field is there and not null.
  func require() throws(TokenizerError) {
    if isNull { throw missing }
  }

  /// The field has a value that asks for what is not supported.
  var unsupported: TokenizerError {
    .unsupported(file: file, field: path, found: words)
  }

  func malformed(_ reason: String) -> TokenizerError {
    .malformed(file: file, field: String(path.prefix(80)), reason: reason)
  }

  private var missing: TokenizerError { malformed(value == nil ? "is missing" : "is null") }
  private var wrongType: TokenizerError { malformed("has the wrong type") }

  private func joined(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

  private var words: String {
    switch value {
    case nil: "missing"
    case .null: "null"
    case .bool(let value): "'\(value)'"
    case .integer(let value): "'\(value)'"
    case .number(let value): "'\(value)'"
    case .string(let text): "'\(text.prefix(40))'"
    case .array(let values): "a list of \(values.count)"
    case .object: "set"
    }
  }
}
