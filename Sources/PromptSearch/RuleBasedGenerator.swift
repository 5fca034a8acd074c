import Tasks

/// Settings of the rule-based generator.
public struct RuleBasedGeneratorConfig: Codable, Equatable, Sendable {
  /// Most roles that are changed at once, at least 1.
  public let maximumEdits: Int
  /// Share of tries that mix the original with another prompt of the same content, in 0...1.
  public let crossoverShare: Double
  /// Tries for each candidate that is asked for, before giving up.
  public let triesPerCandidate: Int
  /// Bounds for candidates.
  public let limits: CandidateLimits

  /// Settings.
  public init(
    maximumEdits: Int, crossoverShare: Double, triesPerCandidate: Int, limits: CandidateLimits
  ) {
    self.maximumEdits = maximumEdits
    self.crossoverShare = crossoverShare
    self.triesPerCandidate = triesPerCandidate
    self.limits = limits
  }
}

/// Makes candidates without a language model: swaps wordings, the cue, the input label, the frame,
/// the way label words are introduced, and the order of instruction and input, as far as the
/// phrase book finds them in the prompt.
public struct RuleBasedGenerator: Sendable {
  /// Finds and renders the wordings.
  public let grammar: PromptGrammar
  /// Settings.
  public let config: RuleBasedGeneratorConfig

  /// A generator.
  public init(grammar: PromptGrammar, config: RuleBasedGeneratorConfig) {
    self.grammar = grammar
    self.config = config
  }

  /// Candidates for `original`: one to `maximumEdits` random edits each, or a crossover.
  ///
  /// - Parameters:
  ///   - original: The prompt.
  ///   - count: How many are wanted; fewer come where the prompt has too little to change.
  ///   - required: Words that every candidate must keep.
  ///   - partners: Prompts with the same content, for crossover.
  ///   - heldOut: What must not come out.
  ///   - earlier: Candidates that there are already; none of them comes again.
  public func candidates(
    for original: String, count: Int, required: [String], partners: [String],
    heldOut: HeldOutTexts, earlier: [String] = [],
    using generator: inout some RandomNumberGenerator
  ) -> CandidateBatch {
    let form = grammar.parse(original)
    let choices = choices(for: form, heldOut: heldOut)
    let partners = partners.map(grammar.parse)
    var filter = CandidateFilter(
      original: original, required: required, limits: config.limits, heldOut: heldOut,
      earlier: earlier)
    var candidates: [Candidate] = []
    for _ in 0..<(count * config.triesPerCandidate) where candidates.count < count {
      let mixes = !partners.isEmpty && generator.unit() < config.crossoverShare
      let changed =
        mixes
        ? crossover(form, generator.element(of: partners), using: &generator)
        : edited(form, choices: choices, using: &generator)
      if let text = filter.accept(grammar.render(changed)) {
        candidates.append(Candidate(text: text, origin: mixes ? .crossover : .rules))
      }
    }
    return CandidateBatch(candidates: candidates, rejections: filter.rejections)
  }

  /// `original` with one to `maximumEdits` random edits: a free pair for the rewriter's warm-up.
  /// The original itself where nothing can be changed, or where every try comes near a held-out
  /// text.
  public func rewording(
    of original: String, heldOut: HeldOutTexts, using generator: inout some RandomNumberGenerator
  ) -> String {
    let form = grammar.parse(original)
    let choices = choices(for: form, heldOut: heldOut)
    for _ in 0..<config.triesPerCandidate {
      let text = grammar.render(edited(form, choices: choices, using: &generator))
      if !heldOut.hasWording(in: text), !heldOut.isNear(text) { return text }
    }
    return original
  }

  /// For each role of `form`, the other values that may be chosen.
  func choices(
    for form: PromptForm, heldOut: HeldOutTexts
  ) -> [(role: Role, values: [Int])] {
    form.roles.compactMap { role in
      let values = (0..<grammar.count(of: role)).filter {
        $0 != form[role] && !heldOut.hasWording(in: grammar.phrasebook.phrase(of: role, value: $0))
      }
      return values.isEmpty ? nil : (role, values)
    }
  }

  private func edited(
    _ form: PromptForm, choices: [(role: Role, values: [Int])],
    using generator: inout some RandomNumberGenerator
  ) -> PromptForm {
    var form = form
    let edits = min(1 + generator.index(below: config.maximumEdits), choices.count)
    for (role, values) in generator.sample(edits, of: choices) {
      form.set(role, to: generator.element(of: values))
    }
    return form
  }

  /// `form` with each role set to the partner's value at even odds, where the partner has one.
  private func crossover(
    _ form: PromptForm, _ partner: PromptForm, using generator: inout some RandomNumberGenerator
  ) -> PromptForm {
    var form = form
    for role in form.roles {
      if let value = partner[role], generator.next() & 1 == 0 { form.set(role, to: value) }
    }
    return form
  }
}
