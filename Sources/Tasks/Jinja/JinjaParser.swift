/// Reads the statements of a template: `if`, `for`, `set`, and what they hold.
struct JinjaParser {
  var tokens: [JinjaToken]
  var index = 0
  /// How deep the parts being read are within each other; bounds the stack, here and in the
  /// evaluator.
  var depth = 0

  /// The parts of a template.
  static func nodes(of source: String) throws(JinjaError) -> [JinjaNode] {
    var parser = JinjaParser(tokens: try JinjaLexer.tokens(of: source))
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
    case "else", "elif", "endif", "endfor", "endset": throw unexpected(.name(name))
    default: throw .unsupported("statement '\(name)'")
    }
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
    let body = try nodes(until: ["else", "endfor"])
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
    let targets = try targets()
    if skip(symbol: "=") {
      let value = try tuple()
      try expect(.statementEnd)
      return .assignment(targets, value)
    }
    guard case .one(let name) = targets, peek == .statementEnd else { throw unexpected(peek) }
    try expect(.statementEnd)
    let body = try nodes(until: ["endset"]).nodes
    try expect(.statementEnd)
    return .capture(name, body)
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
