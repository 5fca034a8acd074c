extension ReportPage {
  /// Bytes of the sections at most: what does not fit is counted and left out.
  package static let byteLimit = 1_800_000

  /// The page as one HTML file, to be written as UTF-8: it asks no network, names no other file, and
  /// reads without its script, which only adds a switch of theme.
  public func html() -> String {
    let anchors = anchors
    var room = Self.byteLimit
    let shown = zip(sections, anchors).map { $0.html(anchor: $1, room: &room) }
    return HTML("html", ["lang": "en"]) {
      head
      HTML("body") {
        HTML("a", ["class": "skip", "href": "#content"]) { "Skip to the content" }
        HTML("div", ["class": "page"]) {
          header
          contents(anchors)
          HTML("main", ["id": "content"]) { for section in shown { section } }
          HTML("footer") { HTML(sentence: footer) }
        }
        HTML(source: PageScript.source, of: "script")
      }
    }.document
  }

  /// Nothing may be loaded or run but this page's own style and script, whatever gets into it.
  private var head: HTML {
    let policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
      + "script-src '\(PageScript.hash)'"
    return HTML("head") {
      HTML("meta", ["charset": "utf-8"])
      HTML("meta", ["http-equiv": "Content-Security-Policy", "content": policy])
      HTML("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
      HTML("meta", ["name": "referrer", "content": "no-referrer"])
      HTML("title") { HTML(label: title) }
      HTML(source: StyleSheet.source, of: "style")
    }
  }

  private var header: HTML {
    HTML("header") {
      HTML("h1") { HTML(label: title) }
      if !subtitle.isEmpty { HTML(sentence: subtitle, class: "subtitle") }
      HTML(facts: facts, class: "facts large")
    }
  }

  private func contents(_ anchors: [String]) -> HTML {
    HTML("nav", ["aria-label": "Contents"]) {
      HTML("ol") {
        for (section, anchor) in zip(sections, anchors) {
          HTML("li") { HTML("a", ["href": "#\(anchor)"]) { HTML(label: section.title) } }
        }
      }
    }
  }

  /// The sections' anchors: their ids without what an address would have to encode, told apart by
  /// numbers where they are alike.
  package var anchors: [String] {
    var used: Set<String> = ["content"]
    return sections.map { section in
      let letters = section.id.unicodeScalars.prefix(40).map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          ? Character(scalar) : "-"
      }
      let name = "s-" + String(letters)
      let anchor =
        used.contains(name)
        ? (2...).lazy.map { "\(name)-\($0)" }.first { !used.contains($0) } ?? name : name
      used.insert(anchor)
      return anchor
    }
  }
}

extension ReportSection {
  /// The section.
  ///
  /// - Parameter room: Bytes left for the page's sections.
  fileprivate func html(anchor: String, room: inout Int) -> HTML {
    var body = HTML(text: "")
    var left = 0
    for block in blocks {
      let html = block.html
      if html.markup.utf8.count <= room {
        room -= html.markup.utf8.count
        body += html
      } else {
        left += 1
      }
    }
    let (shown, hidden) = (body, left)
    return HTML("section", ["id": anchor, "aria-labelledby": anchor + "-title"]) {
      HTML("h2", ["id": anchor + "-title"]) { HTML(label: title) }
      if !lead.isEmpty { HTML(sentence: lead, class: "lead") }
      shown
      if hidden > 0 {
        ReportCallout(
          .warning, title: "Left out",
          text: "\(hidden) parts of this section would have made the page too large."
        ).html
      }
      if !notes.isEmpty {
        HTML("ul", ["class": "notes"]) { for note in notes { HTML("li") { HTML(sentence: note) } } }
      }
    }
  }
}

extension ReportBlock {
  /// What the block shows.
  var html: HTML {
    switch self {
    case .heading(let text): HTML("h3") { HTML(label: text) }
    case .text(let text): HTML(sentence: text)
    case .callout(let callout): callout.html
    case .facts(let facts): HTML(facts: facts, class: "facts")
    case .table(let table): table.html
    case .lineCharts(let charts):
      HTML("div", ["class": "multiples"]) { for chart in charts { chart.html } }
    case .intervalChart(let chart): chart.html
    case .stripChart(let chart): chart.html
    case .heatMap(let map): map.html
    case .diffs(let diffs): HTML(diffs: diffs)
    case .steps(let steps): HTML(steps: steps)
    case .quotation(let title, let text):
      HTML("figure", ["class": "quotation"]) {
        HTML("figcaption") { HTML(label: title) }
        HTML(quoting: text)
      }
    case .details(let summary, let blocks):
      HTML("details", ["class": "more"]) {
        HTML("summary") { HTML(label: summary) }
        for block in blocks { block.html }
      }
    }
  }
}

extension ReportCallout {
  fileprivate var html: HTML {
    HTML("div", ["class": "callout \(kind.rawValue)"]) {
      HTML("p") { HTML("strong") { HTML(label: title) } }
      HTML(sentence: text)
    }
  }
}

extension HTML {
  /// Numbers side by side, each with its meaning below it.
  fileprivate init(facts: [ReportFact], class name: String) {
    guard !facts.isEmpty else {
      self.init(text: "")
      return
    }
    self.init("dl", ["class": name]) {
      for fact in facts {
        HTML("div") {
          HTML("dt") { HTML(label: fact.label) }
          HTML("dd", ["class": "figure"]) { HTML(figure: fact.value) }
          if let explanation = fact.explanation {
            HTML("dd") { ClippedText(explanation, limit: 600).shown }
          }
        }
      }
    }
  }

  /// A number in large type; its interval, or what else stands in parentheses at its end, in small.
  private init(figure value: String) {
    guard value.hasSuffix(")"), let start = value.firstIndex(of: "("), start > value.startIndex
    else {
      self.init(label: value)
      return
    }
    self.init {
      HTML(label: String(value[..<start]))
      HTML("small") { HTML(label: String(value[start...])) }
    }
  }
}
