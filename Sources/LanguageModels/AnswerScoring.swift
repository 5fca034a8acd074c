import Tensors

/// A prompt and the answers to it whose likelihood is wanted.
public struct ScoringRequest: Sendable {
  /// What is read before each answer, at least one token.
  public var prompt: [Int32]
  /// The answers, with their end token where it counts; may be empty.
  public var answers: [[Int32]]

  /// Both parts.
  public init(prompt: [Int32], answers: [[Int32]]) {
    self.prompt = prompt
    self.answers = answers
  }
}

/// How likely an answer is.
public struct AnswerLikelihood: Sendable, Equatable {
  /// Σ log p of its tokens, each given the prompt and the tokens before it, in nats.
  public let logLikelihood: Double
  /// The number of its tokens.
  public let tokenCount: Int
}

extension Transformer {
  /// Log-likelihood of each answer to each prompt, not recorded.
  ///
  /// Beginnings that sequences share are computed once: a prompt for all its answers (its last
  /// token, which predicts the first of an answer, with each of them), and what prompts have in
  /// common.
  ///
  /// - Parameter slots: How many answers are scored at once at most; fewer where the cache would be
  ///   above 1 GiB.
  /// - Returns: One likelihood for each answer, in the order of requests and answers.
  /// - Precondition: The head gives tokens; a prompt and its answer fit into the model's length.
  public func score(_ requests: [ScoringRequest], slots: Int = 128) -> [[AnswerLikelihood]] {
    var batch = ScoringBatch(self, requests, slots: slots)
    while batch.hasWork { batch.advance() }
    return batch.results
  }
}

/// The answers of one call to `score`.
package struct ScoringBatch {
  private struct Item {
    let request: Int
    let answer: Int
  }

  private let model: Transformer
  private let requests: [ScoringRequest]
  private var cache: PrefixSharingCache
  private var waiting: Array<Item>.SubSequence
  /// What was scored so far; answers that wait have a likelihood of 1.
  package private(set) var results: [[AnswerLikelihood]]

  /// The arguments of `score`.
  package init(_ model: Transformer, _ requests: [ScoringRequest], slots: Int) {
    precondition(model.head == .tokens, "score: the model has a scalar head")
    for request in requests {
      let longest = request.answers.map(\.count).max() ?? 0
      precondition(
        !request.prompt.isEmpty
          && request.prompt.count + longest <= model.configuration.maximumLength,
        "score: \(request.prompt.count) + \(longest) tokens of at most "
          + "\(model.configuration.maximumLength)")
    }
    self.model = model
    self.requests = requests
    waiting =
      PrefixSharingCache.order(requests.map(\.prompt)).flatMap { request in
        requests[request].answers.indices.map { Item(request: request, answer: $0) }
      }
      .filter { !requests[$0.request].answers[$0.answer].isEmpty }[...]
    results = requests.map { request in
      request.answers.map { AnswerLikelihood(logLikelihood: 0, tokenCount: $0.count) }
    }
    cache = PrefixSharingCache(
      model.configuration, slots: min(slots, waiting.count),
      capacity: requests.flatMap { request in
        request.answers.map { request.prompt.count + $0.count }
      }.max() ?? 1)
  }

  /// Whether some answer waits.
  package var hasWork: Bool { !waiting.isEmpty }

  /// Tokens that were computed, not found in the cache.
  package var computedTokens: Int { cache.computedTokens }

  /// Scores the next answers: as many as have room.
  package mutating func advance() {
    cache.beginStep()
    var items: [Item] = []
    var tokens: [Int32] = []
    var segments: [KeyValueCache.Segment] = []
    while cache.hasRoom, let item = waiting.popFirst() {
      let prompt = requests[item.request].prompt
      // The last token of an answer predicts nothing that is wanted.
      let sequence = prompt + requests[item.request].answers[item.answer].dropLast()
      let place = cache.admit(sequence, reusing: prompt.count - 1)
      items.append(item)
      segments.append(
        .init(
          slot: place.slot, past: place.past,
          rows: tokens.count..<tokens.count + sequence.count - place.past, prefix: place.prefix))
      tokens += sequence[place.past...]
    }
    let answers = items.map { requests[$0.request].answers[$0.answer] }
    let hidden = model.hiddenStates(
      continuing: cache.cache, tokens: tokens, segments: segments,
      rows: zip(segments, answers).flatMap { $0.rows.suffix($1.count) })
    enter(items, answers, hidden)
    for segment in segments { cache.release(segment.slot) }
  }

  /// Enters the likelihoods of answers whose predicting rows `hidden` holds.
  private mutating func enter(_ items: [Item], _ answers: [[Int32]], _ hidden: Tensor) {
    let logProbs = withoutGradient {
      hidden.tokenLogProbs(head: model.headWeights, targets: Array(answers.joined()))
    }
    logProbs.withValues { values in
      var next = 0
      for (item, answer) in zip(items, answers) {
        let sum = answer.indices.reduce(0.0) { $0 + Double(values[2 * (next + $1)]) }
        next += answer.count
        results[item.request][item.answer] = AnswerLikelihood(
          logLikelihood: sum, tokenCount: answer.count)
      }
    }
  }
}
