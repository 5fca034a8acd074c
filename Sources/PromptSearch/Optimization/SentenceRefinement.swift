/// Phase 2 of Dual-Phase: the prompt as it is, and how it came to be.
struct SentenceRefinement {
  /// The prompt as it is.
  private(set) var prompt: ValidatedPrompt
  /// The prompt's writer.
  private(set) var writer: CheckedWriter
  /// Accepted steps.
  private(set) var steps = 0
  /// All trials, in order.
  private(set) var trials: [SearchTrial] = []
  private let problem: OptimizationProblem
  private let meter: ScoreMeter
  private let config: DualPhaseConfig
  private let onTrial: @Sendable (SearchTrial) -> Void
  private var sentences: PromptSentences
  private var weights: SentenceWeights

  /// A phase that begins with the prompt `first`.
  init(
    problem: OptimizationProblem, meter: ScoreMeter, config: DualPhaseConfig,
    onTrial: @escaping @Sendable (SearchTrial) -> Void, writer: CheckedWriter,
    first: ValidatedPrompt
  ) {
    (self.problem, self.meter, self.config) = (problem, meter, config)
    (self.onTrial, self.writer, prompt) = (onTrial, writer, first)
    sentences = PromptSentences(first.text)
    weights = SentenceWeights(sentences, config: config)
  }

  /// Steps until there is no failure left, or nothing more to try.
  mutating func run() async throws -> SearchOutcome.Ending {
    while !failures.isEmpty {
      if steps == config.steps { return .stepLimit }
      if let ending = try await step() { return ending }
    }
    return .noFailures
  }

  /// F: the validation examples that the prompt fails.
  private var failures: [Int] {
    problem.validation.filter { prompt.scores[$0].map { $0 < config.failureBelow } ?? false }
  }

  /// Trials until one is accepted.
  ///
  /// - Returns: Why there are no more, where none was.
  private mutating func step() async throws -> SearchOutcome.Ending? {
    var left = Set(sentences.editable)
    var part = sampled(from: left, after: nil)
    var revisions = 0
    for number in 1...config.trialsPerStep {
      guard let tried = part else { return .nothingToRevise }
      guard await meter.pays(for: problem.validationCount) else { return .budget }
      revisions += 1
      let verdict = try await attempt(tried, number)
      if verdict == .accepted { return nil }
      if verdict == .belowGate, revisions < config.trialsPerSentence { continue }
      // Rules that have nothing to say of a sentence have said it all; a language model's next
      // answer is another draw.
      if verdict == .nothingWritten, !problem.writer.followsInstructions { left.remove(tried) }
      (part, revisions) = (sampled(from: left, after: tried), 0)
    }
    return part == nil ? .nothingToRevise : .trialLimit
  }

  /// One of the parts that are left, the last one tried only where it is the only one; nil where none
  /// is left.
  private func sampled(from left: Set<Int>, after last: Int?) -> Int? {
    if left.isEmpty { return nil }
    let others = left.filter { $0 != last }
    var numbers = HashedNumbers(seed: problem.seed, "sentence", "\(writer.calls)")
    return weights.sample(from: others.isEmpty ? left : others, using: &numbers)
  }

  /// One trial: a revision of a part, judged and noted.
  private mutating func attempt(_ part: Int, _ number: Int) async throws -> SearchTrial.Verdict {
    let request = SentenceRevision(
      brief: problem.brief, prompt: sentences, index: part, failures: try await shownFailures())
    var trial = SearchTrial(
      step: steps + 1, trial: number, part: part, probability: weights.probability(of: part),
      before: sentences.parts[part].text, failures: failures.count, currentScore: prompt.score,
      neededGain: neededGain)
    switch try await writer.write(.revision(request)) {
    case .nothing: trial.verdict = .nothingWritten
    case .refused(let text, let reason):
      trial.show(PromptSentences(text), insteadOf: sentences)
      (trial.verdict, trial.refusal) = (.refused, reason)
    case .prompt(let text):
      trial.show(PromptSentences(text), insteadOf: sentences)
      try await judge(text, &trial)
    }
    trial.sentences = sentences.editable.map { sentences.parts[$0].text }
    trial.weights = weights.weights
    (trial.generatorCalls, trial.targetCalls) = (writer.calls, await meter.calls)
    trials.append(trial)
    onTrial(trial)
    return trial.verdict
  }

