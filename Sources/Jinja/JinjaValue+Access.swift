extension JinjaValue {
  /// `value.name`: an item of a mapping; undefined for what has none of that name.
  func attribute(_ name: String) throws(JinjaError) -> JinjaValue {
    switch self {
    case .undefined(let parent): throw .invalid("'\(name)' of '\(parent)', which is undefined")
    // Python looks for methods first.
    case .dictionary(let dictionary) where !hasMethod(name):
      if let value = dictionary[.text(name)] { return value }
    case .namespace(let items): return items[.text(name)] ?? .undefined(name: name)
    default: break
    }
    return hasMethod(name) ? .function("method '\(name)'") : .undefined(name: name)
  }

  /// `value[key]`: undefined where there is no such item.
  func item(_ key: JinjaValue) throws(JinjaError) -> JinjaValue {
    switch self {
    case .undefined(let parent): throw .invalid("an item of '\(parent)', which is undefined")
    case .dictionary(let dictionary):
      if let value = dictionary[key] { return value }
    case .sequence(let sequence) where sequence.kind != .iterator:
      if let index = key.integer.flatMap({ place($0, count: sequence.elements.count) }) {
        return sequence.elements[index]
      }
    case .text(let text):
      let scalars = text.unicodeScalars
      if let index = key.integer.flatMap({ place($0, count: scalars.count) }) {
        return .text(String(scalars[scalars.index(scalars.startIndex, offsetBy: index)]))
      }
    default: break
    }
    return .undefined(name: "item")
  }

  /// The item that a filter's `attribute` names: a number, or names parted by dots.
  func item(at path: JinjaValue) throws(JinjaError) -> JinjaValue {
    var found = self
    for part in splitText(try path.printed(), by: ".") {
      if let index = Int(part) {
        found = try found.item(.integer(index))
      } else {
        found = try found.item(.text(part))
      }
    }
    return found
  }

  /// `value[start:stop:step]`, with nil for a bound that is not given.
  func sliced(_ bounds: [Int?]) throws(JinjaError) -> JinjaValue {
    switch self {
    case .undefined(let parent): throw .invalid("a slice of '\(parent)', which is undefined")
    case .sequence(let sequence) where sequence.kind != .iterator:
      let indices = try sliceIndices(bounds, count: sequence.elements.count)
      return .sequence(
        try JinjaSequence(indices.map { sequence.elements[$0] }, kind: sequence.kind))
    case .text(let text):
      let scalars = Array(text.unicodeScalars)
      let indices = try sliceIndices(bounds, count: scalars.count)
      return .text(String(String.UnicodeScalarView(indices.map { scalars[$0] })))
    default: throw .invalid("a slice of \(typeName)")
    }
  }
}

/// The place of an index that may count from the end.
private func place(_ index: Int, count: Int) -> Int? {
  let place = index < 0 ? index + count : index
  return (0..<count).contains(place) ? place : nil
}

/// Python's `slice.indices`.
private func sliceIndices(_ bounds: [Int?], count: Int) throws(JinjaError) -> [Int] {
  let step = bounds[2] ?? 1
  guard step != 0 else { throw .invalid("a slice with step 0") }
  func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
    min(max(bound < 0 ? bound + count : bound, range.lowerBound), range.upperBound)
  }
  if step > 0 {
    let start = bounds[0].map { clamped($0, 0...count) } ?? 0
    let stop = bounds[1].map { clamped($0, 0...count) } ?? count
    return Array(stride(from: start, to: stop, by: min(step, count + 1)))
  }
  let start = bounds[0].map { clamped($0, -1...(count - 1)) } ?? count - 1
  let stop = bounds[1].map { clamped($0, -1...(count - 1)) } ?? -1
  return Array(stride(from: start, to: stop, by: max(step, -count - 1)))
}
