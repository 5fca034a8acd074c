import FeedbackStore
import PromptSearch
import Tasks
import Tensors

/// A prompt that is to be improved, with the examples for it: the same for every target and method.
struct OptimizationSubject: Sendable {
  let original: Original
  /// Which of the repeats, from 1.
  let repetition: Int
  /// Solved examples for the generator.
  let exemplars: [Example]
  /// What searches score prompts on.
  let validation: [Example]
  /// What only judges their results.
  let fresh: [Example]
  /// Why nothing of the search may be trained on; nil where all of it may.
  let keptFromTraining: String?

  /// The store's word for prompts of the user's own.
  static let userOrigin = "user"

  var task: PromptTask { original.entry.task }

  /// What the generator may know.
  var brief: TaskBrief {
    TaskBrief(
      kind: task.kind, description: task.description, labels: task.labelWords(for: original.prompt),
      required: original.prompt.required, fields: placeholders(in: original.prompt.text),
      original: original.prompt.text, partners: original.partners,
      exemplars: exemplars.map {
        TaskBrief.Exemplar(input: input(of: $0), output: expected(of: $0))
      })
  }

  /// What must not come out: nothing is held out of a search that nobody learns from.
  var heldOut: HeldOutTexts {
    keptFromTraining == nil ? original.entry.heldOut : HeldOutTexts()
  }

  /// The fields that the prompt shows; with their names where there are several.
  func input(of example: Example) -> String {
    let named = placeholders(in: original.prompt.text)
    let fields = named.isEmpty ? [task.inputField] : named
    if fields.count == 1 { return example.fields[fields[0]] ?? "" }
    var seen: Set<String> = []
    return fields.filter { seen.insert($0).inserted }
      .map { "\($0): \(example.fields[$0] ?? "")" }.joined(separator: "\n")
  }

  /// The answer that is wanted, in the prompt's own words.
  func expected(of example: Example) -> String {
    task.references(for: original.prompt, in: example).first ?? ""
  }
}

/// Draws what is optimised. Nothing depends on a target, so that targets compare.
struct OptimizationSubjects: Sendable {
  private let run: Run
  private let settings: OptimizeConfiguration
  private let scorer: PromptScorer
  private let pool: [String: [Original]]

  /// Enters the prompts of all tasks.
  ///
  /// - Parameter scorer: That of any target; it registers prompts.
  init(_ run: Run, _ settings: OptimizeConfiguration, _ scorer: PromptScorer) throws {
    (self.run, self.settings, self.scorer) = (run, settings, scorer)
    var pool: [String: [Original]] = [:]
    for entry in run.pool.tasks { pool[entry.task.name] = try scorer.originals(of: entry) }
    self.pool = pool
  }

  /// What the searches of a task begin with, one for each repeat.
  ///
  /// - Throws: `RunError.noData` where the prompt cannot be asked about any example.
  func subjects(of entry: SplitTask) throws -> [OptimizationSubject] {
    let originals = pool[entry.task.name] ?? []
    let own = try settings.prompt.map { try userPrompt($0, entry, among: originals) }
    var random = randomNumbers("prompts", entry.task)
    let drawn = originals.filter { $0.record.role == .train }.shuffled(using: &random)
    return try (0..<settings.repeats).map { index in
      let (original, reason) = own ?? (drawn[index % drawn.count], nil)
      return try subject(original, repetition: index + 1, keptFromTraining: reason)
    }
  }

  /// Exemplars and validation examples are from the train split, fresh ones from dev: those of the
  /// dataset's searches are, too, so that no example both chooses and judges.
  private func subject(
    _ original: Original, repetition: Int, keptFromTraining: String?
  ) throws -> OptimizationSubject {
    let task = original.entry.task
    var random = randomNumbers("examples \(repetition)", task)
    let train = task.examples(for: original.prompt, in: .train).shuffled(using: &random)
    let dev = task.examples(for: original.prompt, in: .dev).shuffled(using: &random)
    guard !train.isEmpty, !dev.isEmpty else {
      throw RunError.noData(
        "task '\(task.name)' has no train and dev example with all fields that the prompt names")
    }
    let exemplars = min(settings.exemplars, train.count / 4)
    return OptimizationSubject(
      original: original, repetition: repetition, exemplars: Array(train.prefix(exemplars)),
      validation: Array(train.dropFirst(exemplars).prefix(settings.validationExamples)),
      fresh: Array(dev.prefix(settings.freshExamples)), keptFromTraining: keptFromTraining)
  }

  private func randomNumbers(_ use: String, _ task: PromptTask) -> SplitMix64 {
    SplitMix64(seed: run.configuration.seed, stream: "optimize \(use) \(task.name)")
  }

  // MARK: A prompt of the user's own

  /// Enters a text that is no prompt of the task, or finds the training prompt that it is. What is
  /// nearly a training prompt is of its family, so that both are trained on, or neither.
  ///
  /// What is nearly a held-out prompt has a place of its own in the store: what is found for it must
  /// not be taken for a candidate of any other prompt.
  private func userPrompt(
    _ text: String, _ entry: SplitTask, among originals: [Original]
  ) throws -> (Original, String?) {
    if let known = originals.first(where: { $0.prompt.text == text && $0.record.role == .train }) {
      return (known, nil)
    }
    let prompt = entry.task.prompt(saying: text)
    let reason = entry.reasonToKeepFromTraining(prompt)
    let training = originals.filter { $0.record.role == .train }
    let near = NearDuplicateIndex(
      of: training.map(\.prompt.text), threshold: run.configuration.splits.nearDuplicateThreshold
    ).matches(of: text).first
    let record = PromptRecord(
      text: text,
      family: near.flatMap { reason == nil ? training[$0].record.family : nil } ?? "user \(text)",
      style: prompt.style, content: prompt.content + (reason == nil ? "" : " (not trained on)"),
      origin: OptimizationSubject.userOrigin, role: reason == nil ? .train : .dev)
    let id = try scorer.register([record], of: entry.task)[0]
    let original = Original(
      entry: entry, prompt: prompt, id: id, record: record,
      partners: reason == nil ? entry.partners(of: prompt) : [])
    return (original, reason)
  }
}

extension PromptTask {
  /// A prompt with a text of the user's own, which asks for the labels that it names: those of the
  /// first prompt of the task with the most required words in it. Where it has none of any prompt's
  /// contents, the labels are the task's.
  func prompt(saying text: String) -> Prompt {
    let words = " \(normalForm(text)) "
    let fitting = prompts.filter { prompt in
      prompt.required.allSatisfy { words.contains(" \(normalForm($0)) ") }
    }
    let most = fitting.map(\.required.count).max() ?? 0
    let model = fitting.first { $0.required.count == most }
    return Prompt(
      text: text, family: text, style: "user", content: model?.content ?? "",
      answer: model?.answer ?? Example.defaultAnswer, labels: model?.labels ?? [:],
      required: model?.required ?? [])
  }
}

extension SplitTask {
  /// Why a prompt may be improved but not trained on.
  fileprivate func reasonToKeepFromTraining(_ prompt: Prompt) -> String? {
    if heldOut.isNear(prompt.text) { return "it is nearly a prompt that is held out" }
    if heldOut.hasWording(in: prompt.text) { return "it has a wording that is held out" }
    if task.heldOut.contents.contains(prompt.content) { return "its content is held out" }
    return nil
  }
}
