/// Reads the statements of a template: `if`, `for`, `set`, and what they hold.
struct JinjaParser {
  let environment: JinjaEnvironment
  let tokens: [JinjaToken]
  /// The names of all macros, which may be called before they stand in the text.
  let macroNames: Set<String>
  var index = 0
  /// How deep the parts being read are within each other; bounds the stack, here and in the
  /// evaluator.
  var depth = 0
  /// How many loops are open: only there a loop can be left.
  private var loopCount = 0

  private init(_ tokens: [JinjaToken], _ environment: JinjaEnvironment) {
    self.environment = environment
    self.tokens = tokens
    macroNames = environment.statements.contains("macro") ? Self.macroNames(in: tokens) : []
  }

  /// The parts of a template.
  static func nodes(
    of source: String, _ environment: JinjaEnvironment
  ) throws(JinjaError) -> [JinjaNode] {
    var parser = JinjaParser(try JinjaLexer.tokens(of: source, environment), environment)
    return try parser.nodes(until: []).nodes
  }

  /// The parts up to a statement with one of `names`, which is read as far as its name; with no
  /// names, up to the end.
  private mutating func nodes(
    until names: [String]
  ) throws(JinjaError) -> (nodes: [JinjaNode], name: String) {
    try enter()
    defer { depth -= 1 }
    var nodes: [JinjaNode] = []
    while true {
      switch next() {
      case .text(let text): nodes.append(.text(text))
      case .outputStart:
        nodes.append(.output(try tuple()))
        try expect(.outputEnd)
      case .statementStart:
        let name = try expectName()
        if names.contains(name) { return (nodes, name) }
        nodes.append(try statement(name))
      case .end where names.isEmpty: return (nodes, "")
      case let kind: throw unexpected(kind)
      }
    }
  }

  private mutating func statement(_ name: String) throws(JinjaError) -> JinjaNode {
    switch name {
    case "if": try conditional()
    case "for": try loop()
    case "set": try assignment()
    case "else", "elif", "endif", "endfor", "endset", "endmacro", "endgeneration":
      throw unexpected(.name(name))
    case _ where !environment.statements.contains(name):
      throw .unsupported("statement '\(name)'")
    case "macro": try macro()
    case "generation": .scope(try block(until: "endgeneration"))
    default: try loopExit(name)
    }
  }

  /// What stands up to the statement `end`, after the end of the statement at hand.
  private mutating func block(until end: String) throws(JinjaError) -> [JinjaNode] {
    try expect(.statementEnd)
    let body = try nodes(until: [end]).nodes
    try expect(.statementEnd)
    return body
  }

  private mutating func loopExit(_ name: String) throws(JinjaError) -> JinjaNode {
    guard loopCount > 0 else { throw unexpected(.name(name)) }
    try expect(.statementEnd)
    return .leave(name == "break" ? .breaking : .continuing)
  }

  private mutating func conditional() throws(JinjaError) -> JinjaNode {
    var branches: [JinjaNode.Branch] = []
    var name = "elif"
    while name == "elif" {
      let condition = try tuple(withTernary: false)
      try expect(.statementEnd)
      let body = try nodes(until: ["elif", "else", "endif"])
      branches.append(.init(condition: condition, body: body.nodes))
      name = body.name
    }
    return .conditional(
      branches: branches, otherwise: try otherwise(after: name, end: "endif"))
  }

  private mutating func loop() throws(JinjaError) -> JinjaNode {
    let targets = try targets()
    guard skip(name: "in") else { throw unexpected(peek) }
    let items = try tuple(withTernary: false)
    let condition = skip(name: "if") ? try expression() : nil
    if peek == .name("recursive") { throw .unsupported("a recursive loop") }
    try expect(.statementEnd)
    loopCount += 1
    let body = try nodes(until: ["else", "endfor"])
    loopCount -= 1
    return .loop(
      .init(
        targets: targets, items: items, condition: condition, body: body.nodes,
        otherwise: try otherwise(after: body.name, end: "endfor")))
  }

