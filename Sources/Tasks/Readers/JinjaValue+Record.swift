import Jinja

extension JinjaValue {
  /// The value of a record. The keys of an object come in alphabetical order, since a record does
  /// not keep their own.
  package init(_ value: RecordValue) throws(JinjaError) {
    try self.init(value, level: 0)
  }

  private init(_ value: RecordValue, level: Int) throws(JinjaError) {
    guard level < JinjaLimits.nesting else { throw .tooLarge("the nesting of a record") }
    switch value {
    case .null: self = .none
    case .bool(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .float(value)
    case .text(let text): self = try .bounded(text)
    case .list(let items):
      var elements: [JinjaValue] = []
      for item in items { elements.append(try JinjaValue(item, level: level + 1)) }
      self = try .list(elements)
    case .object(let object):
      let pairs = object.sorted { $0.key < $1.key }
      var values: [JinjaValue] = []
      for (_, item) in pairs { values.append(try JinjaValue(item, level: level + 1)) }
      self = .dictionary(
        try JinjaDictionary(keys: pairs.map { .text($0.key) }, values: values))
    }
  }
}
