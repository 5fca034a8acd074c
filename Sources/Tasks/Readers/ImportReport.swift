/// What an import took and what it left.
public struct ImportReport: Codable, Equatable, Sendable {
  /// A prompt that was not taken.
  public struct SkippedPrompt: Codable, Equatable, Sendable {
    /// Path of its file.
    public let file: String
    /// Name of the template, or "line N".
    public let name: String
    /// Why, in a few words; equal reasons have equal words.
    public let reason: String

    /// A prompt that was not taken, and why.
    public init(file: String, name: String, reason: String) {
      self.file = file
      self.name = name
      self.reason = reason
    }
  }

  /// Records read, by file.
  public internal(set) var records: [String: Int] = [:]
  /// Records left out by `only` or `take`.
  public internal(set) var unselectedRecords = 0
  /// Examples taken, by split.
  public internal(set) var examples: [String: Int] = [:]
  /// Prompts taken, by file.
  public internal(set) var prompts: [String: Int] = [:]
  /// Examples left out because a later split (train, dev, test) has the same text.
  public internal(set) var overlappingExamples = 0
  /// Prompts left out because one before has the same text and the same labels.
  public internal(set) var repeatedPrompts = 0
  /// Prompts left out for another reason.
  public internal(set) var skippedPrompts: [SkippedPrompt] = []

  /// How many prompts were skipped for each reason.
  public var skipCounts: [String: Int] {
    skippedPrompts.reduce(into: [:]) { $0[$1.reason, default: 0] += 1 }
  }
}

extension ImportReport: CustomStringConvertible {
  /// One line for a log.
  public var description: String {
    let skips = skipCounts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let reasons = skips.isEmpty ? "" : " (\(skips.joined(separator: ", ")))"
    let unselected =
      unselectedRecords == 0 ? "" : ", \(unselectedRecords) records not selected"
    return
      "\(prompts.values.reduce(0, +)) prompts read, \(skippedPrompts.count) skipped\(reasons), "
      + "\(repeatedPrompts) repeated; \(examples.values.reduce(0, +)) examples, "
      + "\(overlappingExamples) overlapping ones removed\(unselected)"
  }
}
