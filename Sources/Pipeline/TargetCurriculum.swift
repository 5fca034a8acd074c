import BuiltInTasks
import Foundation
import PromptSearch
import Tasks
import Tensors

/// Where embedded targets learn from: skill documents, and prompts of a diet with examples.
protocol TargetCurriculum: Sendable {
  var grammar: PromptGrammar { get }
  var tasks: [PromptTask] { get }

  /// A text with questions about it in a neutral code.
  func skill(using random: inout SplitMix64) -> (context: String, queries: [(String, String)])

  /// A prompt in the diet's wordings.
  func prompt(task: Int, diet: Diet, using random: inout SplitMix64) -> Prompt

  /// A training example that the prompt can be asked about.
  func example(task: Int, for prompt: Prompt, using random: inout SplitMix64) -> Example?
}

/// The built-in tasks: examples and wordings without end.
struct BuiltInCurriculum: TargetCurriculum {
  private let world: TaskWorld

  init(_ grammar: PromptGrammar) {
    world = TaskWorld.shipped(grammar: grammar)
  }

  var grammar: PromptGrammar { world.grammar }
  var tasks: [PromptTask] { world.tasks }

  func skill(using random: inout SplitMix64) -> (context: String, queries: [(String, String)]) {
    let document = world.skillDocument(using: &random)
    return (document.context, document.queries.map { ($0.code, $0.answer) })
  }

  func prompt(task: Int, diet: Diet, using random: inout SplitMix64) -> Prompt {
    world.freshPrompt(task: task, diet: diet, using: &random)
  }

  func example(task: Int, for prompt: Prompt, using random: inout SplitMix64) -> Example? {
    world.freshExample(task: task, using: &random)
  }
}

/// A classification task from files: its training examples, and the prompts of its pool. A diet
/// has its share of the pool, by its order, and of the wordings that the phrase book finds there.
struct ImportedCurriculum: TargetCurriculum {
  let grammar: PromptGrammar
  let tasks: [PromptTask]
  private let examples: [Example]
  /// Each set of label words that some prompt asks for: reference to word.
  private let labelSets: [[String: String]]

  init(_ task: PromptTask, grammar: PromptGrammar) {
    self.grammar = grammar
    tasks = [task]
    examples = task.examples.filter { $0.split == .train }
    var sets: [String: [String: String]] = [:]
    for prompt in task.prompts {
      sets[prompt.content] =
        prompt.labels.isEmpty
        ? Dictionary(uniqueKeysWithValues: task.labels.map { ($0, $0) }) : prompt.labels
    }
    labelSets = sets.sorted { $0.key < $1.key }.map(\.value)
  }

  func skill(using random: inout SplitMix64) -> (context: String, queries: [(String, String)]) {
    let example = examples[Int.random(in: 0..<examples.count, using: &random)]
    let reference = example.answers[Example.defaultAnswer]?.first ?? ""
    let sets = labelSets.shuffled(using: &random).prefix(2)
    return (
      example.fields[tasks[0].inputField] ?? "",
      sets.map { labels in
        ("<\(labels.values.sorted().joined(separator: "/"))>", labels[reference] ?? reference)
      }
    )
  }

  func prompt(task: Int, diet: Diet, using random: inout SplitMix64) -> Prompt {
    let prompts = tasks[task].prompts
    let index = diet.sample(Role(rawValue: "pool"), count: prompts.count, using: &random)
    return prompts[index].reworded(
      diet.reword(prompts[index].text, grammar: grammar, using: &random))
  }

  func example(task: Int, for prompt: Prompt, using random: inout SplitMix64) -> Example? {
    examples.isEmpty ? nil : examples[Int.random(in: 0..<examples.count, using: &random)]
  }
}

extension TaskWorld {
  /// The tasks as they lie in `Data/tasks`.
  public static func shipped(grammar: PromptGrammar) -> TaskWorld {
    var random = SplitMix64(seed: dataSeed)
    return TaskWorld(grammar: grammar, using: &random)
  }
}
