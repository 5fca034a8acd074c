/// A task put together from files that others made: which files, how to read them, and what
/// their columns and label codes mean. Part of a configuration.
public struct ImportedTask: Codable, Equatable, Sendable {
  /// Name of the task.
  public var name: String
  /// Kind of the task.
  public var kind: TaskKind
  /// How answers are scored.
  public var metric: Metric
  /// What in a free text counts as the answer; the whole text where nil.
  public var extraction: AnswerExtraction?
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
    name: String, kind: TaskKind, metric: Metric, extraction: AnswerExtraction? = nil,
    labels: [String], description: String, inputField: String, heldOutContents: [String],
    heldOutWordings: [String], exampleFiles: [ExampleFile], promptFiles: [PromptFile]
  ) {
    self.name = name
    self.kind = kind
    self.metric = metric
    self.extraction = extraction
    self.labels = labels
    self.description = description
    self.inputField = inputField
    self.heldOutContents = heldOutContents
    self.heldOutWordings = heldOutWordings
    self.exampleFiles = exampleFiles
    self.promptFiles = promptFiles
  }
}
