/// Renders the parts of a template with the values of a record.
struct JinjaEvaluator {
  /// Values by name, the innermost block last.
  private(set) var scopes: [[String: JinjaValue]]
  /// Which item `choice` takes; nil where chance is not allowed.
  var choice: Int?
  /// Of how many items the last `choice` took one; nil before the first.
  var choiceCount: Int?
  private var work = 0

  init(_ values: [String: JinjaValue]) {
    scopes = [values]
  }

  /// The text of `nodes`; nil where a requirement is not met. Names that are set stay set.
  mutating func render(_ nodes: [JinjaNode]) throws(JinjaError) -> String? {
    var output = ""
    for node in nodes {
      guard try render(node, into: &output) else { return nil }
    }
    return output
  }

  private mutating func render(
    _ node: JinjaNode, into output: inout String
  ) throws(JinjaError) -> Bool {
    try charge(JinjaLimits.nodeCost)
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
    case .capture(let name, let body):
      var text = ""
      guard try render(body, into: &text) else { return false }
      set(name, to: .text(text))
    case .requirement(let condition): return try evaluate(condition).isTrue
    }
    return true
  }

  private mutating func render(
    _ nodes: [JinjaNode], into output: inout String
  ) throws(JinjaError) -> Bool {
    for node in nodes {
      guard try render(node, into: &output) else { return false }
    }
    return true
  }

  private mutating func taken(
    of branches: [JinjaNode.Branch]
  ) throws(JinjaError) -> [JinjaNode]? {
    for branch in branches where try evaluate(branch.condition).isTrue { return branch.body }
    return nil
  }

  private mutating func render(
    _ loop: JinjaNode.Loop, into output: inout String
  ) throws(JinjaError) -> Bool {
    let items = try items(of: loop)
    let level = scopes.count
    defer { scopes.removeLast(scopes.count - level) }
    guard !items.isEmpty else {
      scopes.append([:])
      return try render(loop.otherwise, into: &output)
    }
    for index in items.indices {
      try charge(JinjaLimits.turnCost)
      scopes.append(loop.readsState ? ["loop": try loopState(at: index, of: items)] : [:])
      try bind(loop.targets, to: items[index])
      guard try render(loop.body, into: &output) else { return false }
      scopes.removeLast()
    }
    return true
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
    return .undefined(name: name)
  }

  mutating func set(_ name: String, to value: JinjaValue) {
    scopes[scopes.count - 1][name] = value
  }

  /// Changes a name where it was set.
  mutating func replace(_ name: String, with value: JinjaValue) {
    guard let index = scopes.lastIndex(where: { $0[name] != nil }) else { return }
    scopes[index][name] = value
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

  /// Counts work, and stops a template that does too much.
  mutating func charge(_ amount: Int) throws(JinjaError) {
    work += amount
    guard work <= JinjaLimits.work else { throw .tooLarge("the work of the template") }
  }
}
