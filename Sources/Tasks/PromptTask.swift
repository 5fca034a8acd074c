/// Prompts and wordings that are kept out of training whatever their family.
public struct HeldOut: Sendable, Equatable {
  /// Values of `Prompt.content` that are never trained on.
  public let contents: [String]
  /// Phrases; a prompt that holds one (any case, at word boundaries) is never trained on.
  public let wordings: [String]

  /// Holds out these contents and phrases.
  public init(contents: [String] = [], wordings: [String] = []) {
    self.contents = contents
    self.wordings = wordings
  }
}

/// A task: labelled examples, a metric, and prompts that ask for the answers.
///
/// (`Task` is Swift's unit of concurrency, hence the longer name.)
public struct PromptTask: Sendable, Equatable {
  /// Unique within a run.
  public let name: String
  /// Classification, question answering or generation.
  public let kind: TaskKind
  /// How an answer is scored.
  public let metric: Metric
  /// What in a target's text counts as its answer.
  public let extraction: AnswerExtraction
  /// The labels of a classification task, as the examples have them; empty for other kinds.
  public let labels: [String]
  /// One sentence for a reader.
  public let description: String
  /// The main placeholder, such as "text": appended to prompts that have no placeholder.
  public let inputField: String
  /// What is kept out of training whatever its family.
  public let heldOut: HeldOut
  /// All examples of all splits.
  public let examples: [Example]
  /// All prompts of all splits.
  public let prompts: [Prompt]

  /// A task from its parts. `validate()` says whether they fit together.
  public init(
    name: String, kind: TaskKind, metric: Metric, extraction: AnswerExtraction = .whole,
    labels: [String], description: String, inputField: String, heldOut: HeldOut = HeldOut(),
    examples: [Example], prompts: [Prompt]
  ) {
    self.name = name
    self.kind = kind
    self.metric = metric
    self.extraction = extraction
    self.labels = labels
    self.description = description
    self.inputField = inputField
    self.heldOut = heldOut
    self.examples = examples
    self.prompts = prompts
  }

  /// The answers that `prompt` accepts for `example`: the references of `prompt.answer`, each in
  /// the prompt's own label words. Empty where the example has no such answer.
  public func references(for prompt: Prompt, in example: Example) -> [String] {
    (example.answers[prompt.answer] ?? []).map { prompt.labels[$0] ?? $0 }
  }

  /// The examples of `split` that `prompt` can be scored on: those with all fields it names and
  /// with a reference for the answer it asks for.
  public func examples(for prompt: Prompt, in split: Split) -> [Example] {
    let needed = neededFields(of: prompt)
    return examples.filter { example in
      example.split == split && needed.allSatisfy { example.fields[$0] != nil }
        && example.answers[prompt.answer]?.isEmpty == false
    }
  }

  /// The fields that rendering `prompt` reads.
  func neededFields(of prompt: Prompt) -> [String] {
    let named = placeholders(in: prompt.text)
    return named.isEmpty ? [inputField] : named
  }
}
