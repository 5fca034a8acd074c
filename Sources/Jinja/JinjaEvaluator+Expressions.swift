extension JinjaEvaluator {
  /// The value of an expression. Its size counts as work, and so does each operand's.
  mutating func evaluate(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
    let value = try reached(expression)
    try charge(value.size)
    return value
  }

  /// The same where nothing is done with the value but to take an item of it: of a list, that costs
  /// the same whatever its size.
  private mutating func container(
    _ expression: JinjaExpression
  ) throws(JinjaError) -> JinjaValue {
    let value = try reached(expression)
    if case .sequence = value { return value }
    try charge(value.size)
    return value
  }

  private mutating func reached(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
    try enter()
    defer { leave() }
    return try computed(expression)
  }

  private mutating func evaluate(
    _ expressions: [JinjaExpression]
  ) throws(JinjaError) -> [JinjaValue] {
    var values: [JinjaValue] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private mutating func evaluate(
    _ arguments: JinjaArguments<JinjaExpression>
  ) throws(JinjaError) -> JinjaArguments<JinjaValue> {
    var values = JinjaArguments(positional: try evaluate(arguments.positional))
    for (name, expression) in arguments.named { values.named[name] = try evaluate(expression) }
    return values
  }

  private mutating func computed(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
    switch expression {
    case .literal(let value): return value
    case .name(let name): return value(of: name)
    case .list(let items): return try .list(try evaluate(items))
    case .tuple(let items):
      return .sequence(try JinjaSequence(try evaluate(items), kind: .tuple))
    case .dictionary(let keys, let values):
      let keys = try evaluate(keys)
      let values = try evaluate(values)
      return .dictionary(try JinjaDictionary(zip(keys, values).map { ($0, $1) }))
    case .attribute(let operand, let name): return try container(operand).attribute(name)
    case .item(let operand, let key): return try container(operand).item(try evaluate(key))
    case .slice(let operand, let bounds): return try slice(operand, bounds: bounds)
    case .filter(let name, let operand, let arguments):
      return try filtered(try evaluate(operand), by: name, try evaluate(arguments))
    case .test(let name, let operand, let arguments):
      return .boolean(try passes(try evaluate(operand), test: name, try evaluate(arguments)))
    case .function(let name, let arguments):
      return try called(name, try evaluate(arguments))
    case .method("append", let receiver, let arguments):
      return try append(try evaluate(arguments), to: receiver)
    case .method(let name, let receiver, let arguments):
      return try called(name, on: try evaluate(receiver), try evaluate(arguments))
    default: return try operated(expression)
    }
  }

  /// The value of an expression that is an operator.
  private mutating func operated(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
    switch expression {
    case .negated(let operand):
      let value = try number(operand)
      if case .float(let number) = value { return .float(-number) }
      return try arithmetic(.subtract, .integer(0), value)
    case .positive(let operand): return try arithmetic(.add, .integer(0), try number(operand))
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, try evaluate(left), try evaluate(right))
    case .concatenation(let items):
      var text = ""
      for item in items { text += try evaluate(item).printed() }
      return try .bounded(text)
    case .comparison(let first, let links): return try compare(first, links)
    case .not(let operand): return .boolean(try !evaluate(operand).isTrue)
    case .and(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? try evaluate(right) : value
    case .or(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? value : try evaluate(right)
    case .ternary(let value, let condition, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(value) }
      guard let otherwise else { return .undefined(name: "else") }
      return try evaluate(otherwise)
    default: preconditionFailure("an expression that is no operator")
    }
  }

  private mutating func number(_ operand: JinjaExpression) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(operand)
    guard value.float != nil else { throw .invalid("the sign of \(value.typeName)") }
    return value
  }

  private mutating func compare(
    _ first: JinjaExpression, _ links: [(operation: JinjaComparison, operand: JinjaExpression)]
  ) throws(JinjaError) -> JinjaValue {
    var left = try evaluate(first)
    for (operation, operand) in links {
      let right = try evaluate(operand)
      guard try holds(operation, left, right) else { return .boolean(false) }
      left = right
    }
    return .boolean(true)
  }

  func holds(
    _ operation: JinjaComparison, _ left: JinjaValue, _ right: JinjaValue
  ) throws(JinjaError) -> Bool {
    switch operation {
    case .equal: left.isEqual(to: right)
    case .notEqual: !left.isEqual(to: right)
    case .less: try left.isLess(than: right)
    case .lessOrEqual: try left.isLess(than: right) || left.isEqual(to: right)
    case .greater: try right.isLess(than: left)
    case .greaterOrEqual: try right.isLess(than: left) || left.isEqual(to: right)
    case .isIn: try right.contains(left)
    case .isNotIn: try !right.contains(left)
    }
  }

  private mutating func slice(
    _ operand: JinjaExpression, bounds: [JinjaExpression?]
  ) throws(JinjaError) -> JinjaValue {
    let value = try container(operand)
    var numbers: [Int?] = []
    for bound in bounds {
      guard let bound else {
        numbers.append(nil)
        continue
      }
      let value = try evaluate(bound)
      guard let number = value.integer else {
        if case .none = value {
          numbers.append(nil)
          continue
        }
        throw .invalid("a slice by \(value.typeName)")
      }
      numbers.append(number)
    }
    return try value.sliced(numbers + Array(repeating: nil, count: 3 - numbers.count))
  }

  /// Python's lists are shared and change in place. Ours are values, so that the list is changed
  /// under its name.
  private mutating func append(
    _ arguments: JinjaArguments<JinjaValue>, to receiver: JinjaExpression
  ) throws(JinjaError) -> JinjaValue {
    let item = try arguments.bound(to: ["item"], required: 1)[0]
    guard case .name(let name) = receiver, case .sequence(let list) = value(of: name),
      list.kind == .list, let item
    else { throw .unsupported("'append' to what is not a list with a name") }
    try charge(list.elements.count)
    replace(name, with: try .list(list.elements + [item]))
    return .none
  }
}
