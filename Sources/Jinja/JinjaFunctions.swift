extension JinjaEvaluator {
  mutating func called(
    _ name: String, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    if let level = scopes.lastIndex(where: { $0[name] != nil }) {
      guard case .macro(let macro)? = scopes[level][name] else {
        throw .invalid("a call of '\(name)', which is no function")
      }
      return try called(macro, at: level, arguments)
    }
    switch name {
    case "namespace": return .namespace(try mapping(arguments))
    case "dict": return .dictionary(try mapping(arguments))
    case "raise_exception":
      throw .raised(try arguments.bound(to: ["message"], required: 1)[0]?.printed() ?? "")
    case "strftime_now":
      let format = try arguments.bound(to: ["format"], required: 1)[0] ?? .none
      return try .bounded(try now.formatted(try format.printed()))
    case "range", "zip":
      guard arguments.named.isEmpty else { throw .invalid("arguments that are not known") }
      return name == "range" ? try range(arguments.positional) : try zipped(arguments.positional)
    default: throw .invalid("'\(name)' is undefined")
    }
  }

  /// The text of a macro. It sees the names of the block that it stands in, and its parameters.
  private mutating func called(
    _ macro: JinjaMacro, at level: Int, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    let values = try arguments.bound(to: macro.parameters.map(\.name))
    let inner = scopes[(level + 1)...]
    scopes.removeLast(inner.count)
    scopes.append([:])
    defer {
      scopes.removeLast()
      scopes += inner
    }
    for (parameter, value) in zip(macro.parameters, values) {
      if let value {
        set(parameter.name, to: value)
      } else if let expression = parameter.defaultValue {
        set(parameter.name, to: try evaluate(expression))
      } else {
        set(parameter.name, to: .undefined(name: parameter.name))
      }
    }
    return .text(try render(macro.body) ?? "")
  }

  /// Python's `dict`: of a mapping, of named values, or of both.
  private func mapping(
    _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaDictionary {
    var pairs: [(key: JinjaValue, value: JinjaValue)] = []
    switch arguments.positional.first {
    case .dictionary(let first)? where arguments.positional.count == 1:
      pairs = zip(first.keys, first.values).map { ($0, $1) }
    case nil: break
    default: throw .unsupported("a mapping of what is none")
    }
    pairs += arguments.named.sorted { $0.key < $1.key }.map { (.text($0.key), $0.value) }
    return try JinjaDictionary(pairs)
  }

  private func range(_ arguments: [JinjaValue]) throws(JinjaError) -> JinjaValue {
    let bounds = arguments.compactMap(\.integer)
    guard bounds.count == arguments.count, (1...3).contains(bounds.count) else {
      throw .invalid("'range' without whole numbers")
    }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let stop = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw .invalid("'range' with step 0") }
    let numbers = stride(from: start, to: stop, by: step).prefix(JinjaLimits.valueSize)
    return .sequence(try JinjaSequence(numbers.map { .integer($0) }, kind: .range))
  }

  private func zipped(_ arguments: [JinjaValue]) throws(JinjaError) -> JinjaValue {
    var lists: [[JinjaValue]] = []
    for argument in arguments { lists.append(try argument.iterated()) }
    let count = lists.map(\.count).min() ?? 0
    guard count * lists.count <= JinjaLimits.valueSize else { throw .tooLarge("a list") }
    var rows: [JinjaValue] = []
    for index in 0..<count {
      rows.append(.sequence(try JinjaSequence(lists.map { $0[index] }, kind: .tuple)))
    }
    return .sequence(try JinjaSequence(rows, kind: .iterator))
  }
}
