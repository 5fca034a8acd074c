import FeedbackStore
import Foundation
import PromptSearch
import TargetModels
import Tasks

extension RunConfiguration {
  /// What the run in `folder` still has to ask, and what that takes. Nothing is sent to a server; an
  /// embedded target whose speed is not known yet answers a few prompts.
  ///
  /// - Throws: What is wrong with configuration, data or store.
  public func plan(_ folder: RunFolder, data: URL?) async throws -> Plan {
    try validate()
    _ = try openBase()
    return try await Planner(self, folder, data: data).plan()
  }
}

/// Counts calls as the stages will make them.
struct Planner {
  let configuration: RunConfiguration
  let folder: RunFolder
  let pool: TaskPool
  let store: FeedbackStore?

  init(_ configuration: RunConfiguration, _ folder: RunFolder, data: URL?) throws {
    (self.configuration, self.folder) = (configuration, folder)
    pool = try TaskPool(configuration, data: data)
    let isThere = FileManager.default.fileExists(atPath: folder.storeFile.path)
    store = isThere ? try FeedbackStore(at: folder.storeFile, create: false) : nil
  }

  func plan() async throws -> Plan {
    var (stages, assumptions) = ([Plan.Stage](), [String]())
    for source in configuration.targets {
      let target = try source.isMissing ? nil : source.open(configuration.connection)
      let known = try target.flatMap { try store?.measuredCalls(fingerprint: $0.fingerprint) }
      let cost = try await callCost(source, target, known, &assumptions)
      for (stage, purposes, calls) in needs(of: source) {
        let answered = purposes.reduce(0) { $0 + (known?.answered[$1] ?? 0) }
        let isFinished = isFinished(stage, of: source)
        let cached = isFinished ? answered : min(answered, calls)
        let sent = isFinished ? 0 : calls - cached
        let written = stage == .dataset && !isFinished ? try generatorCalls(of: source) : 0
        stages.append(
          Plan.Stage(
            stage: stage.rawValue, target: source.name, calls: sent, cachedCalls: cached,
            generatorCalls: written,
            tokens: Int(Double(sent) * cost.tokens) + written * writerTokens,
            seconds: Double(sent) * cost.seconds + writerSeconds(written),
            money: Double(sent) * cost.money + writerMoney(written)))
      }
    }
    assumptions += otherRewards
    let gain = detectableGain(evaluatedTasks)
    let plan = Plan(stages, detectableGain: gain, warnings: [], assumptions: assumptions)
    return Plan(
      stages, detectableGain: gain, warnings: try warnings(plan), assumptions: assumptions)
  }

  private func isFinished(_ stage: Stage, of source: TargetSource) -> Bool {
    let parts: [String?] =
      switch stage {
      case .dataset: [source.name]
      case .rl: [source.name] + (configuration.evaluation.control ? [source.name + "-control"] : [])
      default: [nil]
      }
    return parts.allSatisfy { folder.summary(stage, $0) != nil }
  }

  /// Sources of rewards that are not the target: what they cost is not known here.
  private var otherRewards: [String] {
    let ppo = configuration.rl.ppo
    let rollouts = ppo.updates * ppo.promptsPerUpdate * ppo.samplesPerPrompt
    return configuration.rl.reward.enumerated().compactMap { index, source in
      switch source.source {
      case .model, .measured: nil
      case .executable, .http, .closure:
        "\(source.name(at: index)): scores up to \(rollouts) rewrites of each rewriter, "
          + "which are not in calls, time and money"
      }
    }
  }

  // MARK: Calls

  /// Upper bounds of the calls of each stage that asks the target, with the purposes of its rows.
  private func needs(of source: TargetSource) -> [(Stage, [FeedbackPurpose], Int)] {
    var needs: [(Stage, [FeedbackPurpose], Int)] = [
      (.dataset, [.search, .fresh], datasetCalls),
      (.evaluation, [.evaluation], evaluationCalls),
    ]
    let rl = configuration.rl
    if rl.measuredExamples > 0 {
      // Each original is measured beside its rewrites.
      let prompts = rl.ppo.updates * rl.ppo.promptsPerUpdate * (rl.ppo.samplesPerPrompt + 1)
      let rewriters = configuration.evaluation.control ? 2 : 1
      needs.insert((.rl, [.reward], prompts * rl.measuredExamples * rewriters), at: 1)
    }
    return needs
  }

