/// The beginning of a text, and how much of it is not shown.
struct ClippedText: Equatable {
  /// What is shown.
  let shown: String
  /// Code points that are not.
  let hidden: Int

  /// The first code points of a text: a character may be a base and 100,000 accents.
  init(_ text: String, limit: Int) {
    guard text.utf8.count > limit else {
      (shown, hidden) = (text, 0)
      return
    }
    shown = String(text.unicodeScalars.prefix(limit))
    hidden = max(0, text.unicodeScalars.count - limit)
  }

  /// "… 1234 more characters"; nil where all is shown.
  var remark: String? { hidden > 0 ? "… \(countText(hidden)) more characters" : nil }
}

extension HTML {
  /// A text of a line: a name, a heading, a cell. Line ends are shown as signs; of a long text the
  /// beginning.
  init(label text: String) {
    let clipped = ClippedText(text, limit: 240)
    self.init(text: visible(clipped.shown) + (clipped.remark ?? ""))
  }

  /// A paragraph of the report's own words, which may name things of others'.
  init(sentence text: String, class name: String? = nil) {
    let clipped = ClippedText(text, limit: 2000)
    self.init("p", ["class": name]) { clipped.shown + (clipped.remark ?? "") }
  }

  /// A text with its line ends: a long one first shortened, then to 4000 code points on demand.
  init(quoting text: String) {
    let clipped = ClippedText(text, limit: 4000)
    let beginning = ClippedText(text, limit: 600)
    if beginning.hidden < 200 {
      self.init(wholeQuotation: clipped)
    } else {
      self.init {
        HTML("div", ["class": "text", "dir": "auto"]) { beginning.shown + "…" }
        HTML("details") {
          HTML("summary") { "The text at length" }
          HTML(wholeQuotation: clipped)
        }
      }
    }
  }

  private init(wholeQuotation text: ClippedText) {
    self.init {
      HTML("div", ["class": "text", "dir": "auto"]) { text.shown }
      if let remark = text.remark { HTML("p", ["class": "note"]) { remark } }
    }
  }
}
