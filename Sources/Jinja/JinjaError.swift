/// A template that cannot be read or rendered.
package enum JinjaError: Error, Equatable, Sendable {
  /// The text is not Jinja. The line is counted from 1.
  case syntax(line: Int, reason: String)
  /// Jinja that is outside the subset, such as "filter 'tojson'".
  case unsupported(String)
  /// An operation that Python would refuse on these values.
  case invalid(String)
  /// Something is larger than a template may make it.
  case tooLarge(String)
  /// The template itself refuses the values, in its own words.
  case raised(String)
}

extension JinjaError: CustomStringConvertible {
  /// One sentence for the person who ran the command; it holds names of the template, no values.
  package var description: String {
    switch self {
    case .syntax(let line, let reason): "line \(line) of the template: \(reason)"
    case .unsupported(let construct): construct
    case .invalid(let reason): reason
    case .tooLarge(let what): "\(what) is too large"
    case .raised(let message): message
    }
  }
}

/// Bounds that keep a hostile template from using up memory, time or stack.
package enum JinjaLimits {
  /// Bytes of a template.
  static let sourceSize = 1 << 16
  /// Blocks, brackets and operators within each other, and lists within lists.
  package static let nesting = 100
  /// Bytes and items of one value, and bytes of a rendered text.
  static let valueSize = 1 << 20
  /// Items of a list whose items are compared with each other.
  static let comparedCount = 1000
  /// What one rendering may do, in the units of the costs below.
  static let work = 1 << 26
  /// Parts of a template that are rendered within each other, those of macros that call each other
  /// included.
  static let evaluationDepth = 2 * nesting
  /// A byte or an item of a value costs 1, a node of the template this, however small.
  static let nodeCost = 16
  /// One turn of a loop.
  static let turnCost = 256
  /// A byte or an item of a list that is sorted, at each level: about how often it is compared.
  static let sortCost = 16
}
