/// A value of a record, with the type that its file gives it.
///
/// Text formats (CSV, TSV, labelled lines) know only `text`; JSON knows all cases.
public enum RecordValue: Equatable, Sendable {
  /// JSON's `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without fraction and exponent.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A string.
  case text(String)
  /// An array, in order.
  case list([RecordValue])
  /// An object; the order of its keys is not kept.
  case object([String: RecordValue])
}

/// A row of a file: its values by column or key.
public typealias Record = [String: RecordValue]

extension RecordValue {
  /// A scalar in words: a string as it is, a number in its shortest form (a whole `number` with
  /// ".0"), "true" or "false". Nil for null, lists and objects.
  public var text: String? {
    switch self {
    case .text(let text): text
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .null, .list, .object: nil
    }
  }

  /// The value of an object's key; nil where this is no object or has no such key.
  public subscript(key: String) -> RecordValue? {
    guard case .object(let values) = self else { return nil }
    return values[key]
  }

  /// The item of a list, from 0; nil where this is no list or has no such item.
  public subscript(index: Int) -> RecordValue? {
    guard case .list(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }
}
