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

  /// A prompt that was not seen before, by the first of `requests` that brings one, each made in its
  /// turn; nil where the writer has nothing more to say.
  mutating func newPrompt(_ requests: [CheckedWriter.Request]) async throws -> String? {
    for draw in 0..<config.fruitlessDraws {
      if case .prompt(let text) = try await writer.write(requests[draw % requests.count]) {
        return text
      }
    }
    return nil
  }

  /// Scores prompts on all validation examples.
  /// - Precondition: The limit pays for them.
  mutating func validate(_ prompts: [String]) async throws {
    guard let rows = try await meter.scores(of: prompts, on: problem.validation) else {
      preconditionFailure("BaselineSearch: the prompts were to be paid for")
    }
    for (text, row) in zip(prompts, rows) {
      if let prompt = ValidatedPrompt(text, row), prompt.isBetter(than: best) {
        best = prompt
        steps += 1
      }
    }
  }

  /// Calls that are left; nil where there is no limit.
  var callsLeft: Int? {
    get async {
      let calls = await meter.calls
      return meter.limit.map { $0 - calls }
    }
  }

  /// What the search found; a step is a prompt better than the best before.
  func outcome(_ ending: SearchOutcome.Ending) async -> SearchOutcome {
    SearchOutcome(
      prompt: best.text, initialPrompt: original.text, original: original.score,
      initial: original.score, final: best.score, steps: steps, generatorCalls: writer.calls,
      targetCalls: await meter.calls, ending: ending, scored: await meter.scored, trials: [])
  }
}
