import FeedbackStore
import PromptSearch
import Synchronization
import Tasks
import Tensors

/// All methods on one prompt for one target.
struct OptimizationSearch: Sendable {
  private let run: Run
  private let settings: OptimizeConfiguration
  private let scorer: PromptScorer
  private let subject: OptimizationSubject
  private let place: OptimizationReport.Place
  private let writer: any PromptWriter
  private let onEvent: @Sendable (OptimizationEvent) -> Void

  init(
    _ run: Run, _ settings: OptimizeConfiguration, _ scorer: PromptScorer,
    _ subject: OptimizationSubject, _ place: OptimizationReport.Place,
    _ rewriter: SharedRewriter?, _ onEvent: @escaping @Sendable (OptimizationEvent) -> Void
  ) throws {
    (self.run, self.settings, self.scorer) = (run, settings, scorer)
    (self.subject, self.place, self.onEvent) = (subject, place, onEvent)
    writer = try settings.generator.open(
      run, subject, rewriter, seed: Self.seed(run.configuration.seed, subject))
  }

  /// Draws depend on the task and the repeat alone: methods and targets are compared on the same.
  private static func seed(_ seed: UInt64, _ subject: OptimizationSubject) -> UInt64 {
    stableHash("optimize \(seed) \(subject.task.name) \(subject.repetition)")
  }

  /// Dual-Phase first, since the baselines' limits follow from its calls.
  ///
  /// - Throws: `RunError` where the budget is met, or where the target answers nothing.
  func run() async throws -> JudgedSearch {
    var judged = JudgedSearch(place, subject, run.configuration)
    for method in settings.runnableMethods {
      let limit =
        method.isBaseline
        ? settings.baselineLimit(
          dualPhaseCalls: judged.search.methods[0].outcome.targetCalls,
          examples: subject.validation.count)
        : settings.callLimit
      var outcome = try await answered { try await search(method, limit) }
      outcome.method = method.rawValue
      try await judge(outcome, limit, in: &judged)
    }
    try learn(from: judged)
    onEvent(.ended(judged.search))
    return judged
  }

  // MARK: Searching

  /// A target that answers nothing is no target with bad scores.
  private func answered(_ search: () async throws -> SearchOutcome) async throws -> SearchOutcome {
    do {
      return try await search()
    } catch let error as OptimizationError {
      let statistics = try run.store.statistics().first { $0.target == place.target }
      if statistics?.answered ?? 0 == 0 {
        let most = try run.store.failures(reasonsPerTarget: 1).first { $0.target == place.target }
        throw RunError.noAnswer(target: place.target, reason: most?.reason)
      }
      throw RunError.noData("target '\(place.target)', task '\(place.task)': \(error)")
    }
  }

  private func search(_ method: OptimizationMethod, _ limit: Int?) async throws -> SearchOutcome {
    let problem = problem(of: method, limit)
    let meter = ScoreMeter(problem, limit: limit)
    let tell: @Sendable (SearchEvent) -> Void = { [onEvent, place] event in
      onEvent(.search(place, method, event))
    }
    switch method {
    case .dualPhase, .uniform:
      var config = settings.dualPhase
      if method == .uniform { config.sampling = .uniform }
      return try await dualPhase(problem, meter: meter, config: config, onEvent: tell)
    case .bestOfRandom:
      return try await bestOfRandom(problem, meter: meter, config: settings.baselines)
    case .ape: return try await apeLike(problem, meter: meter, config: settings.baselines)
    case .opro: return try await oproLike(problem, meter: meter, config: settings.baselines)
    }
  }

  private func problem(of method: OptimizationMethod, _ limit: Int?) -> OptimizationProblem {
    let progress = BaselineProgress(examples: subject.validation.count)
    return OptimizationProblem(
      brief: subject.brief, validationCount: subject.validation.count,
      score: { prompts, examples in
        let rows = try await score(prompts, examples, origin: method.rawValue)
        if method.isBaseline, let (calls, best) = progress.add(rows, of: prompts) {
          onEvent(.scored(place, method, calls: calls, limit: limit, best: best))
        }
        return rows
      },
      failures: { prompt, examples in try failures(prompt, examples) }, writer: writer,
      limits: settings.limits, heldOut: subject.heldOut,
      seed: Self.seed(run.configuration.seed, subject))
  }

  private func score(
    _ prompts: [String], _ examples: [Int], origin: String
  ) async throws -> [[Double?]] {
    try await scorer.scores(
      items(prompts, examples.map { subject.validation[$0] }, origin: origin), purpose: .search)
  }