  /// Races of all originals, and the fresh examples of their results: the chosen prompt and each
  /// original that it stands for.
  private var datasetCalls: Int {
    let dataset = configuration.dataset
    return originals.reduce(0) { sum, original in
      let (entry, prompt) = original
      let searched = entry.task.examples(for: prompt, in: .train).count
      let fresh = min(
        dataset.freshExamples, entry.task.examples(for: prompt, in: .dev).count)
      let rounds = dataset.search.rounds(candidates: dataset.candidates, examples: searched)
      return sum + rounds.reduce(0) { $0 + $1.calls } + (2 + dataset.derivedOriginals) * fresh
    }
  }

  /// Held-out prompts by every method, and the leaders of the training set once more.
  private var evaluationCalls: Int {
    let methods = 5 + configuration.targets.count - 1 + (configuration.evaluation.control ? 1 : 0)
    return zip(pool.tasks, evaluatedTasks).reduce(0) { sum, task in
      let contents = Set(task.0.prompts(.train).map(\.prompt.content)).count
      return sum + task.1.prompts * task.1.examples * methods
        + (1 + contents) * BestTrainingPrompts.leaders * BestTrainingPrompts.examples
    }
  }

  private var evaluatedTasks: [(prompts: Int, examples: Int)] {
    let split = configuration.evaluation.split.split
    return pool.tasks.map { entry in
      let examples = entry.task.examples.filter { $0.split == split }.count
      return (
        entry.split.indices(in: split).count, min(examples, configuration.evaluation.examples)
      )
    }
  }

  private var originals: [(SplitTask, Prompt)] {
    pool.tasks.flatMap { entry in entry.prompts(.train).map { (entry, $0.prompt) } }
  }

  // MARK: What a call takes

  /// What one call takes.
  struct CallCost {
    var tokens, seconds, money: Double
  }

  /// From what was measured, where enough was; else an embedded target is tried, and a server's
  /// tokens and time are assumed.
  func callCost(
    _ source: TargetSource, _ target: (any TargetModel)?, _ known: MeasuredCalls?,
    _ assumptions: inout [String]
  ) async throws -> CallCost {
    if let known, known.count >= 100 {
      assumptions.append("\(source.name): tokens and time as in \(known.count) stored answers")
      return cost(
        source, prompt: known.promptTokens, output: known.outputTokens, latency: known.seconds)
    }
    let sample = sampleRequests()
    if source.server == nil, let target {
      let answers = await target.complete(sample).compactMap { try? $0.get() }
      guard !answers.isEmpty else { throw RunError.noAnswer(target: source.name) }
      let count = Double(answers.count)
      assumptions.append("\(source.name): tokens and time as in \(answers.count) answers now")
      return cost(
        source, prompt: Double(answers.reduce(0) { $0 + $1.promptTokens }) / count,
        output: Double(answers.reduce(0) { $0 + $1.outputTokens }) / count,
        latency: answers.reduce(0) { $0 + $1.latencySeconds } / count)
    }
    let bytes = sample.reduce(0) { $0 + $1.prefix.utf8.count + $1.rest.utf8.count }
    let latency = configuration.connection.assumedSecondsPerCall
    assumptions.append(
      "\(source.name): a token for four bytes, \(configuration.maximumAnswerTokens) tokens for each "
        + "answer, \(latency) seconds for each call: nothing was measured yet")
    return cost(
      source, prompt: Double(bytes) / 4 / Double(max(1, sample.count)),
      output: Double(configuration.maximumAnswerTokens), latency: latency)
  }

  private func cost(
    _ source: TargetSource, prompt: Double, output: Double, latency: Double
  ) -> CallCost {
    let seconds =
      source.server == nil
      ? latency : configuration.connection.secondsPerCall(tokens: prompt + output, latency: latency)
    let price = source.price ?? Price(inputPerMillion: 0, outputPerMillion: 0)
    return CallCost(
      tokens: prompt + output, seconds: seconds,
      money: (prompt * price.inputPerMillion + output * price.outputPerMillion) / 1_000_000)
  }

  /// A few prompts of every task with an example each.
  private func sampleRequests() -> [CompletionRequest] {
    pool.tasks.flatMap { entry in
      entry.prompts(.train).prefix(16).flatMap { prompt, _ in
        entry.task.examples(for: prompt, in: .train).prefix(2).map { example in
          let text = entry.task.rendered(prompt, for: example)
          return CompletionRequest(
            prefix: text.prefix, rest: text.rest,
            sampling: Sampling(maximumTokens: configuration.maximumAnswerTokens))
        }
      }
    }
  }

  // MARK: The writer

