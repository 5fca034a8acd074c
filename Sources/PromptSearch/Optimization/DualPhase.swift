/// Dual-Phase: a strong first prompt, then one sentence after the other revised, steered by experience.
///
/// Phase 1 asks the writer for first prompts; the best on the validation examples V begins phase 2,
/// the earliest where several are; a draft as good as the original goes before it, since phase 2
/// wants sentences (O). No more drafts are asked for than the limit pays for. Phase 2 samples a sentence of the prompt p by its weight, has it revised, and
/// judges the revision p' first on the examples F of V that p fails:
///
///     gate:    Acc(p', F) ≥ H_f, else the same sentence is revised again                (7)
///     accept:  Acc(p', V) − Acc(p, V) ≥ H_v, else another sentence is sampled           (8)
///              any strict gain where Acc(p, V) ≥ 1 − H_v
///     reward:  r = α Acc(p', V) + (1 − α) Acc(p', F), which moves the weights           (9)
///
/// Source: Yang et al. 2024, "Dual-Phase Accelerated Prompt Optimization", arXiv:2406.13443, equations
/// 5–9. Ours, where it is silent: another sentence is sampled also where nothing was written, the text
/// was refused, most calls failed, or `trialsPerSentence` revisions in a row stayed below the gate; the
/// last sentence tried is left out of the next sampling, and one for which rules have nothing more to
/// write until the prompt changes, while Pr(i) stays that of equation 5; two prompts are compared on the
/// examples that both have a score on; thresholds are met to within rounding; a trial is begun only
/// where the rest of the limit pays for all of V.
///
/// - Parameters:
///   - problem: The prompt to improve, and everything that may be asked.
///   - meter: Its limit holds to the call; one that nobody else uses.
///   - config: The constants.
///   - onEvent: Is told what happens as it happens.
/// - Throws: `OptimizationError` where no first prompt can be scored, `CancellationError` between
///   trials, and what the problem's closures throw.
/// - Precondition: The settings have no problem, and the meter is that of the problem.
public func dualPhase(
  _ problem: OptimizationProblem, meter: ScoreMeter, config: DualPhaseConfig,
  onEvent: @escaping @Sendable (SearchEvent) -> Void = { _ in }
) async throws -> SearchOutcome {
  if let fault = config.problem { preconditionFailure("dualPhase: \(fault)") }
  var writer = CheckedWriter(problem)
  let (drafts, first) = try await firstPrompt(problem, &writer, meter, config)
  onEvent(.began(drafts))
  var refinement = SentenceRefinement(
    problem: problem, meter: meter, config: config, onTrial: { onEvent(.tried($0)) },
    writer: writer, first: first)
  let ending = try await refinement.run()
  let outcome = SearchOutcome(
    prompt: refinement.prompt.text, initialPrompt: first.text,
    original: drafts.first { $0.source == .original }?.score, initial: first.score,
    final: refinement.prompt.score, steps: refinement.steps,
    generatorCalls: refinement.writer.calls, targetCalls: await meter.calls, ending: ending,
    scored: await meter.scored, drafts: drafts, trials: refinement.trials)
  onEvent(.ended(outcome))
  return outcome
}

/// A prompt with its scores on the validation examples.
struct ValidatedPrompt {
  let text: String
  /// Its score on each validation example.
  let scores: [Double?]
  /// Acc(p, V).
  let score: Double

  /// nil where more than half of the calls failed.
  init?(_ text: String, _ scores: [Double?]) {
    guard let score = meanScore(scores) else { return nil }
    (self.text, self.scores, self.score) = (text, scores, score)
  }

  /// Whether it is better than `other`, or there is none.
  func isBetter(than other: ValidatedPrompt?) -> Bool {
    guard let other else { return true }
    return meanGain(scores, over: other.scores).map { $0 > scoreTolerance } ?? false
  }
}

/// Phase 1: what competes to begin phase 2, and what does.
private func firstPrompt(
  _ problem: OptimizationProblem, _ writer: inout CheckedWriter, _ meter: ScoreMeter,
  _ config: DualPhaseConfig
) async throws -> ([SearchDraft], ValidatedPrompt) {
  let original = SearchDraft(source: .original, prompt: problem.brief.original, isChosen: false)
  var drafts = config.originalCompetes ? [original] : []
  let payable = await meter.payablePrompts(config.drafts + drafts.count)
  for _ in 0..<config.drafts where drafts.count(where: \.isUsable) < payable {
    drafts.append(SearchDraft(try await writer.write(.firstPrompt)))
  }
  if !drafts.contains(where: \.isUsable) { drafts.append(original) }
  let best = try await score(&drafts, problem, meter)
  return (drafts, best)
}

/// Scores the usable drafts, and chooses the best.
private func score(
  _ drafts: inout [SearchDraft], _ problem: OptimizationProblem, _ meter: ScoreMeter
) async throws -> ValidatedPrompt {
  let usable = drafts.indices.filter { drafts[$0].isUsable }
  let texts = usable.map { drafts[$0].prompt }
  guard let rows = try await meter.scores(of: texts, on: problem.validation) else {
    throw OptimizationError.limitBelowOnePrompt(
      limit: meter.limit ?? 0, examples: problem.validationCount)
  }
  var best: (draft: Int, prompt: ValidatedPrompt)?
  // The original last, so that it begins only where it is better.
  let scored = Array(zip(usable, rows))
  let (originals, written) = (
    scored.filter { drafts[$0.0].source == .original },
    scored.filter { drafts[$0.0].source == .writer }
  )
  for (draft, row) in written + originals {
    guard let prompt = ValidatedPrompt(drafts[draft].prompt, row) else { continue }
    drafts[draft].score = prompt.score
    if prompt.isBetter(than: best?.prompt) { best = (draft, prompt) }
  }
  guard let best else { throw OptimizationError.notScored(examples: problem.validationCount) }
  drafts[best.draft].isChosen = true
  return best.prompt
}

extension SearchDraft {
  /// What the writer returned.
  fileprivate init(_ written: CheckedWriter.Written) {
    let (text, reason): (String, CandidateRejection?) =
      switch written {
      case .prompt(let text): (text, nil)
      case .refused(let text, let reason): (text, reason)
      case .nothing: ("", nil)
      }
    self.init(source: .writer, prompt: text, refusal: reason, isChosen: false)
  }

  /// Whether it may be scored.
  fileprivate var isUsable: Bool { refusal == nil && !prompt.isEmpty }
}
