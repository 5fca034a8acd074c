extension JinjaEvaluator {
  /// The filters that all environments have: those that their templates use, and their kin.
  static let filters: Set<String> = [
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "format", "indent",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "sort", "string",
    "sum", "title", "trim", "unique", "upper",
  ]

  mutating func filtered(
    _ value: JinjaValue, by name: String, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    guard environment.hasFilter(name) else { throw .unsupported("filter '\(name)'") }
    switch name {
    case "choice", "random": return try chosen(of: try value.iterated())
    case "map": return try mapped(value, arguments)
    case "select", "selectattr":
      return try selected(value, arguments, byAttribute: name == "selectattr", keeping: true)
    case "reject", "rejectattr":
      return try selected(value, arguments, byAttribute: name == "rejectattr", keeping: false)
    case "tojson": return try .bounded(try json(value, arguments))
    case "capitalize", "indent", "lower", "replace", "safe", "string", "title", "trim", "upper":
      return try textFiltered(try value.printed(), by: name, arguments)
    case "abs", "float", "int", "round": return try numberFiltered(value, by: name, arguments)
    case "default", "d":
      let bound = try arguments.bound(to: ["default_value", "boolean"])
      let isReplaced = value.isUndefined || bound[1]?.isTrue == true && !value.isTrue
      return isReplaced ? bound[0] ?? .text("") : value
    case "format":
      guard arguments.named.isEmpty else { throw .unsupported("'format' by name") }
      return try .bounded(try formatted(try value.printed(), arguments.positional))
    case "join":
      try charge(value.itemCount * arguments.size)
      return try joined(value, arguments)
    case "length", "count":
      _ = try arguments.bound(to: [])
      return .integer(try value.length())
    case "list":
      _ = try arguments.bound(to: [])
      return try .list(try value.iterated())
    case "first", "last":
      _ = try arguments.bound(to: [])
      let items = try value.iterated()
      return (name == "first" ? items.first : items.last) ?? .undefined(name: name)
    case "unique": return try unique(value, arguments)
    case "dictsort", "items", "max", "min", "reverse", "sort", "sum":
      try charge(value.itemCount * arguments.size)
      if name.hasSuffix("sort") {
        try charge(value.size * (1 + value.depth) * JinjaLimits.sortCost)
      }
      return try collectionFiltered(value, by: name, arguments)
    default: throw .unsupported("filter '\(name)'")
    }
  }

  /// The item that `choice` says: chance is not for us.
  private mutating func chosen(of items: [JinjaValue]) throws(JinjaError) -> JinjaValue {
    guard let choice, choiceCount == nil else { throw .unsupported("random") }
    guard items.indices.contains(choice) else { throw .invalid("a choice of nothing") }
    choiceCount = items.count
    return items[choice]
  }

  private mutating func mapped(
    _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    let items = try turns(of: value, arguments)
    var results: [JinjaValue] = []
    var size = 0
    func append(_ result: JinjaValue) throws(JinjaError) {
      size += result.size
      guard size <= JinjaLimits.valueSize else { throw .tooLarge("a list") }
      results.append(result)
    }
    if let path = arguments.named["attribute"], arguments.positional.isEmpty {
      for item in items {
        let found = try item.item(at: path)
        let isReplaced = found.isUndefined ? arguments.named["default"] : nil
        try append(isReplaced ?? found)
      }
    } else {
      guard case .text(let name)? = arguments.positional.first else {
        throw .invalid("'map' without a filter")
      }
      let rest = JinjaArguments(
        positional: Array(arguments.positional.dropFirst()), named: arguments.named)
      for item in items {
        let result = try filtered(item, by: name, rest)
        try charge(result.size)
        try append(result)
      }
    }
    return .sequence(try JinjaSequence(results, kind: .iterator))
  }

  /// The items that a filter does the same with, one after the other. Each is work as a turn of a
  /// loop is, and so are the arguments, each time.
  private mutating func turns(
    of value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> [JinjaValue] {
    guard value.isTrue else { return [] }
    try charge(value.itemCount * (JinjaLimits.turnCost + arguments.size))
    return try value.iterated()
  }

  private mutating func selected(
    _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>, byAttribute: Bool,
    keeping isKept: Bool
  ) throws(JinjaError) -> JinjaValue {
    guard arguments.named.isEmpty else { throw .invalid("arguments that are not known") }
    let items = try turns(of: value, arguments)
    var arguments = arguments.positional[...]
    let path = byAttribute ? arguments.popFirst() : nil
    guard path != nil || !byAttribute else { throw .invalid("a filter without an attribute") }
    var results: [JinjaValue] = []
    for item in items {
      let tested = try path.map { (path) throws(JinjaError) in try item.item(at: path) } ?? item
      let passes =
        if let name = arguments.first {
          try passes(tested, test: try name.printed(), Array(arguments.dropFirst()))
        } else {
          tested.isTrue
        }
      if passes == isKept { results.append(item) }
    }
    return .sequence(try JinjaSequence(results, kind: .iterator))
  }

  private func joined(
    _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    let bound = try arguments.bound(to: ["d", "attribute"])
    let separator = try bound[0]?.printed() ?? ""
    let path = bound[1]
    var text = ""
    for (index, item) in try value.iterated().enumerated() {
      if index > 0 { text += separator }
      text += try (path == nil ? item : item.item(at: path ?? .none)).printed()
      guard text.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("a text") }
    }
    return .text(text)
  }
}

