extension JinjaArguments {
  /// The arguments in the order of `names`; nil for one that is not given.
  func bound(to names: [String], required: Int = 0) throws(JinjaError) -> [Value?] {
    guard positional.count <= names.count, named.keys.allSatisfy(names.contains) else {
      throw .invalid("arguments that are not known")
    }
    let values = names.enumerated().map { index, name in
      index < positional.count ? positional[index] : named[name]
    }
    guard values.prefix(required).allSatisfy({ $0 != nil }) else {
      throw .invalid("too few arguments")
    }
    return values
  }
}

extension JinjaArguments<JinjaValue> {
  /// Bytes and items of all values.
  var size: Int { all.reduce(0) { $0 + $1.size } }
}

extension JinjaEvaluator {
  /// The methods there are, of texts, lists and mappings.
  static let methods = textMethods.union(listMethods).union(dictionaryMethods)

  fileprivate static let textMethods: Set<String> = [
    "capitalize", "count", "endswith", "find", "index", "isdigit", "join", "lower", "lstrip",
    "removeprefix", "removesuffix", "replace", "rfind", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "title", "upper",
  ]
  fileprivate static let listMethods: Set<String> = ["append", "count", "index"]
  fileprivate static let dictionaryMethods: Set<String> = ["get", "items", "keys", "values"]

  func called(
    _ name: String, on receiver: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    switch receiver {
    case .undefined(let parent):
      throw .invalid("'\(name)' of '\(parent)', which is undefined")
    case .text(let text) where Self.textMethods.contains(name):
      return try textMethod(name, of: text, arguments)
    case .sequence(let sequence)
    where Self.listMethods.contains(name) && (sequence.kind == .list || sequence.kind == .tuple):
      let item = try arguments.bound(to: ["item"], required: 1)[0] ?? .none
      if name == "count" {
        return .integer(sequence.elements.count { $0.isEqual(to: item) })
      }
      guard let index = sequence.elements.firstIndex(where: { $0.isEqual(to: item) }) else {
        throw .invalid("'index' of what is not in the list")
      }
      return .integer(index)
    case .dictionary(let dictionary) where Self.dictionaryMethods.contains(name):
      return try dictionaryMethod(name, of: dictionary, arguments)
    default: throw .invalid("'\(name)' of \(receiver.typeName)")
    }
  }
}

extension JinjaValue {
  /// Whether there is a method of that name for the value, as Python's attributes are found.
  func hasMethod(_ name: String) -> Bool {
    switch self {
    case .text: JinjaEvaluator.textMethods.contains(name)
    case .sequence(let sequence):
      (sequence.kind == .list || sequence.kind == .tuple)
        && JinjaEvaluator.listMethods.contains(name)
    case .dictionary: JinjaEvaluator.dictionaryMethods.contains(name)
    default: false
    }
  }
}

extension JinjaDictionary {
  /// Keys and values as tuples.
  func pairs() throws(JinjaError) -> [JinjaValue] {
    var pairs: [JinjaValue] = []
    for (key, value) in zip(keys, values) {
      pairs.append(.sequence(try JinjaSequence([key, value], kind: .tuple)))
    }
    return pairs
  }
}

private func dictionaryMethod(
  _ name: String, of dictionary: JinjaDictionary, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  if name == "get" {
    let bound = try arguments.bound(to: ["key", "default"], required: 1)
    return bound[0].flatMap { dictionary[$0] } ?? bound[1] ?? .none
  }
  _ = try arguments.bound(to: [])
  switch name {
  case "keys": return .sequence(try JinjaSequence(dictionary.keys, kind: .iterator))
  case "values": return .sequence(try JinjaSequence(dictionary.values, kind: .iterator))
  default: return .sequence(try JinjaSequence(try dictionary.pairs(), kind: .iterator))
  }
}

private func textMethod(
  _ name: String, of text: String, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  switch name {
  case "split", "rsplit":
    let bound = try arguments.bound(to: ["sep", "maxsplit"])
    return try .list(
      try split(
        text, by: bound[0] ?? .none, limit: bound[1]?.integer, fromEnd: name == "rsplit"))
  case "splitlines":
    _ = try arguments.bound(to: [])
    return try .list(splitLines(text).map { .text($0) })
  case "strip", "lstrip", "rstrip":
    let ends: TextEnds = name == "strip" ? .both : name == "lstrip" ? .left : .right
    let characters = try arguments.bound(to: ["chars"])[0]
    return .text(stripped(text, of: try characters?.stripSet(), at: ends))
  case "join": return try joined(try arguments.bound(to: ["items"], required: 1)[0], by: text)
  case "replace":
    let bound = try arguments.bound(to: ["old", "new", "count"], required: 2)
    guard case .text(let old)? = bound[0], case .text(let new)? = bound[1] else {
      throw .invalid("'replace' of what is no text")
    }
    return try .bounded(try replaced(text, old, by: new, limit: bound[2]?.integer))
  case "startswith", "endswith":
    let part = try arguments.bound(to: ["part"], required: 1)[0] ?? .none
    return .boolean(try isAtEnd(part, of: text, by: name))
  case "count", "find", "index", "removeprefix", "removesuffix", "rfind":
    guard case .text(let part)? = try arguments.bound(to: ["part"], required: 1)[0] else {
      throw .invalid("'\(name)' of what is no text")
    }
    return try searched(text, for: part, by: name)
  default: break
  }
  _ = try arguments.bound(to: [])
  return switch name {
  case "isdigit":
    .boolean(
      !text.isEmpty
        && text.unicodeScalars.allSatisfy {
          $0.properties.numericType == .decimal || $0.properties.numericType == .digit
        })
  case "lower": try .bounded(text.lowercased())
  case "upper": try .bounded(text.uppercased())
  case "title": try .bounded(titleCased(text))
  default: try .bounded(capitalized(text))
  }
}

