import Tasks

/// Settings of the generator that asks a language model.
public struct LanguageModelGeneratorConfig: Codable, Equatable, Sendable {
  /// Rewrites that one request asks for.
  public let candidatesPerRequest: Int
  /// Most requests that are made at the same time.
  public let requestsPerBatch: Int
  /// Most requests for one original.
  public let maximumRequests: Int
  /// Batches of requests in a row without a new candidate after which no more are made.
  public let fruitlessBatches: Int
  /// Bounds for candidates.
  public let limits: CandidateLimits

  /// Settings.
  public init(
    candidatesPerRequest: Int, requestsPerBatch: Int, maximumRequests: Int, fruitlessBatches: Int,
    limits: CandidateLimits
  ) {
    self.candidatesPerRequest = candidatesPerRequest
    self.requestsPerBatch = requestsPerBatch
    self.maximumRequests = maximumRequests
    self.fruitlessBatches = fruitlessBatches
    self.limits = limits
  }

  /// What is wrong with the settings, beginning with the key; nil where nothing is.
  public var problem: String? {
    for (key, count) in [
      ("candidatesPerRequest", candidatesPerRequest), ("requestsPerBatch", requestsPerBatch),
      ("maximumRequests", maximumRequests), ("fruitlessBatches", fruitlessBatches),
    ] where !(1...1_000_000).contains(count) {
      return "\(key) is \(count), outside 1...1000000"
    }
    return limits.problem.map { "limits." + $0 }
  }
}

/// Makes candidates by asking a language model for rewrites of the original.
///
/// Source: MAPO (P) asks GPT-3.5 for up to 1,000 rewrites that keep the meaning; batches, styles and
/// the filter are ours (O). It asks nobody itself: requests and answers go through a closure, whose
/// owner chooses the model and a temperature at which equal requests get different answers.
public struct LanguageModelGenerator: Sendable {
  /// Settings.
  public let config: LanguageModelGeneratorConfig

  /// A generator.
  public init(config: LanguageModelGeneratorConfig) { self.config = config }

  /// Candidates for `original`.
  ///
  /// Requests are made in batches, no more of them than what is missing would take if all were
  /// good, until there are `count` candidates, the requests are used up, or several batches in a row
  /// bring nothing new.
  ///
  /// - Parameters:
  ///   - original: The prompt.
  ///   - count: How many are wanted; fewer come where the model has no more to say.
  ///   - required: Words that every candidate must keep.
  ///   - heldOut: What must not come out.
  ///   - earlier: Candidates that there are already; none of them comes again.
  ///   - generator: Chooses the order of the styles that requests ask for.
  ///   - ask: Gets the texts of requests, some of them perhaps equal; returns their answers in the
  ///     same order, nil for one that failed.
  /// - Throws: What `ask` throws.
  /// - Precondition: `ask` returns as many answers as it gets requests.
  public func candidates(
    for original: String, count: Int, required: [String], heldOut: HeldOutTexts,
    earlier: [String] = [], using generator: inout some RandomNumberGenerator,
    ask: @Sendable ([String]) async throws -> [String?]
  ) async rethrows -> CandidateBatch {
    let instructions = instructions(for: original, required: required, using: &generator)
    let isOneLine = !original.contains(where: \.isNewline)
    var filter = CandidateFilter(
      original: original, required: required, limits: config.limits, heldOut: heldOut,
      earlier: earlier)
    var candidates: [Candidate] = []
    var requests = CandidateBatch.Requests()
    var fruitless = 0
    while candidates.count < count, fruitless < config.fruitlessBatches {
      let batch = nextBatch(missing: count - candidates.count, asked: requests.asked)
      if batch.isEmpty { break }
      let answers = try await ask(batch.map { instructions[$0 % instructions.count] })
      precondition(
        answers.count == batch.count,
        "generator: \(answers.count) answers to \(batch.count) requests")
      requests.asked += batch.count
      let before = candidates.count
      for answer in answers {
        let rewrites = answer.map { RewriteList($0, oneLine: isOneLine).items }
        if rewrites == nil { requests.failed += 1 }
        if rewrites?.isEmpty == true { requests.unreadable += 1 }
        for rewrite in rewrites ?? [] where candidates.count < count {
          guard let text = filter.accept(rewrite) else { continue }
          candidates.append(Candidate(text: text, origin: .languageModel))
        }
      }
      fruitless = candidates.count > before ? 0 : fruitless + 1
    }
    return CandidateBatch(
      candidates: candidates, rejections: filter.rejections, requests: requests)
  }

  /// The numbers of the next requests.
  private func nextBatch(missing: Int, asked: Int) -> Range<Int> {
    let needed = (missing + config.candidatesPerRequest - 1) / config.candidatesPerRequest
    let size = min(needed, config.requestsPerBatch, config.maximumRequests - asked)
    return asked..<(asked + max(0, size))
  }

  /// A request in each style, in random order.
  private func instructions(
    for original: String, required: [String], using generator: inout some RandomNumberGenerator
  ) -> [String] {
    generator.shuffled(RewriteInstruction.styles).map { style in
      RewriteInstruction(
        original: original, required: required, count: config.candidatesPerRequest, style: style
      ).text
    }
  }
}
