import Foundation
import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of a page and their attributes' names, as a strict parser of XML sees them.
final class PageStructure: NSObject, XMLParserDelegate {
  /// "<p class>", "</p>", … in their order.
  private(set) var marks: [String] = []
  /// All attributes: element, name, value.
  private(set) var attributes: [(element: String, name: String, value: String)] = []
  /// The text outside of style and script.
  private(set) var text = ""
  /// What the parser did not like.
  private(set) var error: String?
  private var isSource = false

  /// Reads a page.
  init(_ html: String) {
    super.init()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = self
    if !parser.parse() {
      let reason = parser.parserError.map { "\($0)" } ?? ""
      error = "line \(parser.lineNumber): \(reason)"
    }
  }

  /// Whether another page has the same elements with attributes of the same names.
  func isLike(_ html: String) -> Bool { marks == PageStructure(html).marks }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    let names = attributes.keys.sorted()
    marks.append("<" + ([element] + names).joined(separator: " ") + ">")
    self.attributes += names.map { (element, $0, attributes[$0] ?? "") }
    isSource = element == "style" || element == "script"
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    marks.append("</\(element)>")
    isSource = false
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if !isSource { text += characters }
  }
}
