/// Markup of a page.
///
/// Text gets into it escaped, in elements and in attributes alike, and the names of tags and
/// attributes are literals of the program: whatever a text holds, it stays text. The markup is
/// well-formed as XML too, so that tests can read its structure with a strict parser.
struct HTML: Equatable, Sendable {
  /// Names with values; those without a value are left out.
  typealias Attributes = KeyValuePairs<StaticString, String?>

  /// The markup so far.
  private(set) var markup: String

  /// An element and what is in it.
  ///
  /// - Precondition: A tag that may hold nothing (`meta`) has no content.
  init(
    _ tag: StaticString, _ attributes: Attributes = [:],
    @Builder _ content: () -> HTML = { HTML(text: "") }
  ) {
    let inner = content().markup
    markup = "<\(tag)"
    for case (let name, let value?) in attributes {
      markup += " \(name)=\"\(Self.escaped(value, inAttribute: true))\""
    }
    if Self.voidTags.contains("\(tag)") {
      precondition(inner.isEmpty, "html: <\(tag)> holds nothing")
      markup += "/>"
    } else {
      markup += ">\(inner)</\(tag)>"
    }
  }

  /// Elements and texts one after another.
  init(@Builder _ content: () -> HTML) { self = content() }

  /// A text; line ends and tabs stay, other characters that act are written out.
  init(text: String) { markup = Self.escaped(text, inAttribute: false) }

  /// A style sheet or script of the program, which is not escaped.
  ///
  /// - Precondition: It has neither `<` nor `&`, which HTML and XML read differently.
  init(source: String, of tag: StaticString) {
    precondition(
      !source.utf8.contains { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") },
      "html: a \(tag) with < or &")
    markup = "<\(tag)>\(source)</\(tag)>"
  }

  /// The page in its file, with the line that says which HTML it is.
  var document: String { "<!DOCTYPE html>\n\(markup)\n" }

  /// Adds markup.
  static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

  private static let voidTags: Set<String> = ["meta", "br", "hr"]

  /// A text in which nothing is markup, nothing acts on the reading direction, nothing is forbidden
  /// in XML (section 2.2), and no pile of accents covers the lines around it: each sixth one after
  /// another stands on a dotted circle of its own.
  private static func escaped(_ text: String, inAttribute: Bool) -> String {
    var result = String.UnicodeScalarView()
    var accents = 0
    for scalar in visible(text, onOneLine: false).unicodeScalars {
      accents = isAccent(scalar) ? accents + 1 : 0
      if accents > 0, accents.isMultiple(of: 6) { result.append("\u{25CC}") }
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n" where inAttribute: result.append(contentsOf: "&#10;".unicodeScalars)
      case "\t" where inAttribute: result.append(contentsOf: "&#9;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Puts texts and elements one after another.
  @resultBuilder
  enum Builder {
    static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildBlock(_ parts: HTML...) -> HTML { joined(parts) }
    static func buildArray(_ parts: [HTML]) -> HTML { joined(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? HTML(text: "") }
    static func buildEither(first part: HTML) -> HTML { part }
    static func buildEither(second part: HTML) -> HTML { part }

    private static func joined(_ parts: [HTML]) -> HTML {
      parts.reduce(into: HTML(text: "")) { $0 += $1 }
    }
  }
}
