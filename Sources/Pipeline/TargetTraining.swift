import Alignment
import Foundation
import LanguageModels
import NeuralNetworks
import PromptSearch
import TargetModels
import Tasks
import Tensors
import Tokenizers

/// Trains embedded target models from scratch: skills once, then a diet for each.
public struct TargetTraining: Sendable {
  let configuration: TargetConfiguration
  let observer: RunObserver
  let curriculum: any TargetCurriculum
  private let work: URL
  private let resume: Bool

  /// - Parameters:
  ///   - work: Folder for what is only needed while training; kept so that a killed training
  ///     continues with the next target.
  ///   - data: Folder of the files that the tasks read, where they do.
  ///   - resume: Whether finished parts are used again.
  /// - Throws: What is wrong with the configuration or its files.
  public init(
    _ configuration: TargetConfiguration, work: URL, data: URL?, resume: Bool,
    observer: RunObserver
  ) throws {
    try configuration.validate()
    _ = try MatrixKernels.chosen()  // a missing library is known before anything is written
    let grammar = PromptGrammar(try readPhrasebook(configuration.phrasebook))
    if let files = configuration.files {
      guard let data else {
        throw ConfigurationError.invalid(
          key: "files", reason: "needs the folder of the files: --data FOLDER")
      }
      let (task, report) = try files.load(root: data)
      observer.logger.info("task \(task.name): \(report)")
      curriculum = ImportedCurriculum(task, grammar: grammar)
    } else {
      curriculum = BuiltInCurriculum(grammar)
    }
    self.configuration = configuration
    self.observer = observer
    self.work = work
    self.resume = resume
    let names = curriculum.tasks.map(\.name)
    let weights = configuration.taskWeights ?? [:]
    if let unknown = weights.keys.sorted().first(where: { !names.contains($0) }) {
      throw ConfigurationError.invalid(
        key: "taskWeights.\(unknown)",
        reason: "is no task; there are \(names.joined(separator: ", "))")
    }
    guard names.contains(where: { weights[$0] ?? 1 > 0 }) else {
      throw ConfigurationError.invalid(key: "taskWeights", reason: "leaves no task to learn")
    }
  }

  /// Trains every target that is not finished and compares them.
  ///
  /// - Throws: `RunError.targetTooWeak` where one has not learned its diet; it is not written then.
  ///   `RunError.configurationChanged` where parts of another configuration would be used again.
  public func run() async throws -> TargetComparison {
    try noteConfiguration()
    let skills = try await trainSkills()
    for source in configuration.targets {
      let folder = output(of: source)
      if resume, FileManager.default.fileExists(atPath: folder.path) {
        observer.logger.info("target \(source.name): finished before")
        continue
      }
      try await trainDiet(source, from: skills, to: folder)
    }
    let comparison = try await compare()
    try removeStates()
    return comparison
  }

  /// States of unfinished phases.
  private var states: URL { work.appendingPathComponent("state") }

  private func removeStates() throws {
    guard FileManager.default.fileExists(atPath: states.path) else { return }
    try FileManager.default.removeItem(at: states)
  }

  /// Keeps the configuration with the parts that it made, and lets no other continue them.
  private func noteConfiguration() throws {
    let file = work.appendingPathComponent("configuration.json")
    if resume, let data = try? Data(contentsOf: file) {
      let old = try JSONDecoder().decode(TargetConfiguration.self, from: data)
      if old != configuration {
        throw RunError.configurationChanged(
          work.path, key: try ConfigurationLoader.firstDifference(old, configuration))
      }
    }
    if !resume { try removeStates() }
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    try Data(ConfigurationLoader.resolvedJSON(configuration).utf8).write(to: file, options: .atomic)
  }

  private func output(of source: TargetConfiguration.DietSource) -> URL {
    URL(fileURLWithPath: configuration.output).appendingPathComponent(source.name)
  }

  // MARK: Skills

  private func trainSkills() async throws -> ModelFolder {
    let folder = work.appendingPathComponent("skills")
    if FileManager.default.fileExists(atPath: folder.path) {
      if resume { return try ModelFolder(contentsOf: folder) }
      try FileManager.default.removeItem(at: folder)  // of another training
    }
    let tokenizer = trainTokenizer()
    let format = try AnswerFormat(tokenizer)
    var random = SplitMix64(seed: configuration.seed, stream: "target weights")
    let model = Transformer(
      configuration.model.shape(vocabularySize: tokenizer.vocabularySize), random: &random)
    model.recomputesLayers = configuration.model.recompute
    try await train(
      model, configuration.skills, label: "skills",
      random: SplitMix64(seed: configuration.seed, stream: "skills")
    ) { random in
      let (context, queries) = curriculum.skill(using: &random)
      return format.skill(context, queries, limit: model.configuration.maximumLength)
    }
    let contents = ModelFolder(model: model, tokenizer: tokenizer)
    try contents.write(to: folder)
    return contents
  }

