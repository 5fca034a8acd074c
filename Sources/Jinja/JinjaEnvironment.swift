/// The rules that a template is read and rendered by.
package enum JinjaEnvironment: Sendable {
  /// Jinja's defaults, with the function `zip` and the filter `choice`, as promptsource has it.
  case promptsource
  /// That of chat templates, as `transformers` has it: the whitespace before a statement that begins
  /// a line and the line end behind it are dropped (`lstrip_blocks`, `trim_blocks`); macros,
  /// namespaces, `break` and `continue`, `tojson`, `raise_exception` and `strftime_now`.
  case chatTemplate

  /// Whether the line of a statement or a comment leaves no trace.
  var dropsLines: Bool { self == .chatTemplate }

  /// The statements there are, besides `if`, `for` and `set`.
  var statements: Set<String> {
    self == .chatTemplate ? ["macro", "break", "continue", "generation"] : []
  }

  /// The functions there are.
  var functions: Set<String> {
    switch self {
    case .promptsource: ["range", "zip"]
    case .chatTemplate: ["dict", "namespace", "raise_exception", "range", "strftime_now"]
    }
  }

  /// The filters that the other environment lacks.
  private var ownFilters: Set<String> {
    self == .chatTemplate ? ["tojson"] : ["choice", "random"]
  }

  /// Whether there is a filter of that name.
  func hasFilter(_ name: String) -> Bool {
    JinjaEvaluator.filters.contains(name) || ownFilters.contains(name)
  }

  /// Whether some value has a method of that name. Lists of chat templates cannot be changed.
  func hasMethod(_ name: String) -> Bool {
    JinjaEvaluator.methods.contains(name) && (self == .promptsource || name != "append")
  }
}
