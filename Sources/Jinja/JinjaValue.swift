/// A value while a template is rendered, as Python has it.
package enum JinjaValue: Sendable {
  /// What an unknown name or key gives: empty text, but no operand.
  case undefined(name: String)
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case text(String)
  case sequence(JinjaSequence)
  case dictionary(JinjaDictionary)
  /// Values by name that a statement can change: Jinja's `namespace`.
  case namespace(JinjaDictionary)
  case macro(JinjaMacro)
  /// A function or a method that is not called, by what it is, such as "function 'range'".
  case function(String)
}

/// A list, or what behaves like one. Lists are values: two names never share one.
package struct JinjaSequence: Sendable {
  package enum Kind: Sendable {
    case list, tuple, range
    /// The result of `zip`, `map`, `select` or `reject`: to be gone through, not to be measured.
    case iterator
  }

  package let elements: [JinjaValue]
  package let kind: Kind
  let size: Int
  let depth: Int

  package init(_ elements: [JinjaValue], kind: Kind = .list) throws(JinjaError) {
    self.elements = elements
    self.kind = kind
    size = try checkedSize(of: elements)
    depth = try checkedDepth(above: elements)
  }
}

/// Bytes and items of all values and the whole that holds them.
func checkedSize(of values: [JinjaValue]) throws(JinjaError) -> Int {
  let size = values.reduce(1) { $0 + $1.size }
  guard size <= JinjaLimits.valueSize else { throw .tooLarge("a list") }
  return size
}

/// Levels of a whole that holds the values.
func checkedDepth(above values: [JinjaValue]) throws(JinjaError) -> Int {
  let depth = 1 + (values.lazy.map(\.depth).max() ?? 0)
  guard depth <= JinjaLimits.nesting else { throw .tooLarge("the nesting of a list") }
  return depth
}

extension JinjaValue {
  /// Bytes and items, all levels together.
  var size: Int {
    switch self {
    case .text(let text): 1 + text.utf8.count
    case .sequence(let sequence): sequence.size
    case .dictionary(let dictionary), .namespace(let dictionary): dictionary.size
    default: 1
    }
  }

  /// At most so many items are gone through by a loop over the value.
  var itemCount: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .sequence(let sequence): sequence.elements.count
    case .dictionary(let dictionary): dictionary.keys.count
    default: 0
    }
  }

  /// Levels of lists and mappings.
  var depth: Int {
    switch self {
    case .sequence(let sequence): sequence.depth
    case .dictionary(let dictionary), .namespace(let dictionary): dictionary.depth
    default: 0
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// Whether a condition takes the value for true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .text(let text): !text.isEmpty
    case .sequence(let sequence): sequence.kind == .iterator || !sequence.elements.isEmpty
    case .dictionary(let dictionary): !dictionary.keys.isEmpty
    case .namespace, .macro, .function: true
    }
  }

  /// A whole number; true and false are 1 and 0.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  /// Any number, as a float.
  var float: Double? {
    if case .float(let value) = self { value } else { integer.map { Double($0) } }
  }

  /// Python's name of the type, for errors.
  var typeName: String {
    switch self {
    case .undefined: "undefined"
    case .none: "None"
    case .boolean: "bool"
    case .integer: "int"
    case .float: "float"
    case .text: "str"
    case .sequence(let sequence): "\(sequence.kind)"
    case .dictionary: "dict"
    case .namespace: "namespace"
    case .macro: "macro"
    case .function: "function"
    }
  }

  /// What a loop goes through: items, characters or keys.
  func iterated() throws(JinjaError) -> [JinjaValue] {
    switch self {
    case .undefined: []
    case .sequence(let sequence): sequence.elements
    case .text(let text): text.unicodeScalars.map { .text(String($0)) }
    case .dictionary(let dictionary): dictionary.keys
    default: throw .invalid("a loop over \(typeName)")
    }
  }

  /// A text, unless it is too long.
  package static func bounded(_ text: String) throws(JinjaError) -> JinjaValue {
    guard text.utf8.count <= JinjaLimits.valueSize else { throw .tooLarge("a text") }
    return .text(text)
  }

  package static func list(_ elements: [JinjaValue]) throws(JinjaError) -> JinjaValue {
    .sequence(try JinjaSequence(elements))
  }
}
