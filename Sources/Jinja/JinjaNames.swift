// What a template reads and sets, without rendering it.

extension JinjaExpression {
  /// The expressions it is made of.
  private var parts: [JinjaExpression] {
    switch self {
    case .literal, .name: []
    case .list(let items), .tuple(let items), .concatenation(let items): items
    case .dictionary(let keys, let values): keys + values
    case .attribute(let operand, _), .negated(let operand), .positive(let operand),
      .not(let operand):
      [operand]
    case .item(let left, let right), .arithmetic(_, let left, let right), .and(let left, let right),
      .or(let left, let right):
      [left, right]
    case .slice(let operand, let bounds): [operand] + bounds.compactMap(\.self)
    case .comparison(let first, let links): [first] + links.map(\.operand)
    case .ternary(let value, let condition, let otherwise):
      [value, condition] + (otherwise.map { [$0] } ?? [])
    case .filter(_, let operand, let arguments), .method(_, let operand, let arguments):
      [operand] + arguments.all
    case .test(_, let operand, let arguments): [operand] + arguments
    case .function(_, let arguments): arguments.all
    }
  }

  /// The names it reads.
  var names: Set<String> {
    if case .name(let name) = self { return [name] }
    return parts.reduce(into: []) { $0.formUnion($1.names) }
  }

  /// The names of lists it appends to.
  fileprivate var appended: Set<String> {
    var names = parts.reduce(into: Set<String>()) { $0.formUnion($1.appended) }
    if case .method("append", .name(let name), _) = self { names.insert(name) }
    return names
  }

  /// Whether its value depends on chance.
  fileprivate var usesChance: Bool {
    if case .filter("choice", _, _) = self { return true }
    if case .filter("random", _, _) = self { return true }
    return parts.contains(where: \.usesChance)
  }
}

extension JinjaNode {
  fileprivate var expressions: [JinjaExpression] {
    switch self {
    case .text, .capture, .scope, .leave: []
    case .output(let expression), .assignment(_, let expression),
      .itemAssignment(_, _, let expression), .requirement(let expression):
      [expression]
    case .macro(let macro): macro.parameters.compactMap(\.defaultValue)
    case .conditional(let branches, _): branches.map(\.condition)
    case .loop(let loop): [loop.items] + (loop.condition.map { [$0] } ?? [])
    }
  }

  package var bodies: [[JinjaNode]] {
    switch self {
    case .text, .output, .assignment, .itemAssignment, .leave, .requirement: []
    case .capture(_, let body), .scope(let body): [body]
    case .macro(let macro): [macro.body]
    case .conditional(let branches, let otherwise): branches.map(\.body) + [otherwise]
    case .loop(let loop): [loop.body, loop.otherwise]
    }
  }

  /// The names it reads, those of loops left out within their loop.
  package var readNames: Set<String> {
    guard case .loop(let loop) = self else {
      return (expressions.map(\.names) + bodies.map(\.readNames)).reduce(into: []) {
        $0.formUnion($1)
      }
    }
    let inner = loop.body.readNames.union(loop.condition?.names ?? [])
      .subtracting(loop.targets.names + ["loop"])
    return inner.union(loop.items.names).union(loop.otherwise.readNames)
  }

  /// The names it sets or appends to, in any block.
  package var assignedNames: Set<String> {
    var names = bodies.map(\.assignedNames).reduce(into: Set<String>()) { $0.formUnion($1) }
    for expression in expressions { names.formUnion(expression.appended) }
    switch self {
    case .assignment(let targets, _): names.formUnion(targets.names)
    case .capture(let name, _), .itemAssignment(let name, _, _): names.insert(name)
    case .macro(let macro): names.insert(macro.name)
    default: break
    }
    return names
  }

  /// Whether what it renders to depends on chance.
  package var usesChance: Bool {
    expressions.contains(where: \.usesChance)
      || bodies.contains { $0.contains(where: \.usesChance) }
  }
}

extension [JinjaNode] {
  /// The names that the nodes read.
  package var readNames: Set<String> { reduce(into: []) { $0.formUnion($1.readNames) } }

  /// The names that the nodes set or append to.
  package var assignedNames: Set<String> { reduce(into: []) { $0.formUnion($1.assignedNames) } }
}
