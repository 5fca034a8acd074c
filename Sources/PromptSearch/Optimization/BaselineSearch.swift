/// What the searches that Dual-Phase is compared with have in common: they begin with the original
/// prompt, ask a writer for others, and return the best on all validation examples, the earliest
/// where several are.
struct BaselineSearch {
  let problem: OptimizationProblem
  let meter: ScoreMeter
  let config: BaselineConfig
  /// The best so far.
  private(set) var best: ValidatedPrompt
  private let original: ValidatedPrompt
  private var writer: CheckedWriter
  private var steps = 0

  /// Scores the original.
  /// - Throws: `OptimizationError` where it cannot be scored.
  /// - Precondition: The settings have no problem.
  init(_ problem: OptimizationProblem, _ meter: ScoreMeter, _ config: BaselineConfig) async throws {
    if let fault = config.problem { preconditionFailure("BaselineConfig: \(fault)") }
    (self.problem, self.meter, self.config) = (problem, meter, config)
    writer = CheckedWriter(problem)
    let text = problem.brief.original
    guard let rows = try await meter.scores(of: [text], on: problem.validation) else {
      throw OptimizationError.limitBelowOnePrompt(
        limit: meter.limit ?? 0, examples: problem.validationCount)
    }
    guard let original = ValidatedPrompt(text, rows[0]) else {
      throw OptimizationError.notScored(examples: problem.validationCount)
    }
    (self.original, best) = (original, original)
  }

  /// A prompt that was not seen before; nil where the writer has nothing more to say.
  mutating func newPrompt(
    _ ask: (_ writer: any PromptWriter, _ draw: Int) async throws -> String?
  ) async throws -> String? {
    for _ in 0..<config.fruitlessDraws {
      if case .prompt(let text) = try await writer.write(ask) { return text }
    }
    return nil
  }

  /// Scores prompts on all validation examples, as many of the first as the limit pays for.
  ///
  /// - Returns: Whether it paid for all.
  mutating func validate(_ prompts: [String]) async throws -> Bool {
    let paid = await meter.payable(prompts, on: problem.validation)
    let first = Array(prompts.prefix(paid))
    guard let rows = try await meter.scores(of: first, on: problem.validation) else { return false }
    for (text, row) in zip(first, rows) {
      if let prompt = ValidatedPrompt(text, row), prompt.isBetter(than: best) {
        best = prompt
        steps += 1
      }
    }
    return paid == prompts.count
  }

  /// Calls that are left; nil where there is no limit.
  var callsLeft: Int? {
    get async {
      let calls = await meter.calls
      return meter.limit.map { $0 - calls }
    }
  }

  /// What the search found; a step is a prompt better than the best before.
  func outcome(_ method: String, _ ending: SearchOutcome.Ending) async -> SearchOutcome {
    SearchOutcome(
      method: method, prompt: best.text, initialPrompt: original.text, original: original.score,
      initial: original.score, final: best.score, steps: steps, generatorCalls: writer.calls,
      targetCalls: await meter.calls, ending: ending, scored: await meter.scored, trials: [])
  }
}
