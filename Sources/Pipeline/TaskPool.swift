import FeedbackStore
import Foundation
import PromptSearch
import Rewriting
import Tasks

/// A task with its prompts split, and what is held out of training.
package struct SplitTask: Sendable {
  package let task: PromptTask
  package let split: PromptSplit
  /// What no candidate and no training text may hold.
  package let heldOut: HeldOutTexts

  package init(task: PromptTask, split: PromptSplit, heldOut: HeldOutTexts) {
    (self.task, self.split, self.heldOut) = (task, split, heldOut)
  }

  /// Prompts of one role, with the reason for those that are held out.
  package func prompts(_ role: Split) -> [(prompt: Prompt, heldOut: HeldOutKind?)] {
    split.indices(in: role).map { (task.prompts[$0], split.assignments[$0].heldOut) }
  }

  var kind: PromptKind { PromptKind(rawValue: task.kind.rawValue) ?? .generation }
}

/// All tasks of a run.
package struct TaskPool: Sendable {
  package let tasks: [SplitTask]
  let grammar: PromptGrammar
  /// Hash of what was read, by path.
  let dataHashes: [String: String]
  /// What was taken and left of each imported task, a line each.
  let importNotes: [String]

  /// Reads and splits the tasks of a configuration.
  ///
  /// - Throws: `TaskError`, `PhrasebookError`, or `RunError` where something is missing, unusable or
  ///   empty.
  init(_ configuration: RunConfiguration, data: URL?) throws {
    grammar = PromptGrammar(try readPhrasebook(configuration.phrasebook))
    var tasks: [SplitTask] = []
    var notes: [String] = []
    var hashes = [
      configuration.phrasebook: try hashText(of: URL(fileURLWithPath: configuration.phrasebook))
    ]
    for (index, source) in configuration.tasks.enumerated() {
      let (task, report) = try Self.read(source, key: "tasks.\(index)", data: data)
      guard !tasks.contains(where: { $0.task.name == task.name }) else {
        throw ConfigurationError.invalid(
          key: "tasks.\(index)", reason: "is a second task named '\(task.name)'")
      }
      hashes["task \(task.name)"] = try Self.hash(of: task)
      tasks.append(
        try Self.divide(task, configuration.splits, evaluated: configuration.evaluation.split.split)
      )
      if let report { notes.append("task \(task.name): \(report)") }
    }
    self.tasks = tasks
    dataHashes = hashes
    importNotes = notes
  }

  private static func read(
    _ source: TaskSource, key: String, data: URL?
  ) throws -> (PromptTask, ImportReport?) {
    if let folder = source.folder {
      guard FileManager.default.fileExists(atPath: folder) else {
        throw RunError.missingFile(folder, key: "\(key).folder")
      }
      do {
        return (try PromptTask(contentsOf: URL(fileURLWithPath: folder)), nil)
      } catch {
        throw RunError.unusableTask(folder: folder, reason: "\(error)")
      }
    }
    guard let files = source.files else {
      throw ConfigurationError.invalid(key: key, reason: "needs either 'folder' or 'files'")
    }
    guard let data else {
      throw ConfigurationError.invalid(
        key: "\(key).files", reason: "needs the folder of the files: --data FOLDER")
    }
    let (task, report) = try files.load(root: data)
    return (task, report)
  }

  private static func divide(
    _ task: PromptTask, _ splits: SplitConfiguration, evaluated: Split
  ) throws -> SplitTask {
    let split = PromptSplit(
      of: task, fractions: SplitFractions(train: splits.train, dev: splits.dev), salt: task.name,
      threshold: splits.nearDuplicateThreshold)
    for role in [.train, evaluated] where split.indices(in: role).isEmpty {
      throw RunError.noData(
        "task '\(task.name)' has no \(role.rawValue) prompt: it needs more prompt families")
    }
    for role in Split.allCases where !task.examples.contains(where: { $0.split == role }) {
      throw RunError.noData("task '\(task.name)' has no \(role.rawValue) example")
    }
    let evaluated = NearDuplicateIndex(
      of: (split.indices(in: .test) + split.indices(in: .dev)).map { task.prompts[$0].text },
      threshold: splits.nearDuplicateThreshold)
    return SplitTask(
      task: task, split: split,
      heldOut: HeldOutTexts(wordings: task.heldOut.wordings) { evaluated.contains($0) })
  }

  /// Covers all that decides splits and scores: the store's cache relies on it.
  private static func hash(of task: PromptTask) throws -> String {
    var parts = ["\(task.kind)", "\(task.metric)", task.inputField]
    parts.append(try ConfigurationLoader.resolvedJSON(task.extraction))
    parts += task.labels + [row] + task.heldOut.contents + [row] + task.heldOut.wordings
    for example in task.examples {
      parts += [row, example.id, "\(example.split)"]
      for (name, value) in sorted(example.fields) { parts += [name, value] }
      for (name, references) in sorted(example.answers) { parts += [row, name] + references }
    }
    for prompt in task.prompts {
      parts += [row, prompt.text, prompt.family, prompt.content, prompt.answer]
      for (label, word) in sorted(prompt.labels) { parts += [label, word] }
      parts += [row] + prompt.required
    }
    return String(stableHash(parts.joined(separator: "\u{1F}")), radix: 16)
  }

  /// Stands before each row of what is hashed, so that no value can pass for one of the next.
  private static let row = "\u{1E}"

  private static func sorted<Value>(
    _ values: [String: Value]
  ) -> [(key: String, value: Value)] { values.sorted { $0.key < $1.key } }
}

/// Reads the phrase book that a configuration names.
///
/// - Throws: `RunError.missingFile`, `PhrasebookError`.
func readPhrasebook(_ path: String) throws -> Phrasebook {
  guard FileManager.default.fileExists(atPath: path) else {
    throw RunError.missingFile(path, key: "phrasebook")
  }
  return try Phrasebook(contentsOf: URL(fileURLWithPath: path))
}

/// Hash of a file's bytes.
///
/// - Throws: `RunError.missingFile`.
func hashText(of file: URL) throws -> String {
  guard let data = try? Data(contentsOf: file) else {
    throw RunError.missingFile(file.relativePath, key: "phrasebook")
  }
  return String(stableHash(String(decoding: data, as: UTF8.self)), radix: 16)
}

extension Prompt {
  /// The same request in other words: everything but the text stays.
  func reworded(_ text: String) -> Prompt {
    Prompt(
      text: text, family: family, style: style, content: content, answer: answer, labels: labels,
      required: required)
  }
}
