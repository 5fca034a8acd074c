/// A task put together from files that others made: which files, how to read them, and what
/// their columns and label codes mean. Part of a configuration.
public struct ImportedTask: Codable, Equatable, Sendable {
  /// A file of examples.
  public struct ExampleFile: Codable, Equatable, Sendable {
    /// Layout of the file.
    public enum Reader: String, Codable, Sendable, CaseIterable {
      /// One JSON object keyed by running number, its values flat objects (GLUE samples).
      case numberedJSON
      /// A header line, tabs, no quoting (GLUE).
      case tsv
    }

    /// Path below the data folder.
    public var path: String
    /// Layout of the file.
    public var reader: Reader
    /// The split that all its rows belong to.
    public var split: Split
    /// The task's field by column; other columns are not read.
    public var fields: [String: String]
    /// The column of the label.
    public var label: String
    /// The task's label by the file's label code, for every code that occurs.
    public var labels: [String: String]

    /// A file of examples.
    public init(
      path: String, reader: Reader, split: Split, fields: [String: String], label: String,
      labels: [String: String]
    ) {
      self.path = path
      self.reader = reader
      self.split = split
      self.fields = fields
      self.label = label
      self.labels = labels
    }
  }

  /// A file of prompts.
  public struct PromptFile: Codable, Equatable, Sendable {
    /// Layout of the file.
    public enum Reader: String, Codable, Sendable, CaseIterable {
      /// promptsource's YAML of Jinja templates.
      case promptsource
      /// One prompt a line.
      case lines
    }

    /// Path below the data folder.
    public var path: String
    /// Layout of the file.
    public var reader: Reader
    /// `promptsource`: the task's field by template variable; templates with others are skipped.
    /// `lines`: not used.
    public var fields: [String: String]
    /// `promptsource`: the task's labels in the order of the answer choices (the file's own label
    /// codes 0, 1, …).
    public var choices: [String]
    /// `lines`: sets of label words in the order of `choices`; a line asks for the first set of
    /// which it holds every word, and is skipped where it holds none.
    public var labelWords: [[String]]

    /// A file of prompts.
    public init(
      path: String, reader: Reader, fields: [String: String], choices: [String],
      labelWords: [[String]]
    ) {
      self.path = path
      self.reader = reader
      self.fields = fields
      self.choices = choices
      self.labelWords = labelWords
    }
  }

  /// Name of the task.
  public var name: String
  /// Kind of the task.
  public var kind: TaskKind
  /// How answers are scored.
  public var metric: Metric
  /// The task's labels.
  public var labels: [String]
  /// One sentence for a reader.
  public var description: String
  /// The main placeholder.
  public var inputField: String
  /// `Prompt.content` values ("bad/good") that are never trained on.
  public var heldOutContents: [String]
  /// Phrases that are never trained on.
  public var heldOutWordings: [String]
  /// Where the examples are.
  public var exampleFiles: [ExampleFile]
  /// Where the prompts are.
  public var promptFiles: [PromptFile]

  /// A task from its files.
  public init(
    name: String, kind: TaskKind, metric: Metric, labels: [String], description: String,
    inputField: String, heldOutContents: [String], heldOutWordings: [String],
    exampleFiles: [ExampleFile], promptFiles: [PromptFile]
  ) {
    self.name = name
    self.kind = kind
    self.metric = metric
    self.labels = labels
    self.description = description
    self.inputField = inputField
    self.heldOutContents = heldOutContents
    self.heldOutWordings = heldOutWordings
    self.exampleFiles = exampleFiles
    self.promptFiles = promptFiles
  }
}

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
    return
      "\(prompts.values.reduce(0, +)) prompts read, \(skippedPrompts.count) skipped\(reasons), "
      + "\(repeatedPrompts) repeated; \(examples.values.reduce(0, +)) examples, "
      + "\(overlappingExamples) overlapping ones removed"
  }
}
