extension JinjaValue {
  /// Python's `==`: numbers by value, true and false among them; texts by code points; lists and
  /// mappings by items.
  package func isEqual(to other: JinjaValue) -> Bool {
    if let left = integer, let right = other.integer { return left == right }
    if let left = float, let right = other.float { return left == right }
    switch (self, other) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.sequence(let left), .sequence(let right)):
      return left.kind == right.kind && left.kind != .iterator
        && left.elements.elementsEqual(right.elements) { $0.isEqual(to: $1) }
    case (.dictionary(let left), .dictionary(let right)):
      return left.keys.count == right.keys.count
        && zip(left.keys, left.values).allSatisfy { key, value in
          right[key].map { value.isEqual(to: $0) } ?? false
        }
    default: return false
    }
  }

  /// Python's `<`, where the values have an order.
  func isLess(than other: JinjaValue) throws(JinjaError) -> Bool {
    if let left = integer, let right = other.integer { return left < right }
    if let left = float, let right = other.float { return left < right }
    switch (self, other) {
    case (.text(let left), .text(let right)):
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    case (.sequence(let left), .sequence(let right))
    where left.kind == right.kind && (left.kind == .list || left.kind == .tuple):
      for (first, second) in zip(left.elements, right.elements) where !first.isEqual(to: second) {
        return try first.isLess(than: second)
      }
      return left.elements.count < right.elements.count
    default: throw .invalid("an order of \(typeName) and \(other.typeName)")
    }
  }

  /// Python's `in`: an item of a list, a part of a text, a key of a mapping.
  func contains(_ value: JinjaValue) throws(JinjaError) -> Bool {
    switch self {
    case .text(let text):
      guard case .text(let part) = value else {
        throw .invalid("'in' of \(value.typeName) and str")
      }
      return part.isEmpty || !positions(of: part, in: text, limit: 1).isEmpty
    case .dictionary(let dictionary): return dictionary[value] != nil
    default: return try iterated().contains { $0.isEqual(to: value) }
    }
  }
}