  private func failures(_ prompt: String, _ examples: [Int]) throws -> [FailedAnswer] {
    let failed = examples.map { subject.validation[$0] }
    guard let item = try items([prompt], failed).first else { return [] }
    return zip(failed, try scorer.answers(to: item)).compactMap { example, answer in
      answer.map {
        FailedAnswer(
          input: subject.input(of: example), answer: $0, expected: subject.expected(of: example))
      }
    }
  }

  private func items(
    _ prompts: [String], _ examples: [Example], origin: String = "optimize"
  ) throws -> [PromptScorer.Item] {
    zip(prompts, try register(prompts, origin: origin)).map { text, id in
      PromptScorer.Item(
        promptID: id, prompt: subject.original.prompt.reworded(text), task: subject.task,
        examples: examples)
    }
  }

  /// Numbers of prompts; what the original has kept from training is kept with it.
  private func register(
    _ prompts: [String], origin: String = "optimize"
  ) throws -> [Int64] {
    let original = subject.original
    return try scorer.register(
      prompts.map { text in
        PromptRecord(
          text: text, parentID: text == original.prompt.text ? nil : original.id,
          family: original.record.family, style: original.record.style,
          content: original.record.content, origin: origin, role: original.record.role)
      }, of: subject.task)
  }

  // MARK: Judging

  /// Scores the original and what was found on examples that no search saw.
  private func judge(
    _ outcome: SearchOutcome, _ limit: Int?, in judged: inout JudgedSearch
  ) async throws {
    let texts = judged.unjudged(outcome)
    let rows = try await scorer.scores(items(texts, subject.fresh), purpose: .fresh)
    guard rows.allSatisfy({ $0.contains { $0 != nil } }) else {
      throw RunError.noData(
        "target '\(place.target)', task '\(place.task)': the target answered none of the "
          + "\(subject.fresh.count) fresh examples with a prompt that \(outcome.method) found")
    }
    let result = judged.add(
      outcome, limit: limit, fresh: Dictionary(uniqueKeysWithValues: zip(texts, rows)))
    onEvent(.judged(place, result))
  }

  // MARK: Training data

  /// Everything that was scored on all validation examples and that a rewriter's guards would let
  /// pass becomes a candidate of the original, and the best found of it its optimum, unless another
  /// search found one with a higher gain. Which is best the validation examples say, so that the fresh
  /// gain is that of a choice made without it. Without a score of the original there is no gain, and no
  /// optimum.
  private func learn(from judged: JudgedSearch) throws {
    guard subject.keptFromTraining == nil else { return }
    let original = subject.original.id
    let scored = judged.search.methods.flatMap(\.outcome.scored).map(\.text)
    let ids = try register(scored.filter(isAllowed))
    try run.store.add(candidates: ids, of: original, target: scorer.targetID)
    guard let best = judged.best(where: isAllowed) else { return }
    let chosen = try register([best.prompt])[0]
    let gain = RunningMoments(judged.freshGains(of: best.prompt))
    let optimum = Optimum(
      originalID: original, chosenID: chosen, searchGain: best.gain, freshGain: gain.mean,
      freshStandardError: gain.count > 1 ? gain.standardError : 0, freshCount: gain.count)
    try run.store.record([optimum], target: scorer.targetID)
  }

  private func isAllowed(_ text: String) -> Bool {
    let original = subject.original.prompt
    return run.configuration.guards.violation(
      original: original.text, rewritten: text, required: original.required) == nil
  }
}

/// What a baseline has asked so far, and the best that it has found.
private final class BaselineProgress: Sendable {
  private struct State {
    var calls = 0
    var rows: [String: [Double?]] = [:]
    var best: Double?
  }

  private let examples: Int
  private let state = Mutex(State())

  /// - Parameter examples: After so many a prompt's score counts.
  init(examples: Int) { self.examples = examples }

  /// - Returns: nil where no prompt was scored on all examples yet.
  func add(_ rows: [[Double?]], of prompts: [String]) -> (calls: Int, best: Double)? {
    state.withLock { state in
      for (prompt, row) in zip(prompts, rows) {
        state.calls += row.count
        state.rows[prompt, default: []] += row
        let all = state.rows[prompt] ?? []
        guard all.count == examples, let mean = meanScore(all) else { continue }
        state.best = max(state.best ?? mean, mean)
      }
      return state.best.map { (state.calls, $0) }
    }
  }
}
