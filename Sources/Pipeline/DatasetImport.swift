import FeedbackStore
import Foundation
import Rewriting
import Tasks

/// A user's own pairs: a file of JSON objects, one a line, or all in one list (as BPO's are).
public struct PairSource: Sendable {
  /// Names of the fields that the texts are in; where one is nil, those that are usual.
  public struct Fields: Sendable {
    /// The prompt that was rewritten; `prompt` where nil.
    public var prompt: String?
    /// The better text; where nil the first of `chosen`, `completion` and `optimized_prompt` that a
    /// record has.
    public var chosen: String?
    /// The worse text, which a record may lack; `rejected` where nil.
    public var rejected: String?

    /// Fields by their names.
    public init(prompt: String? = nil, chosen: String? = nil, rejected: String? = nil) {
      (self.prompt, self.chosen, self.rejected) = (prompt, chosen, rejected)
    }
  }

  /// The file.
  public var file: URL
  /// Name of the target that the pairs are for.
  public var target: String
  /// Name of the task; nil where they are of none.
  public var task: String?
  /// Kind of task.
  public var kind: PromptKind
  /// Where the texts are in a record.
  public var fields: Fields

  /// A source by its parts.
  public init(
    file: URL, target: String, task: String? = nil, kind: PromptKind, fields: Fields = Fields()
  ) {
    (self.file, self.target, self.task) = (file, target, task)
    (self.kind, self.fields) = (kind, fields)
  }
}

/// What an import did.
public struct ImportSummary: Codable, Equatable, Sendable {
  /// Pairs in the file.
  public var read: Int
  /// Pairs that were not stored before.
  public var stored: Int
}

extension Run {
  /// Stores a user's own pairs as a warm start for one target: all of them, or none.
  ///
  /// - Throws: `TaskError` with file, line and reason for what is no pair;
  ///   `StoreError.evaluatedText` for a text that is, or nearly is, one that is evaluated, or that
  ///   has a wording which its task (any, where it is of none) keeps out of training;
  ///   `ConfigurationError` for a target or task that the configuration does not have.
  public func importPairs(_ source: PairSource) throws -> ImportSummary {
    try configuration.checkTarget(source.target)
    if let task = source.task { try check("tasks", pool.tasks.map(\.task.name), has: task) }
    let pairs = try source.pairs()
    for pair in pairs {
      for text in [pair.prompt, pair.chosen, pair.rejected].compactMap(\.self)
      where isEvaluated(text, task: pair.task) {
        throw StoreError.evaluatedText(source: pair.source, line: pair.line)
      }
    }
    return ImportSummary(read: pairs.count, stored: try store.add(imported: pairs))
  }

  private func isEvaluated(_ text: String, task: String?) -> Bool {
    pool.tasks.contains { entry in
      entry.heldOut.isNear(text)
        || ((task ?? entry.task.name) == entry.task.name && entry.heldOut.hasWording(in: text))
    }
  }
}

extension RunConfiguration {
  /// Checks that there is a target of this name.
  ///
  /// - Throws: `ConfigurationError.invalid` with the names that there are.
  public func checkTarget(_ name: String) throws(ConfigurationError) {
    try check("targets", targets.map(\.name), has: name)
  }
}

private func check(
  _ key: String, _ names: [String], has name: String
) throws(ConfigurationError) {
  guard names.contains(name) else {
    throw .invalid(key: key, reason: "has no '\(name)', only \(names.joined(separator: ", "))")
  }
}

extension PairSource {
  /// All pairs of the file.
  ///
  /// - Throws: `TaskError` for the first record that is no pair; it is named by its line, or by its
  ///   number where the file is one list.
  package func pairs() throws(TaskError) -> [ImportedPair] {
    var lines = try LineReader(file, as: name)
    var pairs: [ImportedPair] = []
    while let line = try lines.nextWithText() {
      if pairs.isEmpty, line.text.first(where: { !$0.isWhitespace }) == "[" {
        return try pairsOfList()
      }
      let value = try RecordValue(json: line.text, file: name, line: line.number)
      pairs.append(
        try PairRecord(value, file: name, line: line.number, number: line.number).pair(self))
    }
    guard !pairs.isEmpty else { throw .empty(file: name) }
    return pairs
  }

  fileprivate var name: String { file.lastPathComponent }

  private func pairsOfList() throws(TaskError) -> [ImportedPair] {
    let json = try RecordValue(json: readText(file, as: name), file: name)
    guard case .list(let items) = json else {
      throw .malformed(file: name, line: nil, reason: "not a list of JSON objects")
    }
    guard !items.isEmpty else { throw .empty(file: name) }
    var pairs: [ImportedPair] = []
    for (index, item) in items.enumerated() {
      let place = "\(name) record \(index + 1)"
      pairs.append(try PairRecord(item, file: place, line: nil, number: index + 1).pair(self))
    }
    return pairs
  }
}

/// One JSON object of a file, with its place for messages.
private struct PairRecord {
  let values: Record
  let file: String
  let line: Int?
  let number: Int

  init(_ value: RecordValue, file: String, line: Int?, number: Int) throws(TaskError) {
    guard case .object(let values) = value else {
      throw .malformed(file: file, line: line, reason: "not a JSON object")
    }
    (self.values, self.file, self.line, self.number) = (values, file, line, number)
  }

  func pair(_ source: PairSource) throws(TaskError) -> ImportedPair {
    let prompt = try text(source.fields.prompt ?? "prompt")
    let usual = ["chosen", "completion", "optimized_prompt"]
    let chosenField = source.fields.chosen ?? usual.first { values[$0] != nil } ?? usual[0]
    let rejectedField = source.fields.rejected ?? "rejected"
    let chosen = try text(chosenField)
    let rejected = try optionalText(rejectedField)
    guard chosen != rejected else { throw malformed("both texts are the same") }
    let fields = placeholders(in: prompt).sorted()
    for (field, text) in [(chosenField, chosen), (rejectedField, rejected ?? prompt)]
    where placeholders(in: text).sorted() != fields {
      throw malformed("'\(field)' does not have the same {{placeholders}} as the prompt")
    }
    return ImportedPair(
      target: source.target, task: source.task, kind: source.kind.rawValue, prompt: prompt,
      chosen: chosen, rejected: rejected, source: source.name, line: number)
  }

  private func text(_ field: String) throws(TaskError) -> String {
    guard let text = try optionalText(field) else {
      throw .missingKey(file: file, line: line, key: field)
    }
    return text
  }

  private func optionalText(_ field: String) throws(TaskError) -> String? {
    guard let value = values[field], value != .null else { return nil }
    guard case .text(let text) = value else { throw malformed("'\(field)' must be a string") }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else { throw malformed("'\(field)' is blank") }
    return trimmed
  }

  private func malformed(_ reason: String) -> TaskError {
    .malformed(file: file, line: line, reason: reason)
  }
}
