import Tasks

/// What a writer of prompts may know of a task: its description, a few solved examples, and the
/// prompt that is to be improved.
public struct TaskBrief: Equatable, Sendable {
  /// An example of the task with the answer that is wanted.
  public struct Exemplar: Equatable, Sendable {
    /// The fields that the prompt shows, as "name: value" lines where there are several.
    public let input: String
    /// The wanted answer; with its chain of thought, where the task has one.
    public let output: String

    /// An exemplar.
    public init(input: String, output: String) { (self.input, self.output) = (input, output) }
  }

  /// Kind of task.
  public let kind: TaskKind
  /// What the task is, in a sentence; it may be empty.
  public let description: String
  /// Words that an answer may be, where the task has labels: those of this very prompt.
  public let labels: [String]
  /// Words that every prompt for the task must keep.
  public let required: [String]
  /// Names of the placeholders that every prompt must have, in order, each as often as it stands in
  /// the original.
  public let fields: [String]
  /// The prompt that is to be improved.
  public let original: String
  /// Other prompts for the same task and content, such as those of a pool; rules recombine them.
  public let partners: [String]
  /// Solved examples, none of which candidates are scored on.
  public let exemplars: [Exemplar]

  /// A brief by its parts.
  public init(
    kind: TaskKind, description: String, labels: [String], required: [String], fields: [String],
    original: String, partners: [String], exemplars: [Exemplar]
  ) {
    (self.kind, self.description, self.labels) = (kind, description, labels)
    (self.required, self.fields, self.original) = (required, fields, original)
    (self.partners, self.exemplars) = (partners, exemplars)
  }
}

/// An example that the target answered wrongly.
public struct FailedAnswer: Equatable, Sendable {
  /// The input, as an exemplar has it.
  public let input: String
  /// What the target answered.
  public let answer: String
  /// What was wanted.
  public let expected: String

  /// A failure by its parts.
  public init(input: String, answer: String, expected: String) {
    (self.input, self.answer, self.expected) = (input, answer, expected)
  }
}

/// A prompt with its mean score.
public struct ScoredPrompt: Codable, Equatable, Sendable {
  /// The prompt.
  public let text: String
  /// Its mean score on the validation examples, in 0...1.
  public let score: Double

  /// A scored prompt.
  public init(text: String, score: Double) { (self.text, self.score) = (text, score) }
}