  /// Learns from prompts in all wordings and from skill documents.
  private func trainTokenizer() -> Tokenizer {
    var random = SplitMix64(seed: configuration.seed, stream: "tokenizer")
    let everything = Diet(seed: 0, reversed: false, exponent: 0, share: 1)
    var texts: [String] = []
    for _ in 0..<3000 {
      let task = Int.random(in: 0..<curriculum.tasks.count, using: &random)
      let prompt = curriculum.prompt(task: task, diet: everything, using: &random)
      if let example = curriculum.example(task: task, for: prompt, using: &random) {
        let text = curriculum.tasks[task].rendered(prompt, for: example)
        texts.append(text.prefix + text.rest)
      }
      let skill = curriculum.skill(using: &random)
      texts.append(
        ([skill.context] + skill.queries.flatMap { [$0.0, $0.1] }).joined(separator: " "))
    }
    return Tokenizer.train(
      on: texts, vocabularySize: configuration.model.vocabularySize,
      specialTokens: SpecialToken.all)
  }

  private struct Notes: Codable {
    var random: SplitMix64
    var loss = RunningMean(memory: 0.98)
  }

  /// Trains on an endless series of samples, whose generator is its cursor.
  private func train(
    _ model: Transformer, _ phase: TargetConfiguration.PhaseConfiguration, label: String,
    random: SplitMix64, next: (inout SplitMix64) -> SequenceExample?
  ) async throws {
    let trainer = SupervisedTrainer(
      model,
      config: SupervisedConfig(
        batchSize: phase.batchSize, examplesPerPass: phase.batchSize,
        schedule: phase.rate.schedule(steps: phase.steps),
        optimizer: configuration.optimizer, dropout: phase.dropout, averaging: .tokens),
      seed: configuration.seed)
    var data = TrainingDataHash()
    var first = random
    data.combine((0..<64).compactMap { _ in next(&first) })
    let loop = TrainingLoop<SupervisedTrainer, Notes>(
      MetricSource(.targets, label), trainer,
      stateIn: states.appendingPathComponent(label), identity: try identity(data),
      checkpointSeconds: Self.checkpointSeconds, observer: observer)
    _ = try await loop.run(phase.steps, notes: Notes(random: random)) { step, notes in
      let batch = (0..<phase.batchSize).compactMap { _ in next(&notes.random) }
      guard !batch.isEmpty else { return .taken }
      let statistics = trainer.step(batch)
      notes.loss.add(statistics.loss)
      observer.report(label, step + 1, of: phase.steps, "loss \(notes.loss)")
      return statistics.isSkipped ? .skipped : .taken
    }
  }

  /// A state of other settings, or whose first samples were others, is not continued.
  private func identity(_ data: TrainingDataHash) throws -> String {
    let hash = stableHash(try ConfigurationLoader.resolvedJSON(configuration))
    return [String(hash, radix: 16), data.text, Run.version].joined(separator: " ")
  }

  /// Losing half a minute is no harm.
  private static let checkpointSeconds = 30.0

  // MARK: Diets

  private func diet(of source: TargetConfiguration.DietSource) -> Diet {
    Diet(
      seed: source.dietSeed, reversed: source.reversed, exponent: configuration.exponent,
      share: configuration.share)
  }

  private func trainDiet(
    _ source: TargetConfiguration.DietSource, from skills: ModelFolder, to folder: URL
  ) async throws {
    let model = skills.model.copy()
    let format = try AnswerFormat(skills.tokenizer)
    let diet = diet(of: source)
    try await train(
      model, configuration.diet, label: "diet of \(source.name)",
      random: SplitMix64(seed: configuration.seed, stream: "diet \(source.name)")
    ) { random in
      let task = drawTask(using: &random)
      let prompt = curriculum.prompt(task: task, diet: diet, using: &random)
      guard let example = curriculum.example(task: task, for: prompt, using: &random) else {
        return nil
      }
      let text = curriculum.tasks[task].rendered(prompt, for: example)
      let answer = curriculum.tasks[task].references(for: prompt, in: example).first ?? ""
      return format.prompt(
        text.prefix + text.rest, answer: answer, limit: model.configuration.maximumLength)
    }
    let storage = Safetensors.StorageType(rawValue: configuration.storage) ?? .float32
    let staged = work.appendingPathComponent(source.name)
    try ModelFolder(model: model, tokenizer: skills.tokenizer).write(to: staged, as: storage)
    try await checkDiet(source, staged)
    // Written anew rather than moved: the work folder may be on another disk.
    try FileManager.default.createDirectory(
      at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    try ModelFolder(contentsOf: staged).write(to: folder, as: storage)
  }

  private func drawTask(using random: inout SplitMix64) -> Int {
    let weights = curriculum.tasks.map { configuration.taskWeights?[$0.name] ?? 1 }
    var point = Double.random(in: 0..<1, using: &random) * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      point -= weight
      if point < 0 { return index }
    }
    return weights.count - 1
  }

