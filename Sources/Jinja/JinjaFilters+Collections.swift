/// The filters of lists and mappings as a whole.
func collectionFiltered(
  _ value: JinjaValue, by name: String, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  switch name {
  case "items": return try items(of: value, arguments)
  case "dictsort": return try dictionarySorted(value, arguments)
  case "reverse": return try reversed(value, arguments)
  case "sort": return try sorted(value, arguments)
  case "sum": return try sum(value, arguments)
  default: return try extreme(value, arguments, isMaximum: name == "max")
  }
}

extension JinjaEvaluator {
  /// Each item is compared with all that came before it and differ from each other.
  mutating func unique(
    _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
  ) throws(JinjaError) -> JinjaValue {
    let bound = try arguments.bound(to: ["case_sensitive", "attribute"])
    try charge(value.itemCount * arguments.size)
    var seen: [JinjaValue] = []
    var results: [JinjaValue] = []
    for item in try value.iterated() {
      let key = try sortKey(item, attribute: bound[1], isExact: bound[0]?.isTrue == true)
      try charge(key.size * seen.count)
      guard !seen.contains(where: { $0.isEqual(to: key) }) else { continue }
      guard seen.count < JinjaLimits.comparedCount else { throw .tooLarge("a list to compare") }
      seen.append(key)
      results.append(item)
    }
    return .sequence(try JinjaSequence(results, kind: .iterator))
  }
}

private func items(
  of value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  _ = try arguments.bound(to: [])
  switch value {
  case .undefined: return .sequence(try JinjaSequence([], kind: .iterator))
  case .dictionary(let dictionary):
    return .sequence(try JinjaSequence(try dictionary.pairs(), kind: .iterator))
  default: throw .invalid("'items' of \(value.typeName)")
  }
}

private func dictionarySorted(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  let bound = try arguments.bound(to: ["case_sensitive", "by", "reverse"])
  guard case .dictionary(let dictionary) = value else {
    throw .invalid("'dictsort' of \(value.typeName)")
  }
  let by = try bound[1]?.printed() ?? "key"
  guard by == "key" || by == "value" else { throw .invalid("'dictsort' by neither") }
  return try .list(
    try stablySorted(
      try dictionary.pairs(), attribute: .integer(by == "key" ? 0 : 1),
      isExact: bound[0]?.isTrue == true, isReversed: bound[2]?.isTrue == true))
}

private func reversed(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  _ = try arguments.bound(to: [])
  if case .text(let text) = value { return .text(backwards(text)) }
  return .sequence(try JinjaSequence(try value.iterated().reversed(), kind: .iterator))
}

private func sorted(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  let bound = try arguments.bound(to: ["reverse", "case_sensitive", "attribute"])
  return try .list(
    try stablySorted(
      try value.iterated(), attribute: bound[2], isExact: bound[1]?.isTrue == true,
      isReversed: bound[0]?.isTrue == true))
}

private func sum(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>
) throws(JinjaError) -> JinjaValue {
  let bound = try arguments.bound(to: ["attribute", "start"])
  var total = bound[1] ?? .integer(0)
  for item in try value.iterated() {
    let item = try bound[0].map { (path) throws(JinjaError) in try item.item(at: path) } ?? item
    guard item.float != nil, total.float != nil else {
      throw .unsupported("'sum' of \(item.typeName)")
    }
    total = try arithmetic(.add, total, item)
  }
  return total
}

private func extreme(
  _ value: JinjaValue, _ arguments: JinjaArguments<JinjaValue>, isMaximum: Bool
) throws(JinjaError) -> JinjaValue {
  let bound = try arguments.bound(to: ["case_sensitive", "attribute"])
  var best: (item: JinjaValue, key: JinjaValue)?
  for item in try value.iterated() {
    let key = try sortKey(item, attribute: bound[1], isExact: bound[0]?.isTrue == true)
    if let known = best {
      let isBetter = try isMaximum ? known.key.isLess(than: key) : key.isLess(than: known.key)
      if isBetter { best = (item, key) }
    } else {
      best = (item, key)
    }
  }
  return best?.item ?? .undefined(name: isMaximum ? "max" : "min")
}

/// What an item is ordered by: the item, or what its attribute names; a text in small letters,
/// unless it is taken exactly.
private func sortKey(
  _ item: JinjaValue, attribute: JinjaValue?, isExact: Bool
) throws(JinjaError) -> JinjaValue {
  var key = item
  if let attribute, !attribute.isNone { key = try item.item(at: attribute) }
  guard case .text(let text) = key, !isExact else { return key }
  return .text(text.lowercased())
}

/// Python's `sorted`: what is equal stays in order, reversed or not.
private func stablySorted(
  _ items: [JinjaValue], attribute: JinjaValue?, isExact: Bool, isReversed: Bool
) throws(JinjaError) -> [JinjaValue] {
  guard items.count <= JinjaLimits.comparedCount else { throw .tooLarge("a list to sort") }
  var keyed: [(key: JinjaValue, index: Int)] = []
  for (index, item) in items.enumerated() {
    keyed.append((try sortKey(item, attribute: attribute, isExact: isExact), index))
  }
  do {
    try keyed.sort { left, right in
      if try isReversed ? right.key.isLess(than: left.key) : left.key.isLess(than: right.key) {
        return true
      }
      let isAfter =
        try isReversed ? left.key.isLess(than: right.key) : right.key.isLess(than: left.key)
      return !isAfter && left.index < right.index
    }
  } catch let error as JinjaError {
    throw error
  } catch {
    throw .invalid("a list without an order")
  }
  return keyed.map { items[$0.index] }
}

extension JinjaValue {
  fileprivate var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
