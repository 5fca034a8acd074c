import Tasks
import Tensors

/// What the study asks about one task: the same prompts and examples for every target.
struct StudyTask: Sendable {
  let entry: SplitTask
  /// Numbers of the prompts in the pool, ascending.
  let numbers: [Int]
  /// The chosen examples, in the order of the columns of the scores.
  let examples: [Example]
  private let split: Split

  /// Draws prompts and examples; the same by the same seed, whatever was drawn for other tasks.
  init(_ entry: SplitTask, _ settings: StudyConfiguration, seed: UInt64) {
    self.entry = entry
    split = settings.split.split
    var random = SplitMix64(seed: seed, stream: "study \(split.rawValue) \(entry.task.name)")
    examples = Array(
      entry.task.examples.filter { [split] in $0.split == split }.shuffled(using: &random)
        .prefix(settings.examples))
    let contents = Dictionary(grouping: entry.task.prompts.indices) {
      entry.task.prompts[$0].content
    }
    numbers = contents.sorted { $0.key < $1.key }.flatMap { content in
      content.value.shuffled(using: &random).prefix(settings.promptsPerContent ?? .max)
    }.sorted()
  }

  /// The prompts.
  var prompts: [Prompt] { numbers.map { entry.task.prompts[$0] } }

  /// Which of the examples each prompt can be asked about.
  var isAskable: [[Bool]] {
    prompts.map { prompt in
      let known = Set(entry.task.examples(for: prompt, in: split).map(\.id))
      return examples.map { known.contains($0.id) }
    }
  }
}