  /// Failures that the writer is shown: as many as allowed, drawn anew for each trial (O).
  private func shownFailures() async throws -> [FailedAnswer] {
    let failures = failures
    var numbers = HashedNumbers(seed: problem.seed, "failures", "\(writer.calls)")
    let shown = numbers.sample(min(config.failuresShown, failures.count), of: failures).sorted()
    return shown.isEmpty ? [] : try await problem.failures(prompt.text, shown)
  }

  /// Gate, acceptance and update of the weights, equations 7–9.
  private mutating func judge(_ text: String, _ trial: inout SearchTrial) async throws {
    trial.verdict = .notScored
    guard let onFailures = meanScore(try await scores(of: text, on: failures)) else { return }
    trial.failureScore = onFailures
    trial.verdict = .belowGate
    if onFailures < config.failureGate - scoreTolerance { return }
    trial.verdict = .notScored
    let scores = try await scores(of: text, on: problem.validation)
    guard let revised = ValidatedPrompt(text, scores),
      let gain = meanGain(scores, over: prompt.scores)
    else { return }
    (trial.validationScore, trial.gain) = (revised.score, gain)
    trial.verdict = isEnough(gain, trial.neededGain) ? .accepted : .belowGain
    if trial.verdict == .accepted || config.updatesOnRejection {
      weights.update(
        trial.part, reward: config.alpha * revised.score + (1 - config.alpha) * onFailures)
    }
    if trial.verdict == .accepted { accept(revised, part: trial.part) }
  }

  /// The gain that a revision needs (eq. 8): 0 where any strict gain is enough.
  private var neededGain: Double {
    prompt.score >= 1 - config.minimumGain - scoreTolerance ? 0 : config.minimumGain
  }

  private func isEnough(_ gain: Double, _ needed: Double) -> Bool {
    needed > 0 ? gain >= needed - scoreTolerance : gain > scoreTolerance
  }

  private mutating func accept(_ revised: ValidatedPrompt, part: Int) {
    steps += 1
    prompt = revised
    sentences = PromptSentences(revised.text)
    weights = weights.carried(to: sentences, edited: part)
  }

  private func scores(of text: String, on examples: [Int]) async throws -> [Double?] {
    guard let rows = try await meter.scores(of: [text], on: examples) else {
      preconditionFailure("dualPhase: another search uses up the meter")
    }
    return rows[0]
  }
}

extension SearchTrial {
  /// A trial that nothing has come of yet.
  fileprivate init(
    step: Int, trial: Int, part: Int, probability: Double, before: String, failures: Int,
    currentScore: Double, neededGain: Double
  ) {
    self.init(
      step: step, trial: trial, part: part, probability: probability, before: before, after: "",
      prompt: "", failures: failures, currentScore: currentScore,
      neededGain: neededGain, verdict: .nothingWritten, sentences: [], weights: [],
      generatorCalls: 0, targetCalls: 0)
  }

  /// Notes the revised prompt, and what of it is another text than before.
  fileprivate mutating func show(_ revised: PromptSentences, insteadOf earlier: PromptSentences) {
    prompt = revised.text
    let (old, new) = (earlier.parts.map(\.text), revised.parts.map(\.text))
    let start = zip(old, new).prefix { $0 == $1 }.count
    let end = zip(old.dropFirst(start).reversed(), new.dropFirst(start).reversed())
      .prefix { $0 == $1 }.count
    before = old[start..<(old.count - end)].joined(separator: " ")
    after = new[start..<(new.count - end)].joined(separator: " ")
  }
}
