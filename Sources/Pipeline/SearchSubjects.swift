import PromptSearch
import Tasks
import Tensors

/// An original prompt of an experiment on the search, and all that is run for it.
struct SearchSubject {
  let task: PromptTask
  /// The original first.
  let prompts: [Prompt]
  /// What the searches see.
  let examples: [Example]
  /// What only judges their choices.
  let fresh: [Example]
}

/// Draws the prompts of an experiment on the search, with their candidates and examples.
struct SearchSubjects {
  private let settings: SearchQualitySettings
  private let pool: TaskPool
  private let generator: RuleBasedGenerator
  private let seed: UInt64

  init(_ configuration: RunConfiguration, _ settings: SearchQualitySettings, _ pool: TaskPool) {
    self.settings = settings
    self.pool = pool
    generator = RuleBasedGenerator(grammar: pool.grammar, config: configuration.dataset.rules)
    seed = configuration.seed
  }

  /// Training prompts of all tasks in turn, each task's in random order.
  ///
  /// - Throws: `RunError.noData` where there are too few prompts or examples.
  func drawn() throws(RunError) -> [SearchSubject] {
    let orders = pool.tasks.map { entry in
      var random = randomNumbers("prompts \(entry.task.name)")
      return entry.prompts(.train).map(\.prompt).shuffled(using: &random)
    }
    let rounds = 0..<(orders.map(\.count).max() ?? 0)
    let turns = rounds.flatMap { round in
      zip(pool.tasks, orders).compactMap { entry, order in
        round < order.count ? (entry, order[round]) : nil
      }
    }
    guard turns.count >= settings.prompts else {
      throw .noData(
        "there are \(turns.count) training prompts, but \(settings.prompts) are asked for")
    }
    var subjects: [SearchSubject] = []
    for (entry, original) in turns.prefix(settings.prompts) {
      subjects.append(try subject(entry, original))
    }
    return subjects
  }

  /// The prompts of a task share their examples, as far as these fit them.
  private func subject(
    _ entry: SplitTask, _ original: Prompt
  ) throws(RunError) -> SearchSubject {
    let task = entry.task
    var random = randomNumbers("examples \(task.name)")
    let order = task.examples.map(\.id).shuffled(using: &random)
    let usable = Dictionary(
      (task.examples(for: original, in: .train) + task.examples(for: original, in: .dev))
        .map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let examples = order.compactMap { usable[$0] }
    let needed = settings.examples + settings.fresh
    guard examples.count >= needed else {
      throw .noData(
        "task '\(task.name)' has \(examples.count) train and dev examples for a prompt, but "
          + "\(needed) are asked for")
    }
    return SearchSubject(
      task: task, prompts: [original] + candidates(for: original, in: entry),
      examples: Array(examples.prefix(settings.examples)),
      fresh: Array(examples[settings.examples..<needed]))
  }

  private func candidates(for original: Prompt, in entry: SplitTask) -> [Prompt] {
    let partners = entry.prompts(.train).map(\.prompt)
      .filter { $0.content == original.content && $0.text != original.text }.map(\.text)
    var random = randomNumbers("candidates \(entry.task.name) \(original.text)")
    return generator.candidates(
      for: original.text, count: settings.candidates, required: original.required,
      partners: partners, heldOut: entry.heldOut, using: &random
    ).candidates.map { original.reworded($0.text) }
  }

  private func randomNumbers(_ use: String) -> SplitMix64 {
    SplitMix64(seed: seed, stream: "search quality \(use)")
  }
}
