import Foundation

/// Why a run cannot go on.
public enum RunError: Error, Equatable, Sendable {
  /// A run of that name is there.
  case folderExists(String)
  /// A folder without `run.json`.
  case notARunFolder(String)
  /// A folder whose `run.json` lacks a setting of this version.
  case otherVersion(String, key: String)
  /// A resumed run has another configuration; `key` is the first line that differs.
  case configurationChanged(String, key: String)
  /// Another process is at work in the folder.
  case folderInUse(String)
  /// A file of a resumed run has changed.
  case dataChanged(String)
  /// A stage needs what an earlier one leaves.
  case stageMissing(Stage, part: String?)
  /// A file that a configuration names does not exist.
  case missingFile(String, key: String)
  /// A task folder that cannot be read.
  case unusableTask(folder: String, reason: String)
  /// A target's folder that cannot be loaded.
  case unusableTarget(name: String, reason: String)
  /// A pretrained base that cannot be loaded, or is no base.
  case unusableBase(String, reason: String)
  /// A part of the data is empty.
  case noData(String)
  /// Every call to a target failed, most of them for this reason.
  case noAnswer(target: String, reason: String? = nil)
  /// A target or generator refuses every request, or has stopped answering.
  case notAnswering(name: String, reason: String)
  /// A hard limit of the budget.
  case budgetMet(reason: String)
  /// Evaluated text in a training row.
  case leak(String)
  /// A number that a stage ends with is not finite.
  case diverged(Stage)
  /// Several steps in a row were not finite; the weights are those after step `lastGood`.
  case lost(String, skipped: Int, lastGood: Int)
  /// A sample that must not be learned from.
  case badSample(Stage, part: String?, sample: String, reason: String)
  /// An output that must not be replaced.
  case outputExists(String)
  /// A written model that does something else than the one that was to be written; it is not kept.
  case exportDiffers(String)
  /// A format that has no such numbers.
  case exportType(String, format: String)
  /// A target did not learn its diet.
  case targetTooWeak(name: String, task: String, score: Double, minimum: Double)
}

extension RunError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .folderExists(let path):
      "the run folder \(path) exists: --resume continues it, --overwrite replaces it"
    case .otherVersion(let path, let key):
      "the run in \(path) was made by another version of the program: its settings lack '\(key)'"
    case .notARunFolder(let path): "\(path) is not a run folder: it has no readable run.json"
    case .configurationChanged(let path, let key):
      "the run in \(path) has another configuration, first at '\(key)'; --resume needs the same one"
    case .folderInUse(let path): "another process is at work in the run folder \(path)"
    case .dataChanged(let path): "\(path) has changed since the run began"
    case .stageMissing(let stage, let part):
      "stage '\(stage.rawValue)'\(part.map { " of \($0)" } ?? "") is not finished; run it first"
    case .missingFile(let path, let key): "'\(key)' names \(path), which does not exist"
    case .unusableTask(let folder, let reason): "task folder \(folder): \(reason)"
    case .unusableTarget(let name, let reason): "target '\(name)': \(reason)"
    case .unusableBase(let path, let reason): "the base \(path) cannot be used: \(reason)"
    case .noData(let what): what
    case .noAnswer(let target, let reason):
      "target '\(target)' answered no call\(reason.map { " (most often: \($0))" } ?? ""); "
        + "the feedback store has the reason of each"
    case .notAnswering(let name, let reason):
      "'\(name)' does not answer: \(reason); every answer so far is kept, --resume goes on from there"
    case .budgetMet(let reason):
      "\(reason); every answer so far is kept, and --resume goes on with a larger budget, or on the "
        + "next day (UTC) where the limit is the day's"
    case .leak(let what): "evaluated data in the training set: \(what)"
    case .diverged(let stage):
      "stage '\(stage.rawValue)' diverged: its numbers are not finite; a lower learning rate helps"
    case .lost(let title, let skipped, let lastGood):
      "\(title): \(skipped) steps in a row had a loss or gradient that is not finite, so it is "
        + "given up; the last saved state, of step \(lastGood) or before, is kept; a lower learning "
        + "rate helps"
    case .badSample(let stage, let part, let sample, let reason):
      "\(stage.rawValue)\(part.map { " \($0)" } ?? ""), \(sample): \(reason)"
    case .outputExists(let path):
      "\(path) is not replaced: only what an export wrote is, and never the source itself"
    case .exportDiffers(let reason):
      "the written model is not the one that was to be written, and is not kept: \(reason)"
    case .exportType(let type, let format): "format '\(format)' has no numbers of type '\(type)'"
    case .targetTooWeak(let name, let task, let score, let minimum):
      "target '\(name)' reaches \(rounded(score)) on task '\(task)' with wordings of its diet; "
        + "\(rounded(minimum)) is needed"
    }
  }

  /// Whether the command line or configuration is at fault: exit code 2.
  public var isUsage: Bool {
    switch self {
    case .folderExists, .notARunFolder, .otherVersion, .configurationChanged, .missingFile,
      .outputExists, .exportType:
      true
    default: false
    }
  }

  /// Whether nothing more may be sent, while what has been sent is waited for.
  var stopsSending: Bool {
    switch self {
    case .budgetMet, .notAnswering: true
    default: false
    }
  }

  private func rounded(_ value: Double) -> String { String(format: "%.3f", value) }
}
