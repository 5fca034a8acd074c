/// A mapping that keeps the order of its keys.
package struct JinjaDictionary: Sendable {
  package let keys: [JinjaValue]
  package let values: [JinjaValue]
  let size: Int
  let depth: Int
  /// The place of each key.
  private let places: [JinjaKey: Int]

  /// Keys that are all different, and their values.
  package init(keys: [JinjaValue], values: [JinjaValue]) throws(JinjaError) {
    self.keys = keys
    self.values = values
    var places: [JinjaKey: Int] = [:]
    for (index, key) in keys.enumerated() {
      guard key.isKey else { throw .invalid("\(key.typeName) as a key") }
      places[JinjaKey(value: key)] = index
    }
    self.places = places
    size = try checkedSize(of: keys + values)
    depth = try checkedDepth(above: keys + values)
  }

  /// The pairs in order; of equal keys the last value stays, at the place of the first.
  init(_ pairs: [(key: JinjaValue, value: JinjaValue)]) throws(JinjaError) {
    var keys: [JinjaValue] = []
    var values: [JinjaValue] = []
    var places: [JinjaKey: Int] = [:]
    for (key, value) in pairs {
      guard key.isKey else { throw .invalid("\(key.typeName) as a key") }
      if let index = places[JinjaKey(value: key)] {
        values[index] = value
      } else {
        places[JinjaKey(value: key)] = keys.count
        keys.append(key)
        values.append(value)
      }
    }
    try self.init(keys: keys, values: values)
  }

  /// The same with another value for a key, which may be new.
  func setting(_ key: JinjaValue, to value: JinjaValue) throws(JinjaError) -> JinjaDictionary {
    var (keys, values) = (keys, values)
    if let index = places[JinjaKey(value: key)] {
      values[index] = value
    } else {
      keys.append(key)
      values.append(value)
    }
    return try JinjaDictionary(keys: keys, values: values)
  }

  subscript(key: JinjaValue) -> JinjaValue? {
    places[JinjaKey(value: key)].map { values[$0] }
  }
}

/// A value by which a mapping finds another: equal where Python's `==` says so.
private struct JinjaKey: Hashable, Sendable {
  let value: JinjaValue

  static func == (left: JinjaKey, right: JinjaKey) -> Bool { left.value.isEqual(to: right.value) }

  func hash(into hasher: inout Hasher) {
    if let number = value.float {
      hasher.combine(number)
    } else if case .text(let text) = value {
      for byte in text.utf8 { hasher.combine(byte) }
      hasher.combine(text.utf8.count)
    } else if case .sequence(let sequence) = value {
      for element in sequence.elements { JinjaKey(value: element).hash(into: &hasher) }
      hasher.combine(sequence.elements.count)
    }
  }
}

extension JinjaValue {
  /// Whether the value can be a key: what has a hash and equals itself.
  fileprivate var isKey: Bool {
    switch self {
    case .dictionary, .namespace, .macro, .function: false
    case .sequence(let sequence):
      sequence.kind != .iterator && sequence.elements.allSatisfy(\.isKey)
    default: true
    }
  }
}
