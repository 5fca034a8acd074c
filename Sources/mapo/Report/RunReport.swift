import Foundation
import Pipeline
import Reports

/// The report of a run: what its folder holds, as a page that explains every number it shows.
struct RunReport {
  let record: RunRecord

  init(_ record: RunRecord) { self.record = record }

  /// The page.
  var page: ReportPage {
    ReportPage(
      title: "Run \(configuration.name)", subtitle: subtitle, facts: headline, sections: sections,
      footer: "mapo \(record.manifest.version) · seed \(configuration.seed)")
  }

  /// What the page has to say nothing about, and why: a sentence each.
  var missing: [String] {
    var sentences: [String] = []
    if !concernsTraining {
      sentences.append("no rewriter: mapo run trains one for each target")
    } else {
      if !unfinishedStages.isEmpty { sentences.append("not finished: \(list(unfinishedStages))") }
      if isMissing(.evaluation, record.evaluation) {
        sentences.append("no evaluation: mapo evaluate makes it")
      }
    }
    if record.evaluation != nil && record.rewrites.isEmpty {
      sentences.append("no single rewrites: rewrites.jsonl has none of this run")
    }
    if isMissing(.optimization, record.optimization) {
      sentences.append("no optimisation of single prompts: mapo optimize makes it")
    }
    if isMissing(.study, record.study) {
      sentences.append("no study of the targets: mapo study makes it")
    }
    return sentences
  }

  /// Whether a part is not there; one that is there and cannot be read is no missing one.
  private func isMissing<Value>(_ part: RunRecord.Part, _ value: Value?) -> Bool {
    value == nil && !record.unreadable.contains(part)
  }

  /// Whether the folder is about rewriters: not where it holds a study or an optimisation alone.
  var concernsTraining: Bool {
    record.hasTraining
      || (isMissing(.optimization, record.optimization) && isMissing(.study, record.study))
  }

  var configuration: RunConfiguration { record.manifest.configuration }

  /// Names of the targets, in the order of the configuration.
  var targets: [String] { configuration.targets.map(\.name) }

  private var subtitle: String {
    (concernsTraining ? "Prompts rewritten for " : "Prompts on ")
      + "\(list(targets)), \(configuration.tasks.count) "
      + (configuration.tasks.count == 1 ? "task" : "tasks")
  }

  private var sections: [ReportSection] {
    [
      summarySection, concernsTraining ? evaluationSection : nil, heldOutSection, scoreSection,
      transferSection, rewriteSection, concernsTraining ? trainingSection : nil,
      optimizationSection, studySection, callSection, settingSection,
    ].compactMap(\.self)
  }

  /// Stages that have not left their mark, by name.
  var unfinishedStages: [String] {
    record.stages.filter { $0.summary == nil }.map(\.source.name)
  }
}

/// Words in a row: "amber", "amber and birch", "amber, birch and cedar".
func list(_ words: [String]) -> String {
  guard words.count > 1, let last = words.last else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

/// Rows of equal keys together, in the order in which the keys appear.
func grouped<Row, Key: Hashable>(
  _ rows: [Row], by key: (Row) -> Key
) -> [(key: Key, rows: [Row])] {
  var places: [Key: Int] = [:]
  var groups: [(key: Key, rows: [Row])] = []
  for row in rows {
    let key = key(row)
    if let place = places[key] {
      groups[place].rows.append(row)
    } else {
      places[key] = groups.count
      groups.append((key, [row]))
    }
  }
  return groups
}

extension ReportInterval {
  /// An estimate of a run.
  init(_ interval: RunRecord.Interval) {
    self.init(mean: interval.mean, low: interval.low, high: interval.high)
  }

  /// With signs, as a difference of scores is written.
  var difference: String { text(decimals: 3, signed: true) }

  /// On which side of zero it lies.
  var standing: String {
    low > 0 ? "above zero" : high < 0 ? "below zero" : "not told apart from zero"
  }
}

/// A score or a share.
func scoreCell(_ value: Double?) -> ReportTable.Cell { .number(value, decimals: 3) }

/// A difference of two scores with its interval.
func differenceCell(_ interval: RunRecord.Interval) -> ReportTable.Cell {
  .interval(ReportInterval(interval), decimals: 3, signed: true)
}
