import LanguageModels

/// One of several ways to put a prompt.
public struct RewriteChoice: Sendable, Codable, Equatable {
  /// The prompt to use.
  public var text: String
  /// Whether it is the prompt as it was given.
  public var isOriginal: Bool
  /// Mean log-probability of its tokens under the rewriter, in nats, by which choices are ranked; nil
  /// where the rewriter was not asked.
  public var score: Double?
}

extension Rewriter {
  /// Rewrites that pass the guards, best first, with the original at its own rank among them.
  ///
  /// Candidates come from a beam search, or are drawn where the options have a temperature; all are
  /// ranked by the log-probability that the rewriter gives to each token, the end included.
  ///
  /// - Parameters:
  ///   - prompt: May hold anything.
  ///   - kind: Its kind, or nil for "not said".
  ///   - count: How many rewrites there are at most, beside the original.
  /// - Returns: Different texts, the original always among them.
  /// - Precondition: `count` ≥ 1.
  public func choices(
    for prompt: String, kind: PromptKind? = nil, count: Int, options: Options = Options()
  ) -> [RewriteChoice] {
    precondition(count >= 1, "rewriter: \(count) choices")
    let input = Input(prompt: prompt, kind: kind)
    guard var passed = passed(of: input, count: count, options, constrained: false) else {
      return [RewriteChoice(text: prompt, isOriginal: true)]
    }
    if passed.isEmpty, options.isConstrained {
      passed = self.passed(of: input, count: count, options, constrained: true) ?? []
    }
    var texts = [prompt]
    var answers = [format.response(prompt)]
    for (text, tokens) in passed where !texts.contains(text) {
      texts.append(text)
      answers.append(tokens + [format.endToken])
    }
    let reading = format.prompt(prompt, kind: kind)
    let room = model.configuration.maximumLength - reading.count
    let likelihoods = model.score([
      ScoringRequest(prompt: reading, answers: answers.map { Array($0.prefix(room)) })
    ])[0]
    let choices = zip(texts, likelihoods).enumerated().map { index, scored in
      RewriteChoice(
        text: scored.0, isOriginal: index == 0,
        score: scored.1.logLikelihood / Double(scored.1.tokenCount))
    }
    let rewrites = choices.dropFirst().sorted(by: isBetter).prefix(count)
    return (choices.prefix(1) + rewrites).sorted(by: isBetter)
  }

  /// Drafts of a prompt that pass the guards; nil where the rewriter is not asked.
  private func passed(
    of input: Input, count: Int, _ options: Options, constrained: Bool
  ) -> [(text: String, tokens: [Int32])]? {
    let found = drafts(of: [input], count: count, options, constrained: constrained)
    guard case .success(let drafts) = found[0] else { return nil }
    return drafts.compactMap { draft in
      guard case .success(let text) = checked(draft, of: input) else { return nil }
      return (text, draft.tokens)
    }
  }

  private func isBetter(_ one: RewriteChoice, than other: RewriteChoice) -> Bool {
    (one.score ?? -.infinity) > (other.score ?? -.infinity)
  }
}
