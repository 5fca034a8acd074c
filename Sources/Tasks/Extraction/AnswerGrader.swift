/// What an answer is worth, and what was taken for the answer.
public struct Grade: Equatable, Sendable {
  /// By the task's metric, in 0...1; 0 where there is no answer.
  public let score: Double
  /// The answer as it was compared, a label in the prompt's spelling; nil where there is none.
  public let extracted: String?

  /// A grade.
  public init(score: Double, extracted: String?) {
    self.score = score
    self.extracted = extracted
  }

  /// Whether an answer was found. Texts without one count, with score 0; they are told apart
  /// so that a target that answers badly is not taken for one that answers in another form.
  public var isAnswered: Bool { extracted != nil }
}

/// Grades the answers to one prompt.
public struct AnswerGrader: Sendable {
  /// The task that the answers are for.
  public let task: PromptTask
  /// The prompt that asked for them.
  public let prompt: Prompt
  private let labels: LabelWords?

  /// Prepares to grade answers to `prompt`.
  public init(task: PromptTask, prompt: Prompt) {
    self.task = task
    self.prompt = prompt
    let words = task.labelWords(for: prompt)
    let needsWords = task.metric.comparesLabels || task.extraction.looksForMentions
    labels = words.isEmpty || !needsWords ? nil : LabelWords(words)
  }

  /// Takes the answer out of `text` as the task says, and scores it on `example`.
  public func grade(_ text: String, on example: Example) -> Grade {
    guard let answer = task.extraction.answer(in: text, labels: labels) else {
      return Grade(score: 0, extracted: nil)
    }
    let references = task.references(for: prompt, in: example)
    return Grade(score: task.metric.score(answer, references: references), extracted: answer)
  }
}

extension PromptTask {
  /// The words that `prompt` asks for, one for each label; empty where it does not ask for a label.
  public func labelWords(for prompt: Prompt) -> [String] {
    guard kind == .classification, prompt.answer == Example.defaultAnswer else { return [] }
    return labels.map { prompt.labels[$0] ?? $0 }
  }

  /// Grades one answer; for many to the same prompt, keep an `AnswerGrader`.
  public func grade(_ text: String, prompt: Prompt, example: Example) -> Grade {
    AnswerGrader(task: self, prompt: prompt).grade(text, on: example)
  }
}
