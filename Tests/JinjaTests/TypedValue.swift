import Jinja

/// A value as golden files write it: `{"integer": 1}`.
struct TypedValue: Decodable {
  private enum CodingKeys: CodingKey {
    case null, bool, integer, number, text, list, object, pairs
  }

  let value: JinjaValue

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch container.allKeys.first {
    case .bool: value = .boolean(try container.decode(Bool.self, forKey: .bool))
    case .integer: value = .integer(try container.decode(Int.self, forKey: .integer))
    case .number: value = .float(try container.decode(Double.self, forKey: .number))
    case .text: value = .text(try container.decode(String.self, forKey: .text))
    case .list:
      value = try .list(container.decode([TypedValue].self, forKey: .list).map(\.value))
    case .object:
      let items = try container.decode([String: TypedValue].self, forKey: .object)
      let pairs = items.sorted { $0.key < $1.key }
      value = .dictionary(
        try JinjaDictionary(
          keys: pairs.map { .text($0.key) }, values: pairs.map(\.value.value)))
    case .pairs:
      let pairs = try container.decode([[TypedValue]].self, forKey: .pairs)
      value = .dictionary(
        try JinjaDictionary(keys: pairs.map(\.[0].value), values: pairs.map(\.[1].value)))
    case .null, nil: value = .none
    }
  }

  /// The values of a mapping by their names.
  var named: [String: JinjaValue] {
    guard case .dictionary(let dictionary) = value else { return [:] }
    return zip(dictionary.keys, dictionary.values).reduce(into: [:]) { result, pair in
      if case .text(let name) = pair.0 { result[name] = pair.1 }
    }
  }
}
