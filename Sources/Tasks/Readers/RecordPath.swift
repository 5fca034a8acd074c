extension Record {
  /// The value at a path such as "answers.text" or "options.0": keys of objects and numbers of
  /// list items (from 0), parted by dots. A column whose own name is the path comes first. Nil
  /// where the path leads nowhere.
  ///
  /// A key met by a list stands for the list of what it leads to in every item.
  func value(at path: String) -> RecordValue? {
    self[path] ?? RecordValue.object(self).value(at: path.split(separator: ".")[...])
  }
}

extension RecordValue {
  fileprivate func value(at path: ArraySlice<Substring>) -> RecordValue? {
    guard let key = path.first else { return self }
    if case .list(let items) = self {
      if let index = Int(key) { return self[index]?.value(at: path.dropFirst()) }
      let values = items.compactMap { $0.value(at: path) }
      return values.count == items.count ? .list(values) : nil
    }
    return self[String(key)]?.value(at: path.dropFirst())
  }

  /// The texts of a scalar or of all items of a list; nil where one is null or an object.
  var texts: [String]? {
    guard case .list(let items) = self else { return text.map { [$0] } }
    let texts = items.compactMap(\.texts)
    return texts.count == items.count ? texts.flatMap { $0 } : nil
  }

  /// The keys with the highest score in an object of numbers (BIG-bench's `target_scores`), in
  /// order; nil for anything else.
  var bestKeys: [String]? {
    guard case .object(let values) = self, !values.isEmpty else { return nil }
    let scores = values.compactMapValues(\.score)
    guard scores.count == values.count, let best = scores.values.max() else { return nil }
    return scores.filter { $0.value == best }.keys.sorted()
  }

  private var score: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .bool(let value): value ? 1 : 0
    case .null, .text, .list, .object: nil
    }
  }
}
