/// A report as a value: what is said and in which order. `html()` makes one self-contained file of it.
///
/// Texts are shown as they are, whatever they hold: nothing in them is taken for markup.
public struct ReportPage: Equatable, Sendable {
  /// The heading of the page.
  public var title: String
  /// A line below it: what was done for whom.
  public var subtitle: String
  /// The few numbers that matter most, in large type.
  public var facts: [ReportFact]
  /// The sections in their order.
  public var sections: [ReportSection]
  /// The last line: version, seed.
  public var footer: String

  /// Describes a page.
  public init(
    title: String, subtitle: String, facts: [ReportFact], sections: [ReportSection], footer: String
  ) {
    (self.title, self.subtitle, self.facts) = (title, subtitle, facts)
    (self.sections, self.footer) = (sections, footer)
  }
}

/// A number or word with its name and, where the name is not enough, what it means.
public struct ReportFact: Equatable, Sendable {
  /// What it is.
  public var label: String
  /// The value as text.
  public var value: String
  /// A sentence in plain words.
  public var explanation: String?

  /// Names a value.
  public init(_ label: String, _ value: String, explanation: String? = nil) {
    (self.label, self.value, self.explanation) = (label, value, explanation)
  }
}

/// A part of a report under a heading, with an entry in the list of contents.
public struct ReportSection: Equatable, Sendable {
  /// The anchor; letters, digits and hyphens of it are used, and it is made unique.
  public var id: String
  /// The heading.
  public var title: String
  /// A sentence or two that say what is seen; empty for none.
  public var lead: String
  /// What is shown.
  public var blocks: [ReportBlock]
  /// How numbers were made, what is left out: in small type at the end.
  public var notes: [String]

  /// Describes a section.
  public init(
    id: String, title: String, lead: String = "", blocks: [ReportBlock], notes: [String] = []
  ) {
    (self.id, self.title, self.lead, self.blocks, self.notes) = (id, title, lead, blocks, notes)
  }
}

/// One thing that a section shows.
public enum ReportBlock: Equatable, Sendable {
  /// A heading within the section.
  case heading(String)
  /// A paragraph.
  case text(String)
  /// A sentence that should not be missed.
  case callout(ReportCallout)
  /// Numbers side by side.
  case facts([ReportFact])
  /// A table.
  case table(ReportTable)
  /// Curves, as small multiples side by side.
  case lineCharts([LineChart])
  /// Means with intervals, one a line.
  case intervalChart(IntervalChart)
  /// Distributions, one a line.
  case stripChart(StripChart)
  /// A matrix in colours.
  case heatMap(HeatMap)
  /// Two texts and what differs between them, one after another.
  case diffs([TextDiff])
  /// The trials of a search.
  case steps([SearchStep])
  /// A whole text, such as a prompt, with its line ends.
  case quotation(title: String, text: String)
  /// Blocks that are shown on demand.
  case details(summary: String, blocks: [ReportBlock])
}

/// A sentence in a box.
public struct ReportCallout: Equatable, Sendable {
  /// What kind of news it is.
  public enum Kind: String, Equatable, Sendable {
    /// Something was found.
    case good
    /// To be known.
    case neutral
    /// Something is missing, failed or weak.
    case warning
  }

  /// What kind of news it is.
  public var kind: Kind
  /// A few words.
  public var title: String
  /// The sentence.
  public var text: String

  /// Describes a box.
  public init(_ kind: Kind, title: String, text: String) {
    (self.kind, self.title, self.text) = (kind, title, text)
  }
}