  /// Every task, on held-out examples, with new prompts in the diet's wordings.
  private func checkDiet(_ source: TargetConfiguration.DietSource, _ folder: URL) async throws {
    let target = try EmbeddedTarget(name: source.name, folder: folder)
    var random = SplitMix64(seed: configuration.seed, stream: "check \(source.name)")
    var lines: [String] = []
    var weakest: (task: String, score: Double)?
    for (index, task) in curriculum.tasks.enumerated() {
      let examples = task.examples.filter { $0.split == .dev }
      let questions = examples.prefix(200).map { example in
        (curriculum.prompt(task: index, diet: diet(of: source), using: &random), example)
      }
      let scores = try await ask(target, task, questions).compactMap(\.self)
      let mean = RunningMoments(scores).mean
      lines.append("\(task.name) \(String(format: "%.2f", mean))")
      if mean < weakest?.score ?? .infinity { weakest = (task.name, mean) }
    }
    observer.logger.info("target \(source.name) in its diet: \(lines.joined(separator: ", "))")
    if let weakest, weakest.score < configuration.minimumScore {
      throw RunError.targetTooWeak(
        name: source.name, task: weakest.task, score: weakest.score,
        minimum: configuration.minimumScore)
    }
  }

  /// The target's score on each question; nil where the call failed.
  func ask(
    _ target: EmbeddedTarget, _ task: PromptTask, _ questions: [(Prompt, Example)]
  ) async throws -> [Double?] {
    try Task.checkCancellation()
    let requests = questions.map { prompt, example in
      let text = task.rendered(prompt, for: example)
      return CompletionRequest(
        prefix: text.prefix, rest: text.rest,
        sampling: Sampling(maximumTokens: configuration.maximumAnswerTokens))
    }
    let answers = await target.complete(requests)
    return zip(questions, answers).map { question, answer in
      guard case .success(let completion) = answer else { return nil }
      return task.metric.score(
        completion.text, references: task.references(for: question.0, in: question.1))
    }
  }

  // MARK: Comparison

  /// How the targets answer the prompts of the pool, on examples that nobody trained on.
  private func compare() async throws -> TargetComparison {
    var scores: [String: [[[Double?]]]] = [:]
    for source in configuration.targets {
      let target = try EmbeddedTarget(name: source.name, folder: output(of: source))
      for (index, task) in curriculum.tasks.enumerated() {
        let examples = task.examples.filter { $0.split == .dev }.prefix(configuration.studyExamples)
        var rows: [[Double?]] = []
        for prompt in task.prompts {
          rows.append(try await ask(target, task, examples.map { (prompt, $0) }))
        }
        scores[source.name, default: []].append(rows)
        observer.report("comparing \(source.name)", index + 1, of: curriculum.tasks.count)
      }
    }
    return TargetComparison(
      targets: configuration.targets.map(\.name), tasks: curriculum.tasks, scores: scores)
  }
}

/// How a target reads and answers: text, the answer token, the answer, the end token.
private struct AnswerFormat {
  private let tokenizer: Tokenizer
  private let answerToken, endToken: Int32

  init(_ tokenizer: Tokenizer) throws {
    guard let answer = tokenizer.id(ofSpecial: SpecialToken.answer),
      let end = tokenizer.id(ofSpecial: SpecialToken.end)
    else { throw RunError.noData("the target's tokenizer lacks its special tokens") }
    self.tokenizer = tokenizer
    (answerToken, endToken) = (answer, end)
  }

  /// nil where it does not fit into the model.
  func prompt(_ text: String, answer: String, limit: Int) -> SequenceExample? {
    let prompt = tokenizer.encode(text) + [answerToken]
    let response = tokenizer.encode(answer) + [endToken]
    guard prompt.count + response.count <= limit else { return nil }
    return SequenceExample(prompt: prompt, response: response)
  }

  /// A text and several questions, of which only the answers are learned; nil where it does not
  /// fit.
  func skill(_ context: String, _ queries: [(String, String)], limit: Int) -> SequenceExample? {
    guard let first = queries.first else { return nil }
    let prompt = tokenizer.encode(context + " " + first.0) + [answerToken]
    var response = tokenizer.encode(first.1) + [endToken]
    var isTarget = [Bool](repeating: true, count: response.count)
    for (code, answer) in queries.dropFirst() {
      let question = tokenizer.encode(" " + code) + [answerToken]
      let reply = tokenizer.encode(answer) + [endToken]
      response += question + reply
      isTarget += [Bool](repeating: false, count: question.count)
      isTarget += [Bool](repeating: true, count: reply.count)
    }
    guard prompt.count + response.count <= limit else { return nil }
    return SequenceExample(prompt: prompt, response: response, isTarget: isTarget)
  }
}