  /// The `else` part of a block, if `name` begins one, and the end of the block.
  private mutating func otherwise(
    after name: String, end: String
  ) throws(JinjaError) -> [JinjaNode] {
    try expect(.statementEnd)
    guard name == "else" else { return [] }
    let body = try nodes(until: [end]).nodes
    try expect(.statementEnd)
    return body
  }

  private mutating func assignment() throws(JinjaError) -> JinjaNode {
    if let assignment = try itemAssignment() { return assignment }
    let targets = try targets()
    if skip(symbol: "=") {
      let value = try tuple()
      try expect(.statementEnd)
      return .assignment(targets, value)
    }
    guard case .one(let name) = targets, peek == .statementEnd else { throw unexpected(peek) }
    return .capture(name, try block(until: "endset"))
  }

  /// `a.b = …`, if that is what follows.
  private mutating func itemAssignment() throws(JinjaError) -> JinjaNode? {
    guard environment.functions.contains("namespace"), index + 2 < tokens.count,
      case .name(let name) = peek, tokens[index + 1].kind == .symbol("."),
      case .name(let item) = tokens[index + 2].kind
    else { return nil }
    index += 3
    try expect(.symbol("="))
    let value = try tuple()
    try expect(.statementEnd)
    return .itemAssignment(name, item: item, value)
  }

  private mutating func targets() throws(JinjaError) -> JinjaTargets {
    var names: [String] = []
    let isBracketed = skip(symbol: "(")
    repeat {
      guard case .name(let name) = peek else { break }
      guard !["true", "false", "none", "True", "False", "None", "in"].contains(name) else { break }
      index += 1
      names.append(name)
      if peek == .symbol(".") { throw .unsupported("namespace") }
      if !isBracketed && peek != .symbol(",") && names.count == 1 { return .one(name) }
    } while skip(symbol: ",")
    guard !names.isEmpty, !isBracketed || skip(symbol: ")") else { throw unexpected(peek) }
    return .several(names)
  }
}

extension JinjaParser {
  private static func macroNames(in tokens: [JinjaToken]) -> Set<String> {
    var names: Set<String> = []
    for index in tokens.indices.dropLast(2) where tokens[index].kind == .statementStart {
      if tokens[index + 1].kind == .name("macro"), case .name(let name) = tokens[index + 2].kind {
        names.insert(name)
      }
    }
    return names
  }

  private mutating func macro() throws(JinjaError) -> JinjaNode {
    let name = try expectName()
    try expect(.symbol("("))
    let parameters = try items(until: ")") { (parser) throws(JinjaError) in
      JinjaMacro.Parameter(
        name: try parser.expectName(),
        defaultValue: parser.skip(symbol: "=") ? try parser.expression() : nil)
    }
    let outerLoops = loopCount
    loopCount = 0
    defer { loopCount = outerLoops }
    return .macro(
      JinjaMacro(name: name, parameters: parameters, body: try block(until: "endmacro")))
  }
}

extension JinjaParser {
  var peek: JinjaToken.Kind { tokens[index].kind }

  /// The token at hand, which is then read; the end stays where it is.
  mutating func next() -> JinjaToken.Kind {
    let kind = peek
    if kind != .end { index += 1 }
    return kind
  }

  mutating func skip(symbol: String) -> Bool { skip(.symbol(symbol)) }

  mutating func skip(name: String) -> Bool { skip(.name(name)) }

  private mutating func skip(_ kind: JinjaToken.Kind) -> Bool {
    guard peek == kind else { return false }
    index += 1
    return true
  }

  mutating func expect(_ kind: JinjaToken.Kind) throws(JinjaError) {
    guard skip(kind) else { throw unexpected(peek) }
  }

  mutating func expectName() throws(JinjaError) -> String {
    guard case .name(let name) = peek else { throw unexpected(peek) }
    index += 1
    return name
  }

  func unexpected(_ kind: JinjaToken.Kind) -> JinjaError {
    .syntax(line: tokens[index].line, reason: "unexpected \(kind.name)")
  }

  /// Goes one level deeper; the caller takes it back.
  mutating func enter() throws(JinjaError) {
    guard depth < JinjaLimits.nesting else { throw .tooLarge("the nesting of the template") }
    depth += 1
  }
}
