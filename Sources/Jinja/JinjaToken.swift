/// A piece of a template's source.
struct JinjaToken {
  enum Kind: Equatable {
    /// What stands outside of all tags.
    case text(String)
    case outputStart, outputEnd
    case statementStart, statementEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    /// An operator or a bracket.
    case symbol(String)
    case end
  }

  let kind: Kind
  let line: Int
}

extension JinjaToken.Kind {
  /// How an error calls the token.
  var name: String {
    switch self {
    case .text: "text"
    case .outputStart: "{{"
    case .outputEnd: "}}"
    case .statementStart: "{%"
    case .statementEnd: "%}"
    case .name(let name): "name '\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end"
    }
  }
}
