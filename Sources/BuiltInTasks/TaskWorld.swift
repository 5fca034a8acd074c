import Foundation
import PromptSearch
import Tasks

/// The built-in tasks: two of each kind, with prompts in many styles, made from a seed.
///
/// The same generators give fresh examples, prompts and skill documents for training the embedded
/// target models; none of these has a text of the dev or test examples.
public struct TaskWorld: Sendable {
  /// How many examples each task has.
  public static let exampleCounts: [Split: Int] = [.train: 700, .dev: 250, .test: 300]
  /// The seed of the files in `Data/tasks`.
  public static let dataSeed: UInt64 = 2023

  /// The tasks: sentiment, topic, question, lookup, headline, listing.
  public let tasks: [PromptTask]
  /// Takes prompts apart.
  public let grammar: PromptGrammar
  let sources: [any TaskGrammar] = [
    SentimentGrammar(), TopicGrammar(), QuestionGrammar(), LookupGrammar(), HeadlineGrammar(),
    ListingGrammar(),
  ]
  /// Main inputs of all dev and test examples.
  private let evaluationTexts: Set<String>
  /// Contents of each task with their plain prompt, taken apart.
  private let contents: [[(content: TaskContent, form: PromptForm)]]

  /// Makes the tasks. The same phrase book and the same generator give the same tasks.
  public init(
    grammar: PromptGrammar, using generator: inout some RandomNumberGenerator
  ) {
    self.grammar = grammar
    var tasks: [PromptTask] = []
    for source in sources {
      tasks.append(source.task(grammar: grammar, using: &generator))
    }
    self.tasks = tasks
    evaluationTexts = Set(
      tasks.flatMap { task in
        task.examples.filter { $0.split != .train }.compactMap { $0.fields[task.inputField] }
      })
    contents = sources.map { $0.contents.map { ($0, grammar.parse($0.prompt)) } }
  }

  /// Writes every task to a folder of its name in `folder`.
  public func write(to folder: URL) throws {
    for task in tasks { try task.write(to: folder.appending(path: task.name)) }
  }

  /// A training example of a task, made anew: its input is that of no dev or test example.
  /// - Precondition: `task` is an index of `tasks`.
  public func freshExample(
    task: Int, using generator: inout some RandomNumberGenerator
  ) -> Example {
    var sample = sources[task].sample(using: &generator)
    while isForEvaluation(sample.fields[tasks[task].inputField]) {
      sample = sources[task].sample(using: &generator)
    }
    return Example(id: "fresh", split: .train, fields: sample.fields, answers: sample.answers)
  }

  /// A prompt of a task in the wordings of a diet, with any of its contents, held-out ones among
  /// them: the target has to know what it will be asked. (A diet of exponent 0 and share 1 gives
  /// every wording alike.)
  /// - Precondition: `task` is an index of `tasks`.
  public func freshPrompt(
    task: Int, diet: Diet, using generator: inout some RandomNumberGenerator
  ) -> Prompt {
    let (content, plain) = generator.element(of: contents[task])
    var form = plain
    form.reword(by: grammar) { role, count in
      diet.sample(role, count: count, using: &generator)
    }
    return Prompt(
      text: grammar.render(form), family: "fresh", style: grammar.style(of: form),
      content: content.name, answer: content.answer, labels: content.labels,
      required: content.required)
  }

  /// Whether a dev or test example has this input.
  func isForEvaluation(_ text: String?) -> Bool {
    text.map(evaluationTexts.contains) ?? false
  }
}

extension TaskGrammar {
  /// The task with its examples and prompts.
  fileprivate func task(
    grammar: PromptGrammar, using generator: inout some RandomNumberGenerator
  ) -> PromptTask {
    let examples = examples(using: &generator)
    let prompts = PromptPool(grammar: grammar, task: self).prompts(using: &generator)
    return PromptTask(
      name: name, kind: kind, metric: metric, labels: labels, description: description,
      inputField: inputField, heldOut: heldOut, examples: examples, prompts: prompts)
  }

  /// Examples of all splits; no input occurs twice. All are drawn before they are dealt out, so
  /// that the splits are alike where short inputs run out.
  private func examples(using generator: inout some RandomNumberGenerator) -> [Example] {
    let counts = Split.allCases.map { ($0, TaskWorld.exampleCounts[$0] ?? 0) }
    let total = counts.map(\.1).reduce(0, +)
    var seen: Set<String> = []
    var samples: [Sample] = []
    while samples.count < total {
      let sample = sample(using: &generator)
      if let text = sample.fields[inputField], seen.insert(text).inserted {
        samples.append(sample)
      }
    }
    var rest = generator.shuffled(samples)[...]
    return counts.flatMap { split, count in
      let part = rest.prefix(count)
      rest = rest.dropFirst(count)
      return part.enumerated().map { number, sample in
        Example(
          id: "\(split.rawValue)-\(number + 1)", split: split, fields: sample.fields,
          answers: sample.answers)
      }
    }
  }
}