  private func generatorCalls(of source: TargetSource) throws -> Int {
    // The first target's dataset pays; the candidates of the others are the same.
    guard let writer = configuration.dataset.writer, source == configuration.targets.first else {
      return 0
    }
    let model = try writer.model.open(configuration.connection)
    let fingerprint = writer.model.fingerprint(of: model, seed: configuration.seed)
    let stored = try store?.storedGenerations(generator: fingerprint) ?? 0
    return max(0, originals.count * writer.requests.maximumRequests - stored)
  }

  private var writerTokens: Int {
    guard let writer = configuration.dataset.writer else { return 0 }
    return writerPromptTokens + writer.maximumTokens
  }

  /// The instruction and the original.
  private var writerPromptTokens: Int {
    let bytes = originals.reduce(0) { $0 + $1.1.text.utf8.count } / max(1, originals.count)
    return 250 + bytes / 4
  }

  private func writerSeconds(_ calls: Int) -> Double {
    let connection = configuration.connection
    return Double(calls)
      * connection.secondsPerCall(
        tokens: Double(writerTokens), latency: connection.assumedSecondsPerCall)
  }

  private func writerMoney(_ calls: Int) -> Double {
    guard let writer = configuration.dataset.writer, let price = writer.price else { return 0 }
    return Double(calls)
      * price.cost(promptTokens: writerPromptTokens, outputTokens: writer.maximumTokens)
  }

  // MARK: Warnings

  private func warnings(_ plan: Plan) throws -> [String] {
    var warnings: [String] = []
    if plan.detectableGain > 0.1 {
      warnings.append(
        "the evaluation cannot tell a mean gain below \(points(plan.detectableGain)) points from "
          + "chance: it needs more held-out prompts or evaluation.examples")
    }
    let single = singleDetectableGain(examples: configuration.dataset.freshExamples)
    if single > 0.25 {
      warnings.append(
        "the gain of a single rewrite below \(points(single)) points cannot be told from chance, "
          + "only the mean of many: that would need more dataset.freshExamples")
    }
    return warnings + (try budgetWarnings(plan, calls: plan.calls + plan.generatorCalls))
  }

  /// What the rest of the run needs beside what is left of each budget.
  ///
  /// - Parameter calls: Those of its calls that count for the budget.
  func budgetWarnings(_ plan: Plan, calls: Int) throws -> [String] {
    let budget = configuration.budget
    let (ofRun, ofDay) = try spent()
    let needs = Spending(
      calls: calls, tokens: plan.tokens, cost: plan.money)
    let limits: [(String, Double?, Double, Double)] = [
      ("calls", budget.callsPerRun.map(Double.init), Double(ofRun.calls), Double(needs.calls)),
      ("tokens", budget.tokensPerRun.map(Double.init), Double(ofRun.tokens), Double(needs.tokens)),
      ("money", budget.moneyPerRun, ofRun.cost, needs.cost),
      (
        "calls a day", budget.callsPerDay.map(Double.init), Double(ofDay.calls), Double(needs.calls)
      ),
      (
        "tokens a day", budget.tokensPerDay.map(Double.init), Double(ofDay.tokens),
        Double(needs.tokens)
      ),
      ("money a day", budget.moneyPerDay, ofDay.cost, needs.cost),
    ]
    return limits.compactMap { what, limit, spent, needed in
      guard let limit, spent + needed > limit else { return nil }
      return
        "of the budget of \(format(limit)) for \(what), \(format(max(0, limit - spent))) are left, "
        + "and up to \(format(needed)) may be needed: the run would stop on the way, and go on later"
    }
  }

  private func spent() throws -> (run: Spending, day: Spending) {
    let none = Spending(calls: 0)
    guard let store else { return (none, none) }
    let hash = try configuration.identityHash()
    let run = try store.run(
      named: configuration.name, seed: configuration.seed, configHash: hash)
    return (try run.map(store.spending(run:)) ?? none, try store.spending(day: Date()))
  }

  private func points(_ gain: Double) -> String { String(format: "%.1f", gain * 100) }

  private func format(_ value: Double) -> String {
    String(format: value == value.rounded() ? "%.0f" : "%.2f", value)
  }
}

extension ConnectionConfiguration {
  /// Time between two answers when all requests in flight are busy, or when a rate limit holds.
  func secondsPerCall(tokens: Double, latency: Double) -> Double {
    var seconds = latency / Double(requests.requestsInFlight)
    if let perMinute = requests.requestsPerMinute { seconds = max(seconds, 60 / Double(perMinute)) }
    if let perMinute = requests.tokensPerMinute {
      seconds = max(seconds, 60 * tokens / Double(perMinute))
    }
    return seconds
  }
}
