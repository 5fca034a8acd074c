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
    var sentences = unfinishedStages.isEmpty ? [] : ["not finished: \(list(unfinishedStages))"]
    if record.evaluation == nil { sentences.append("no evaluation: mapo evaluate makes it") }
    if record.evaluation != nil && record.rewrites.isEmpty {
      sentences.append("no single rewrites: the evaluation left no rewrites.jsonl")
    }
    if record.optimization == nil {
      sentences.append("no optimisation of single prompts: mapo optimize makes it")
    }
    if record.study == nil { sentences.append("no study of the targets: mapo study makes it") }
    return sentences
  }

  var configuration: RunConfiguration { record.manifest.configuration }

  /// Names of the targets, in the order of the configuration.
  var targets: [String] { configuration.targets.map(\.name) }

  private var subtitle: String {
    "Prompts rewritten for \(list(targets)), on \(configuration.tasks.count) "
      + (configuration.tasks.count == 1 ? "task" : "tasks")
  }

  private var sections: [ReportSection] {
    [
      summarySection, evaluationSection, heldOutSection, scoreSection, transferSection,
      rewriteSection, trainingSection, optimizationSection, studySection, callSection,
      settingSection,
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
