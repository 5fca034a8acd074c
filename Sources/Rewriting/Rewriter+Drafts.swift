import LanguageModels

/// A prompt, and what is known of it.
struct Input {
  var prompt: String
  var kind: PromptKind?
  /// Words that must survive.
  var required: [String] = []
}

/// What a rewriter wrote, before any guard has seen it.
struct Draft {
  /// The tokens, without the one that ended it.
  var tokens: [Int32]
  /// Whether it ended before the length limit.
  var ended: Bool
}

extension Rewriter {
  /// Drafts of each prompt, best first, or why the rewriter is not asked.
  ///
  /// A constraint can make a copy of the spans out of what is no rewrite at all: a constrained draft
  /// without a word of the prompt is left out.
  ///
  /// - Parameters:
  ///   - count: How many are wanted of each; a beam search gives all of its beams.
  ///   - constrained: Whether protected spans can only be copied.
  func drafts(
    of inputs: [Input], count: Int, _ options: Options, constrained: Bool
  ) -> [Result<[Draft], GuardViolation>] {
    var drafts: [Result<[Draft], GuardViolation>] = []
    var requests: [(index: Int, request: GenerationRequest)] = []
    for (index, input) in inputs.enumerated() {
      switch request(for: input, options) {
      case .success(var request):
        if constrained {
          request.constraint = SpanConstraint(original: input.prompt, vocabulary: vocabulary)
        }
        requests.append((index, request))
        drafts.append(.success([]))
      case .failure(let reason): drafts.append(.failure(reason))
      }
    }
    let written =
      options.temperature > 0 || max(options.beams, count) == 1
      ? sample(requests.map(\.request), count: count)
      : search(requests.map(\.request), beams: max(options.beams, count))
    for ((index, _), written) in zip(requests, written) {
      let input = inputs[index]
      drafts[index] = .success(
        written.filter { draft in
          !constrained
            || ContentWords.areShared(
              by: input.prompt, and: tokenizer.decode(draft.tokens), required: input.required)
        })
    }
    return drafts
  }

  /// The text of a draft, or the guard that it breaks.
  func checked(_ draft: Draft, of input: Input) -> Result<String, GuardViolation> {
    guard draft.ended else { return .failure(.unfinished) }
    let text = tokenizer.decode(draft.tokens)
    let violation = guards.violation(
      original: input.prompt, rewritten: text, required: input.required)
    return violation.map { .failure($0) } ?? .success(text)
  }

  /// What the model is asked, or why it is not.
  private func request(
    for input: Input, _ options: Options
  ) -> Result<GenerationRequest, GuardViolation> {
    if let reason = Guards.reasonToKeep(input.prompt) { return .failure(reason) }
    // Half of the model's length is for reading, half for writing.
    let limit = model.configuration.maximumLength / 2
    let tokens = format.prompt(input.prompt, kind: input.kind)
    guard tokens.count <= limit else {
      return .failure(.promptTooLong(tokens: tokens.count, limit: limit))
    }
    // What is longer than the guards accept need not be written.
    let longest = max(guards.longest(from: input.prompt.count), guards.longest(from: tokens.count))
    return .success(
      GenerationRequest(
        prompt: tokens, maximumNewTokens: min(limit, longest + 1),
        temperature: options.temperature, seed: options.seed))
  }

  private func sample(_ requests: [GenerationRequest], count: Int) -> [[Draft]] {
    let samples = requests.flatMap { request in
      (0..<count).map { number in
        var sample = request
        sample.seed &+= UInt64(number)
        return sample
      }
    }
    let results = model.generate(samples, endTokens: format.endTokens)
    return requests.indices.map { index in
      results[index * count..<(index + 1) * count].map { Draft(tokens: $0.tokens, ended: $0.ended) }
    }
  }

  private func search(_ requests: [GenerationRequest], beams: Int) -> [[Draft]] {
    let searches = requests.map { request in
      BeamSearchRequest(
        prompt: request.prompt, maximumNewTokens: request.maximumNewTokens, beams: beams,
        best: beams, constraint: request.constraint)
    }
    return model.beamSearch(searches, endTokens: format.endTokens).map { found in
      found.map { Draft(tokens: $0.tokens, ended: $0.ended) }
    }
  }
}
