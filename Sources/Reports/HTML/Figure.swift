extension HTML {
  /// A figure with its heading and what is seen in it.
  init(
    figure title: String, explanation: String, class name: String, @Builder _ content: () -> HTML
  ) {
    let content = content()
    self.init("figure", ["class": name]) {
      HTML("figcaption") {
        HTML("strong") { HTML(label: title) }
        if !explanation.isEmpty { HTML(sentence: explanation) }
      }
      content
    }
  }

  /// Which colour and dash is which curve or strip.
  init(key names: [String]) {
    self.init("ul", ["class": "key"]) {
      for (index, name) in names.enumerated() {
        HTML("li") {
          HTML("svg", ["width": "24", "height": "8", "aria-hidden": "true"]) {
            HTML("g", ["class": "curve s\(index)"]) {
              HTML("line", ["x1": "1", "x2": "23", "y1": "4", "y2": "4"])
            }
          }
          HTML(label: name)
        }
      }
    }
  }

  /// The numbers of a chart, on demand.
  init(data table: ReportTable) {
    self.init("details", ["class": "data"]) {
      HTML("summary") { "Numbers" }
      table.html
    }
  }

  /// What names mean, one sentence each; nothing where there is nothing to explain.
  init(legend entries: [(name: String, meaning: String)]) {
    guard !entries.isEmpty else {
      self.init(text: "")
      return
    }
    self.init("dl", ["class": "legend"]) {
      for entry in entries {
        HTML("div") {
          HTML("dt") { HTML(label: entry.name) }
          HTML("dd") { ClippedText(entry.meaning, limit: 600).shown }
        }
      }
    }
  }
}

/// A chart of lines, each with a name, a picture over a common axis, and a value.
struct ChartRows {
  /// Lines drawn at most.
  static let limit = 60

  let axis: Axis
  let axisLabel: String

  /// The lines between their axis and its name.
  func html(@HTML.Builder _ rows: () -> HTML) -> HTML {
    let rows = rows()
    return HTML("table", ["class": "rows"]) {
      HTML("tbody") { rows }
      HTML("tfoot") {
        HTML("tr") {
          HTML("td")
          HTML("td", ["class": "plot"]) {
            scale
            HTML("p", ["class": "axis-name x"]) { HTML(label: axisLabel) }
          }
          HTML("td")
        }
      }
    }
  }

  /// One line. The picture is as wide as there is room: what is drawn stands at percentages.
  ///
  /// - Parameter description: The picture in words; nil where its numbers stand beside it.
  func row(
    _ label: String, height: Int, description: String?, value: String, class name: String? = nil,
    @HTML.Builder _ picture: () -> HTML
  ) -> HTML {
    let picture = picture()
    return HTML("tr", ["class": name]) {
      HTML("th", ["scope": "row"]) { HTML(label: label) }
      HTML("td", ["class": "plot"]) {
        HTML(
          "svg",
          [
            "width": "100%", "height": String(height), "role": description.map { _ in "img" },
            "aria-hidden": description == nil ? "true" : nil,
          ]
        ) {
          if let description { HTML("title") { HTML(label: description) } }
          for tick in axis.ticks { Self.vertical(axis.percent(tick), 0, height, class: "grid") }
          picture
        }
      }
      HTML("td", ["class": "value"]) { value }
    }
  }

  /// A vertical line.
  static func vertical(_ x: String, _ from: Int, _ to: Int, class name: String) -> HTML {
    HTML(
      "line", ["class": name, "x1": x, "x2": x, "y1": String(from), "y2": String(to)])
  }

  private var scale: HTML {
    HTML("svg", ["width": "100%", "height": "20", "aria-hidden": "true"]) {
      for tick in axis.ticks {
        HTML("text", ["x": axis.percent(tick), "y": "14", "text-anchor": "middle"]) {
          axis.label(tick)
        }
      }
    }
  }
}
