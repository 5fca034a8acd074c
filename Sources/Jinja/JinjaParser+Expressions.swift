/// Reads expressions. Each level of precedence is a function, the loosest first.
extension JinjaParser {
  /// One expression, or several parted by commas.
  mutating func tuple(withTernary: Bool = true) throws(JinjaError) -> JinjaExpression {
    let first = try withTernary ? expression() : disjunction()
    guard peek == .symbol(",") else { return first }
    var items = [first]
    while skip(symbol: ",") {
      if peek == .outputEnd || peek == .statementEnd || peek == .symbol(")") { break }
      items.append(try withTernary ? expression() : disjunction())
    }
    return .tuple(items)
  }

  /// `a if b else c`, or what binds tighter.
  mutating func expression() throws(JinjaError) -> JinjaExpression {
    let start = depth
    defer { depth = start }
    try enter()
    var result = try disjunction()
    while skip(name: "if") {
      try enter()
      let condition = try disjunction()
      let otherwise = skip(name: "else") ? try expression() : nil
      result = .ternary(result, condition: condition, otherwise: otherwise)
    }
    return result
  }

  private mutating func disjunction() throws(JinjaError) -> JinjaExpression {
    let start = depth
    defer { depth = start }
    var left = try conjunction()
    while skip(name: "or") {
      try enter()
      left = .or(left, try conjunction())
    }
    return left
  }

  private mutating func conjunction() throws(JinjaError) -> JinjaExpression {
    let start = depth
    defer { depth = start }
    var left = try negation()
    while skip(name: "and") {
      try enter()
      left = .and(left, try negation())
    }
    return left
  }

  private mutating func negation() throws(JinjaError) -> JinjaExpression {
    guard skip(name: "not") else { return try comparison() }
    try enter()
    defer { depth -= 1 }
    return .not(try negation())
  }

  private mutating func comparison() throws(JinjaError) -> JinjaExpression {
    let first = try sum()
    var links: [(operation: JinjaComparison, operand: JinjaExpression)] = []
    while let operation = skipComparison() { links.append((operation, try sum())) }
    return links.isEmpty ? first : .comparison(first, links)
  }

  private mutating func skipComparison() -> JinjaComparison? {
    switch peek {
    case .symbol(let symbol):
      guard let operation = JinjaComparison(rawValue: symbol) else { return nil }
      index += 1
      return operation
    case .name("in"):
      index += 1
      return .isIn
    case .name("not") where tokens[index + 1].kind == .name("in"):
      index += 2
      return .isNotIn
    default: return nil
    }
  }

  private mutating func sum() throws(JinjaError) -> JinjaExpression {
    try chain([.add, .subtract]) { (parser) throws(JinjaError) in try parser.concatenation() }
  }

  private mutating func concatenation() throws(JinjaError) -> JinjaExpression {
    var items = [try product()]
    while skip(symbol: "~") { items.append(try product()) }
    return items.count == 1 ? items[0] : .concatenation(items)
  }

  private mutating func product() throws(JinjaError) -> JinjaExpression {
    try chain([.multiply, .divide, .floorDivide, .modulo]) { (parser) throws(JinjaError) in
      try parser.power()
    }
  }

  private mutating func power() throws(JinjaError) -> JinjaExpression {
    try chain([.power]) { (parser) throws(JinjaError) in try parser.unary(withFilters: true) }
  }

  /// Operands with one of `operators` between them, from the left.
  private mutating func chain(
    _ operators: [JinjaOperator],
    operand: (inout JinjaParser) throws(JinjaError) -> JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    let start = depth
    defer { depth = start }
    var left = try operand(&self)
    while case .symbol(let symbol) = peek, let operation = JinjaOperator(rawValue: symbol),
      operators.contains(operation)
    {
      index += 1
      try enter()
      left = .arithmetic(operation, left, try operand(&self))
    }
    return left
  }

  private mutating func unary(withFilters: Bool) throws(JinjaError) -> JinjaExpression {
    let start = depth
    defer { depth = start }
    try enter()
    let node: JinjaExpression =
      if skip(symbol: "-") {
        .negated(try unary(withFilters: false))
      } else if skip(symbol: "+") {
        .positive(try unary(withFilters: false))
      } else {
        try primary()
      }
    let operand = try postfix(node)
    return withFilters ? try filtersAndTests(operand) : operand
  }

  mutating func primary() throws(JinjaError) -> JinjaExpression {
    switch next() {
    case .name("true"), .name("True"): return .literal(.boolean(true))
    case .name("false"), .name("False"): return .literal(.boolean(false))
    case .name("none"), .name("None"): return .literal(.none)
    case .name(let name): return .name(name)
    case .integer(let value): return .literal(.integer(value))
    case .float(let value): return .literal(.float(value))
    case .string(var text):
      while case .string(let more) = peek {
        text += more
        index += 1
      }
      return .literal(.text(text))
    case .symbol("("):
      if skip(symbol: ")") { return .tuple([]) }
      let inside = try tuple()
      try expect(.symbol(")"))
      return inside
    case .symbol("["):
      return .list(try items(until: "]") { (parser) throws(JinjaError) in try parser.expression() })
    case .symbol("{"): return try dictionary()
    case let kind:
      index -= kind == .end ? 0 : 1
      throw unexpected(kind)
    }
  }

  private mutating func dictionary() throws(JinjaError) -> JinjaExpression {
    let pairs = try items(until: "}") { (parser) throws(JinjaError) in
      let key = try parser.expression()
      try parser.expect(.symbol(":"))
      return (key: key, value: try parser.expression())
    }
    return .dictionary(keys: pairs.map(\.key), values: pairs.map(\.value))
  }

  /// Items parted by commas, up to the closing bracket; the last comma may be followed by it.
  mutating func items<Item>(
    until bracket: String, item: (inout JinjaParser) throws(JinjaError) -> Item
  ) throws(JinjaError) -> [Item] {
    var items: [Item] = []
    while !skip(symbol: bracket) {
      if !items.isEmpty {
        try expect(.symbol(","))
        if skip(symbol: bracket) { break }
      }
      items.append(try item(&self))
    }
    return items
  }
}
