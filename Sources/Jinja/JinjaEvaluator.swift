/// Renders the parts of a template with the values of a record.
package struct JinjaEvaluator {
  /// Values by name, the innermost block last.
  var scopes: [[String: JinjaValue]]
  /// Which item `choice` takes; nil where chance is not allowed.
  package var choice: Int?
  /// Of how many items the last `choice` took one; nil before the first.
  package internal(set) var choiceCount: Int?
  /// What `strftime_now` tells.
  var now = JinjaDate.standard
  let environment: JinjaEnvironment
  private var work = 0
  private var depth = 0

  package init(
    _ values: [String: JinjaValue], _ environment: JinjaEnvironment = .promptsource
  ) {
    scopes = [values]
    self.environment = environment
  }

  /// How the rendering of a part ended.
  private enum Outcome {
    case done
    /// A requirement is not met.
    case stopped
    case left(JinjaLoopExit)
  }

  /// The text of `nodes`; nil where a requirement is not met. Names that are set stay set.
  package mutating func render(_ nodes: [JinjaNode]) throws(JinjaError) -> String? {
    var output = ""
    if case .stopped = try render(nodes, into: &output) { return nil }
    return output
  }

  private mutating func render(
    _ node: JinjaNode, into output: inout String
  ) throws(JinjaError) -> Outcome {
    try enter()
    defer { leave() }
    switch node {
    case .text(let text): try append(text, to: &output)
    case .output(let expression):
      try append(try evaluate(expression).printed(), to: &output)
    case .conditional(let branches, let otherwise):
      return try render(try taken(of: branches) ?? otherwise, into: &output)
    case .loop(let loop): return try render(loop, into: &output)
    case .assignment(let targets, let expression):
      let value = try evaluate(expression)
      if case .sequence(let sequence) = value, sequence.kind == .iterator {
        throw .unsupported("an iterator kept under a name")
      }
      try bind(targets, to: value)
    case .itemAssignment(let name, let item, let expression):
      try set(item, of: name, to: try evaluate(expression))
    case .capture(let name, let body):
      var text = ""
      let outcome = try render(body, into: &text)
      guard case .done = outcome else { return outcome }
      set(name, to: .text(text))
    case .macro(let macro): set(macro.name, to: .macro(macro))
    case .scope(let body):
      scopes.append([:])
      defer { scopes.removeLast() }
      return try render(body, into: &output)
    case .leave(let exit): return .left(exit)
    case .requirement(let condition): return try evaluate(condition).isTrue ? .done : .stopped
    }
    return .done
  }

  private mutating func render(
    _ nodes: [JinjaNode], into output: inout String
  ) throws(JinjaError) -> Outcome {
    for node in nodes {
      let outcome = try render(node, into: &output)
      guard case .done = outcome else { return outcome }
    }
    return .done
  }

  private mutating func taken(
    of branches: [JinjaNode.Branch]
  ) throws(JinjaError) -> [JinjaNode]? {
    for branch in branches where try evaluate(branch.condition).isTrue { return branch.body }
    return nil
  }

  private mutating func render(
    _ loop: JinjaNode.Loop, into output: inout String
  ) throws(JinjaError) -> Outcome {
    let items = try items(of: loop)
    let level = scopes.count
    defer { scopes.removeLast(scopes.count - level) }
    var isCompleted = false
    turns: for index in items.indices {
      try charge(JinjaLimits.turnCost)
      scopes.append(loop.readsState ? ["loop": try loopState(at: index, of: items)] : [:])
      try bind(loop.targets, to: items[index])
      let outcome = try render(loop.body, into: &output)
      scopes.removeLast()
      switch outcome {
      case .stopped: return .stopped
      case .done: isCompleted = true
      case .left(.breaking): break turns
      case .left(.continuing): break
      }
    }
    // In Jinja a turn that was left does not count.
    guard !isCompleted else { return .done }
    scopes.append([:])
    return try render(loop.otherwise, into: &output)
  }

  /// What the loop goes through: the items that its condition keeps.
  private mutating func items(of loop: JinjaNode.Loop) throws(JinjaError) -> [JinjaValue] {
    let items = try evaluate(loop.items).iterated()
    guard let condition = loop.condition else { return items }
    scopes.append([:])
    defer { scopes.removeLast() }
    var kept: [JinjaValue] = []
    for item in items {
      try charge(JinjaLimits.turnCost)
      try bind(loop.targets, to: item)
      if try evaluate(condition).isTrue { kept.append(item) }
    }
    return kept
  }

  /// The value of `loop` in the body of a loop. Its depth is that of recursion: always the first.
  private func loopState(at index: Int, of items: [JinjaValue]) throws(JinjaError) -> JinjaValue {
    func neighbour(_ index: Int, _ name: String) -> JinjaValue {
      items.indices.contains(index) ? items[index] : .undefined(name: name)
    }
    let pairs: [(String, JinjaValue)] = [
      ("index", .integer(index + 1)), ("index0", .integer(index)),
      ("revindex", .integer(items.count - index)),
      ("revindex0", .integer(items.count - index - 1)),
      ("first", .boolean(index == 0)), ("last", .boolean(index == items.count - 1)),
      ("length", .integer(items.count)), ("depth", .integer(1)),
      ("depth0", .integer(0)), ("previtem", neighbour(index - 1, "previtem")),
      ("nextitem", neighbour(index + 1, "nextitem")),
    ]
    return .dictionary(
      try JinjaDictionary(keys: pairs.map { .text($0.0) }, values: pairs.map(\.1)))
  }

  private mutating func append(_ text: String, to output: inout String) throws(JinjaError) {
    try charge(text.utf8.count)
    output += text
    guard output.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("the rendered text") }
  }
}

extension JinjaEvaluator {
  /// The value of a name, from the innermost block that has it.
  func value(of name: String) -> JinjaValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return environment.functions.contains(name)
      ? .function("function '\(name)'") : .undefined(name: name)
  }

  package mutating func set(_ name: String, to value: JinjaValue) {
    scopes[scopes.count - 1][name] = value
  }

  /// Changes a name where it was set.
  mutating func replace(_ name: String, with value: JinjaValue) {
    guard let index = scopes.lastIndex(where: { $0[name] != nil }) else { return }
    scopes[index][name] = value
  }

  /// Changes an item of a namespace where the namespace was set.
  private mutating func set(
    _ item: String, of name: String, to value: JinjaValue
  ) throws(JinjaError) {
    guard case .namespace(let items) = self.value(of: name) else {
      throw .invalid("'\(name)' is no namespace")
    }
    try charge(items.size)
    replace(name, with: .namespace(try items.setting(.text(item), to: value)))
  }

  private mutating func bind(
    _ targets: JinjaTargets, to value: JinjaValue
  ) throws(JinjaError) {
    switch targets {
    case .one(let name): set(name, to: value)
    case .several(let names):
      let items = try value.iterated()
      guard items.count == names.count else {
        throw .invalid("\(items.count) items for \(names.count) names")
      }
      for (name, item) in zip(names, items) { set(name, to: item) }
    }
  }

  /// Goes one level deeper into the template; the caller takes it back.
  mutating func enter() throws(JinjaError) {
    try charge(JinjaLimits.nodeCost)
    guard depth < JinjaLimits.evaluationDepth else { throw .tooLarge("the depth of the template") }
    depth += 1
  }

  mutating func leave() { depth -= 1 }

  /// Counts work, and stops a template that does too much.
  mutating func charge(_ amount: Int) throws(JinjaError) {
    work += amount
    guard work <= JinjaLimits.work else { throw .tooLarge("the work of the template") }
  }
}
