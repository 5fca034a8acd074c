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
  ///   `StoreError.evaluatedText` for a text that is, or nearly is, one that is evaluated;
  ///   `ConfigurationError` for a target or task that the configuration does not have.
  public func importPairs(_ source: PairSource) throws -> ImportSummary {
    try Self.check("targets", configuration.targets.map(\.name), has: source.target)
    if let task = source.task { try Self.check("tasks", pool.tasks.map(\.task.name), has: task) }
    let pairs = try source.pairs()
    for pair in pairs {
      for text in [pair.prompt, pair.chosen, pair.rejected].compactMap(\.self)
      where pool.tasks.contains(where: { $0.heldOut.isNear(text) }) {
        throw StoreError.evaluatedText(source: pair.source, line: pair.line)
      }
    }
    return ImportSummary(read: pairs.count, stored: try store.add(imported: pairs))
  }

  private static func check(_ key: String, _ names: [String], has name: String) throws {
    guard names.contains(name) else {
      throw ConfigurationError.invalid(
        key: key, reason: "has no '\(name)', only \(names.joined(separator: ", "))")
    }
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
      let value = try json(Data(line.text.utf8), line: line.number)
      pairs.append(
        try PairRecord(value, file: name, line: line.number, number: line.number).pair(self))
    }
    guard !pairs.isEmpty else { throw .empty(file: name) }
    return pairs
  }

  fileprivate var name: String { file.lastPathComponent }

  /// Bytes of a file that is read whole.
  private static let maximumListLength = 1 << 30

  private func pairsOfList() throws(TaskError) -> [ImportedPair] {
    guard let items = try json(try contents(), line: nil) as? [Any] else {
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

  private func contents() throws(TaskError) -> Data {
    do {
      let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= Self.maximumListLength else {
        throw TaskError.malformed(
          file: name, line: nil, reason: "a list of more than \(Self.maximumListLength) bytes")
      }
      return try Data(contentsOf: file)
    } catch let error as TaskError {
      throw error
    } catch {
      throw .unreadable(file: name, reason: error.localizedDescription)
    }
  }

  private func json(_ data: Data, line: Int?) throws(TaskError) -> Any {
    do { return try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) } catch {
      let details = (error as NSError).userInfo["NSDebugDescription"] as? String
      throw .malformed(
        file: name, line: line, reason: "not JSON" + (details.map { " (\($0))" } ?? ""))
    }
  }
}

/// One JSON object of a file, with its place for messages.
private struct PairRecord {
  let values: [String: Any]
  let file: String
  let line: Int?
  let number: Int

  init(_ value: Any, file: String, line: Int?, number: Int) throws(TaskError) {
    guard let values = value as? [String: Any] else {
      throw .malformed(file: file, line: line, reason: "not a JSON object")
    }
    (self.values, self.file, self.line, self.number) = (values, file, line, number)
  }

  func pair(_ source: PairSource) throws(TaskError) -> ImportedPair {
    let prompt = try text(source.fields.prompt ?? "prompt")
    let usual = ["chosen", "completion", "optimized_prompt"]
    let chosen = try text(source.fields.chosen ?? usual.first { values[$0] != nil } ?? usual[0])
    let rejected = try optionalText(source.fields.rejected ?? "rejected")
    guard chosen != rejected else { throw malformed("both texts are the same") }
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
    guard let value = values[field], !(value is NSNull) else { return nil }
    guard let text = value as? String else { throw malformed("'\(field)' must be a string") }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else { throw malformed("'\(field)' is blank") }
    return trimmed
  }

  private func malformed(_ reason: String) -> TaskError {
    .malformed(file: file, line: line, reason: reason)
  }
}