private func searched(
  _ text: String, for part: String, by name: String
) throws(JinjaError) -> JinjaValue {
  if name == "removeprefix" {
    let rest = text.utf8.dropFirst(text.utf8.starts(with: part.utf8) ? part.utf8.count : 0)
    return .text(String(Substring(rest)))
  }
  if name == "removesuffix" {
    let isThere = text.utf8.reversed().starts(with: part.utf8.reversed())
    return .text(String(Substring(text.utf8.dropLast(isThere ? part.utf8.count : 0))))
  }
  guard !part.isEmpty else { throw .unsupported("a search for empty text") }
  if name == "rfind" {
    guard let start = lastPosition(of: part, in: text) else { return .integer(-1) }
    return .integer(text.unicodeScalars[..<start].count)
  }
  let found = positions(of: part, in: text, limit: name == "count" ? .max : 1)
  if name == "count" { return .integer(found.count) }
  if let offset = found.first {
    let end = text.utf8.index(text.startIndex, offsetBy: offset)
    return .integer(text.unicodeScalars[..<end].count)
  }
  guard name == "find" else { throw .invalid("'index' of what is not in the text") }
  return .integer(-1)
}

/// Whether the text begins, or for "endswith" ends, with `part`: a text, or one of several.
private func isAtEnd(
  _ part: JinjaValue, of text: String, by name: String
) throws(JinjaError) -> Bool {
  switch part {
  case .text(let part):
    return name == "startswith"
      ? text.utf8.starts(with: part.utf8)
      : text.utf8.reversed().starts(with: part.utf8.reversed())
  case .sequence(let sequence) where sequence.kind == .tuple:
    for part in sequence.elements {
      guard case .text = part else { throw .invalid("'\(name)' of what is no text") }
      if try isAtEnd(part, of: text, by: name) { return true }
    }
    return false
  default: throw .invalid("'\(name)' of what is no text")
  }
}

private func split(
  _ text: String, by separator: JinjaValue, limit: Int?, fromEnd: Bool
) throws(JinjaError) -> [JinjaValue] {
  let limit = limit.map { $0 < 0 ? .max : $0 } ?? .max
  // From the end is from the start of the text read backwards.
  switch separator {
  case .none where fromEnd:
    return splitWords(backwards(text), limit: limit).reversed().map { .text(backwards($0)) }
  case .none: return splitWords(text, limit: limit).map { .text($0) }
  case .text(let separator) where !separator.isEmpty && fromEnd:
    return splitText(backwards(text), by: backwards(separator), limit: limit).reversed()
      .map { .text(backwards($0)) }
  case .text(let separator) where !separator.isEmpty:
    return splitText(text, by: separator, limit: limit).map { .text($0) }
  default: throw .invalid("'split' by what is no text, or empty")
  }
}

private func joined(_ items: JinjaValue?, by separator: String) throws(JinjaError) -> JinjaValue {
  var text = ""
  for (index, item) in try (items ?? .none).iterated().enumerated() {
    guard case .text(let part) = item else { throw .invalid("'join' of what is no text") }
    text += index > 0 ? separator + part : part
    guard text.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("a text") }
  }
  return .text(text)
}

/// Python's `replace`, at most `limit` times; nil or a negative limit is none.
func replaced(
  _ text: String, _ old: String, by new: String, limit: Int?
) throws(JinjaError) -> String {
  guard !old.isEmpty else { throw .unsupported("a replacement of empty text") }
  let parts = splitText(text, by: old, limit: limit.map { $0 < 0 ? .max : $0 } ?? .max)
  let growth = (parts.count - 1).multipliedReportingOverflow(by: new.utf8.count)
  guard !growth.overflow, growth.partialValue <= JinjaLimits.valueSize else {
    throw .tooLarge("a text")
  }
  return parts.joined(separator: new)
}
