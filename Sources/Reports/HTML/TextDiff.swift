/// A text before and after, shown as one with what was removed and inserted.
public struct TextDiff: Equatable, Sendable {
  /// What it is; empty for none.
  public var title: String
  /// The texts.
  public var before, after: String
  /// Their scores and what else is known of them.
  public var facts: [ReportFact]
  /// A sentence, such as why the rewrite was not taken; empty for none.
  public var note: String

  /// Describes a change.
  public init(
    title: String, before: String, after: String, facts: [ReportFact], note: String = ""
  ) {
    (self.title, self.before, self.after, self.facts) = (title, before, after, facts)
    self.note = note
  }
}

extension TextDiff {
  /// The change with its numbers.
  var html: HTML {
    HTML("article", ["class": "change"]) {
      if !title.isEmpty { HTML("h4") { HTML(label: title) } }
      HTML(inline: facts)
      HTML(changesFrom: before, to: after)
      if !note.isEmpty { HTML(sentence: note, class: "note") }
    }
  }
}

extension HTML {
  /// Changes one after another, and what their numbers mean.
  init(diffs: [TextDiff]) {
    self.init {
      for diff in diffs { diff.html }
      HTML(legend: explanations(of: diffs.flatMap(\.facts)))
    }
  }

  /// Names and values in a line.
  init(inline facts: [ReportFact]) {
    guard !facts.isEmpty else {
      self.init(text: "")
      return
    }
    self.init("dl", ["class": "inline"]) {
      for fact in facts {
        HTML("div") {
          HTML("dt") { HTML(label: fact.label) }
          HTML("dd") { HTML(label: fact.value) }
        }
      }
    }
  }

  /// One text with what was removed from it and inserted; what stayed is shortened where it is long,
  /// and both texts follow on demand then. Only their first 20,000 code points are compared.
  init(changesFrom before: String, to after: String) {
    let (old, new) = (ClippedText(before, limit: 20_000), ClippedText(after, limit: 20_000))
    let runs = WordDiff(old.shown, new.shown).runs
    let length = runs.reduce(0) { $0 + $1.text.unicodeScalars.count }
    self.init {
      HTML("div", ["class": "text", "dir": "auto"]) {
        HTML(runs: length > 1500 ? runs.map(\.withoutMiddle) : runs, limit: 4000)
        new.remark ?? old.remark ?? ""
      }
      if length > 1500 {
        HTML("details") {
          HTML("summary") { "Both texts" }
          HTML("p", ["class": "note"]) { "Before" }
          HTML(quoting: before)
          HTML("p", ["class": "note"]) { "After" }
          HTML(quoting: after)
        }
      }
    }
  }

  private init(runs: [WordDiff.Run], limit: Int) {
    var room = limit
    var hidden = 0
    self.init(text: "")
    for run in runs {
      let clipped = ClippedText(run.text, limit: room)
      room -= min(room, run.text.unicodeScalars.count)
      hidden += clipped.hidden
      if clipped.shown.isEmpty { continue }
      switch run.kind {
      case .same: self += HTML(text: clipped.shown)
      case .removed: self += HTML(change: clipped.shown, "del")
      case .inserted: self += HTML(change: clipped.shown, "ins")
      }
    }
    if hidden > 0 { self += HTML(text: " … \(countText(hidden)) more characters") }
  }

  /// A change, its line ends seen; the space after its last word is not marked, unless it is all.
  private init(change text: String, _ tag: StaticString) {
    let spaces = text.reversed().prefix { $0 == " " }.count
    let isSpace = spaces == text.count
    self.init {
      HTML(tag) {
        (isSpace ? text : String(text.dropLast(spaces))).replacing("\n", with: "↵\n")
      }
      if !isSpace { String(repeating: " ", count: spaces) }
    }
  }
}

extension WordDiff.Run {
  /// What stayed the same, with its ends only where it is long.
  fileprivate var withoutMiddle: WordDiff.Run {
    let scalars = text.unicodeScalars
    guard kind == .same, scalars.count > 240 else { return self }
    return WordDiff.Run(
      kind: .same, text: String(scalars.prefix(100)) + " … " + String(scalars.suffix(100)))
  }
}

/// What each name means, once, in the order in which they come.
func explanations(of facts: [ReportFact]) -> [(name: String, meaning: String)] {
  var seen: Set<String> = []
  return facts.compactMap { fact in
    guard let meaning = fact.explanation, seen.insert(fact.label).inserted else { return nil }
    return (fact.label, meaning)
  }
}