private func textFiltered(
  _ text: String, by name: String, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  switch name {
  case "trim":
    let characters = try arguments.bound(to: ["chars"])[0]
    return .text(stripped(text, of: try characters?.stripSet()))
  case "replace":
    let bound = try arguments.bound(to: ["old", "new", "count"], required: 2)
    let old = try bound[0]?.printed() ?? ""
    let new = try bound[1]?.printed() ?? ""
    return try .bounded(try replaced(text, old, by: new, limit: bound[2]?.integer))
  case "indent": return try .bounded(try indented(text, arguments))
  default: break
  }
  _ = try arguments.bound(to: [])
  return switch name {
  case "capitalize": try .bounded(capitalized(text))
  case "lower": try .bounded(text.lowercased())
  case "upper": try .bounded(text.uppercased())
  case "title": try .bounded(headlineCased(text))
  default: .text(text)
  }
}

/// Jinja's `indent`: spaces before each line but the first and the empty ones.
private func indented(
  _ text: String, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> String {
  let bound = try arguments.bound(to: ["width", "first", "blank"])
  var indentation = ""
  switch bound[0] ?? .integer(4) {
  case .text(let text): indentation = text
  case let width:
    guard let width = width.integer, (0...300).contains(width) else {
      throw .invalid("'indent' by that width")
    }
    indentation = String(repeating: " ", count: width)
  }
  let indentsBlank = bound[2]?.isTrue == true
  let lines = splitLines(text + "\n")
  let growth = lines.count.multipliedReportingOverflow(by: indentation.utf8.count)
  guard !growth.overflow, growth.partialValue <= JinjaLimits.valueSize else {
    throw .tooLarge("a text")
  }
  let rest = lines.dropFirst().map { $0.isEmpty && !indentsBlank ? $0 : indentation + $0 }
  return (bound[1]?.isTrue == true ? indentation : "")
    + ([lines[0]] + rest).joined(separator: "\n")
}

/// Jinja's `title`, which is not Python's: words begin after a space, a hyphen or an opening
/// bracket.
private func headlineCased(_ text: String) -> String {
  var result = ""
  var isInside = false
  for scalar in text.unicodeScalars {
    let properties = scalar.properties
    result += isInside ? properties.lowercaseMapping : properties.uppercaseMapping
    isInside = !(isPythonSpace(scalar) || "-({[<".unicodeScalars.contains(scalar))
  }
  return result
}

extension JinjaValue {
  /// Python's `len`.
  fileprivate func length() throws(JinjaError) -> Int {
    switch self {
    case .undefined: 0
    case .text(let text): text.unicodeScalars.count
    case .dictionary(let dictionary): dictionary.keys.count
    case .sequence(let sequence) where sequence.kind != .iterator: sequence.elements.count
    default: throw .invalid("the length of \(typeName)")
    }
  }

  /// The characters that `strip` is told to strip; None means whitespace.
  func stripSet() throws(JinjaError) -> String? {
    switch self {
    case .none: nil
    case .text(let text): text
    default: throw .invalid("'strip' of \(typeName)")
    }
  }
}
