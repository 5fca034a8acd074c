extension JinjaEvaluator {
  /// The tests there are: `x is odd`, `xs | select("odd")`.
  static let tests: Set<String> = [
    "!=", "<", "<=", "==", ">", ">=", "boolean", "defined", "divisibleby", "eq", "equalto", "even",
    "false", "float", "ge", "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan",
    "lt", "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "string", "true",
    "undefined",
  ]

  func passes(
    _ value: JinjaValue, test name: String, _ arguments: [JinjaValue]
  ) throws(JinjaError) -> Bool {
    if let operation = comparison(name) ?? JinjaComparison(rawValue: name) {
      guard arguments.count == 1 else { throw .invalid("'\(name)' without one operand") }
      return try holds(operation, value, arguments[0])
    }
    if name == "divisibleby" {
      guard arguments.count == 1 else { throw .invalid("'\(name)' without one operand") }
      return try !arithmetic(.modulo, value, arguments[0]).isTrue
    }
    if name == "sameas" {
      guard arguments.count == 1 else { throw .invalid("'\(name)' without one operand") }
      return try value.isSame(as: arguments[0])
    }
    guard arguments.isEmpty else { throw .invalid("'\(name)' with an operand") }
    switch name {
    case "even": return try !arithmetic(.modulo, value, .integer(2)).isTrue
    case "odd": return try arithmetic(.modulo, value, .integer(2)).isEqual(to: .integer(1))
    default: return try value.isOfKind(name)
    }
  }

  private func comparison(_ name: String) -> JinjaComparison? {
    switch name {
    case "eq", "equalto": .equal
    case "ne": .notEqual
    case "lt", "lessthan": .less
    case "le": .lessOrEqual
    case "gt", "greaterthan": .greater
    case "ge": .greaterOrEqual
    default: nil
    }
  }
}

extension JinjaValue {
  /// Python's `is`, for the values that exist once.
  fileprivate func isSame(as other: JinjaValue) throws(JinjaError) -> Bool {
    switch (self, other) {
    case (.none, .none): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.none, _), (_, .none), (.boolean, _), (_, .boolean): false
    default: throw .unsupported("'sameas' of \(typeName)")
    }
  }

  fileprivate func isOfKind(_ name: String) throws(JinjaError) -> Bool {
    switch (name, self) {
    case ("defined", _): !isUndefined
    case ("undefined", _): isUndefined
    case ("none", .none), ("boolean", .boolean), ("integer", .integer), ("float", .float): true
    case ("true", .boolean(let value)): value
    case ("false", .boolean(let value)): !value
    case ("number", _): float != nil
    case ("string", .text), ("mapping", .dictionary): true
    case ("iterable", .undefined), ("iterable", .text), ("iterable", .sequence),
      ("iterable", .dictionary):
      true
    case ("sequence", .sequence(let sequence)): sequence.kind != .iterator
    case ("sequence", .undefined), ("sequence", .text), ("sequence", .dictionary): true
    case _ where JinjaEvaluator.tests.contains(name): false
    default: throw .unsupported("test '\(name)'")
    }
  }
}
