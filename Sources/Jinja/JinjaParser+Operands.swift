/// Reads what follows an operand: attributes, items, calls, filters and tests.
extension JinjaParser {
  mutating func postfix(_ operand: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    var node = operand
    while true {
      if skip(symbol: ".") {
        node = try attribute(of: node)
      } else if skip(symbol: "[") {
        node = try subscripted(node)
      } else if peek == .symbol("(") {
        node = try call(node)
      } else {
        return node
      }
      try enter()
    }
  }

  private mutating func attribute(
    of node: JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    switch next() {
    case .name(let name): return .attribute(node, name)
    case .integer(let value): return .item(node, .literal(.integer(value)))
    case let kind: throw unexpected(kind)
    }
  }

  private mutating func subscripted(
    _ node: JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    let first = peek == .symbol(":") ? nil : try expression()
    if let first, skip(symbol: "]") { return .item(node, first) }
    var bounds = [first]
    while bounds.count < 3, skip(symbol: ":") {
      let isOpen = peek == .symbol(":") || peek == .symbol("]")
      bounds.append(isOpen ? nil : try expression())
    }
    try expect(.symbol("]"))
    return .slice(node, bounds: bounds)
  }

  private mutating func call(_ node: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    let arguments = try arguments()
    switch node {
    case .name(let name):
      guard environment.functions.contains(name) || macroNames.contains(name) else {
        throw .unsupported("function '\(name)'")
      }
      return .function(name, arguments)
    case .attribute(let receiver, let name):
      guard environment.hasMethod(name) else {
        throw .unsupported("method '\(name)'")
      }
      return .method(name, receiver, arguments)
    default: throw .unsupported("a call of a value")
    }
  }

  private mutating func arguments() throws(JinjaError) -> JinjaArguments<JinjaExpression> {
    try expect(.symbol("("))
    let items = try items(until: ")") { (parser) throws(JinjaError) in
      if parser.peek == .symbol("*") || parser.peek == .symbol("**") {
        throw .unsupported("unpacked arguments")
      }
      var name: String?
      if case .name(let label) = parser.peek, parser.tokens[parser.index + 1].kind == .symbol("=") {
        name = label
        parser.index += 2
      }
      return (name: name, value: try parser.expression())
    }
    var arguments = JinjaArguments<JinjaExpression>()
    for (name, value) in items {
      if let name {
        arguments.named[name] = value
      } else {
        guard arguments.named.isEmpty else { throw unexpected(peek) }
        arguments.positional.append(value)
      }
    }
    return arguments
  }

  mutating func filtersAndTests(
    _ operand: JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    var node = operand
    while true {
      if skip(symbol: "|") {
        node = try filter(node)
      } else if skip(name: "is") {
        node = try test(node)
      } else if peek == .symbol("(") {
        throw .unsupported("a call of a value")
      } else {
        return node
      }
      try enter()
    }
  }

  private mutating func filter(_ node: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    let name = try expectName()
    guard environment.hasFilter(name) else { throw .unsupported("filter '\(name)'") }
    let arguments = peek == .symbol("(") ? try arguments() : JinjaArguments()
    return .filter(name, node, arguments)
  }

  private mutating func test(_ node: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    let isNegated = skip(name: "not")
    let name = try expectName()
    guard JinjaEvaluator.tests.contains(name) else { throw .unsupported("test '\(name)'") }
    let arguments = try testArguments()
    return isNegated ? .not(.test(name, node, arguments)) : .test(name, node, arguments)
  }

  /// The arguments of a test: in brackets, or one operand without.
  private mutating func testArguments() throws(JinjaError) -> [JinjaExpression] {
    switch peek {
    case .symbol("("):
      let arguments = try arguments()
      guard arguments.named.isEmpty else { throw unexpected(peek) }
      return arguments.positional
    case .name("else"), .name("or"), .name("and"): return []
    case .name("is"): throw unexpected(peek)
    case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
      return [try postfix(try primary())]
    default: return []
    }
  }
}
