import Foundation
import PromptSearch
import Tasks

extension RunConfiguration {
  /// What `Run.optimize` would ask at most, and what that takes. Nothing is sent to a server; an
  /// embedded target whose speed is not known yet answers a few prompts.
  ///
  /// Answers that are stored already are not taken off: which prompts a search will come upon is not
  /// known before.
  ///
  /// Calls of the generator are counted whatever it is; they take time and money, and count for the
  /// budget, where it is behind a server.
  ///
  /// - Throws: As `checkOptimization`, and what is wrong with the store.
  public func planOptimization(
    _ folder: RunFolder, data: URL?, target: String? = nil, task: String? = nil,
    methods: [OptimizationMethod]? = nil
  ) async throws -> Plan {
    try checkOptimization(folder, data: data, target: target, task: task, methods: methods)
    let settings = try optimizeSettings(methods: methods)
    return try await Planner(self, folder, data: data).optimization(settings, target, task)
  }
}

extension Planner {
  fileprivate func optimization(
    _ settings: OptimizeConfiguration, _ target: String?, _ task: String?
  ) async throws -> Plan {
    let tasks = try pool.chosen(task, for: settings)
    let bounds = tasks.map { SearchBounds(settings, $0.task) }
    var (stages, assumptions) = ([Plan.Stage](), [String]())
    for source in configuration.targets where target == nil || source.name == target {
      let model = try source.isMissing ? nil : source.open(configuration.connection)
      let known = try model.flatMap { try store?.measuredCalls(fingerprint: $0.fingerprint) }
      let cost = try await callCost(source, model, known, &assumptions)
      let calls = settings.repeats * bounds.reduce(0) { $0 + $1.targetCalls }
      let written = settings.repeats * bounds.reduce(0) { $0 + $1.generatorCalls }
      let writing = writingCost(settings)
      stages.append(
        Plan.Stage(
          stage: "optimize", target: source.name, calls: calls, cachedCalls: 0,
          generatorCalls: written,
          tokens: Int(Double(calls) * cost.tokens + Double(written) * writing.tokens),
          seconds: Double(calls) * cost.seconds + Double(written) * writing.seconds,
          money: Double(calls) * cost.money + Double(written) * writing.money))
    }
    assumptions.append(
      "optimize: every search goes on to its limits; prompts are as long as those of the pool, and "
        + "requests for prompts that bring nothing new are not in the calls")
    assumptions += settings.omissions
    let gain = detectableGain(bounds.map { (settings.repeats, $0.fresh) })
    let plan = Plan(stages, detectableGain: gain, warnings: [], assumptions: assumptions)
    return Plan(
      stages, detectableGain: gain,
      warnings: try budgetWarnings(
        plan, calls: plan.calls + (settings.generator.writer == nil ? 0 : plan.generatorCalls)),
      assumptions: assumptions)
  }

  /// Tokens of a request for a prompt (O): the instruction, exemplars or failures, and a prompt.
  private static let requestTokens = 800

  private func writingCost(_ settings: OptimizeConfiguration) -> CallCost {
    guard let writer = settings.generator.writer else {
      return CallCost(tokens: 0, seconds: 0, money: 0)
    }
    let tokens = Double(Self.requestTokens + writer.maximumTokens)
    let connection = configuration.connection
    return CallCost(
      tokens: tokens,
      seconds: connection.secondsPerCall(
        tokens: tokens, latency: connection.assumedSecondsPerCall),
      money: writer.price?.cost(
        promptTokens: Self.requestTokens, outputTokens: writer.maximumTokens) ?? 0)
  }
}

/// Upper bounds of what the methods ask for one prompt.
///
/// Dual-Phase: every first prompt and the original on V, and in each trial V once more; what a
/// revision's failures cost is part of that.
private struct SearchBounds {
  let targetCalls, generatorCalls, fresh: Int

  init(_ settings: OptimizeConfiguration, _ task: PromptTask) {
    let train = task.examples.count { $0.split == .train }
    let validation = min(settings.validationExamples, train)
    fresh = min(settings.freshExamples, task.examples.count { $0.split == .dev })
    let dual = settings.dualPhase
    let trials = dual.steps * dual.trialsPerStep
    let dualCalls = min(
      settings.callLimit ?? .max, (dual.drafts + 1 + trials) * validation)
    var (target, generator, judged) = (0, 0, 1)
    for method in settings.runnableMethods {
      let limit =
        method.isBaseline
        ? settings.baselineLimit(dualPhaseCalls: dualCalls, examples: validation) : dualCalls
      target += limit
      judged += method.isBaseline ? 1 : 2
      let written =
        switch method {
        case .dualPhase, .uniform: dual.drafts + trials
        case .bestOfRandom: min(settings.baselines.randomRewrites, limit / max(1, validation))
        case .ape: limit / min(settings.baselines.ape.firstExamples, max(1, validation))
        // The last round's proposals may be more than can be scored.
        case .opro: limit / max(1, validation) + settings.baselines.opro.perRound
        }
      generator += written
    }
    (targetCalls, generatorCalls) = (target + judged * fresh, generator)
  }
}
