/// When a beam search has found enough.
public enum BeamStopping: String, Codable, Sendable {
  /// As soon as as many sequences have ended as there are beams.
  case whenFull
  /// When these are better than the best running one would be if it ended now.
  case whenUnlikely
  /// When these are better than the best running one can become at its length limit.
  case whenImpossible
}

/// One sequence of which the most probable continuations are wanted.
public struct BeamSearchRequest: Sendable {
  /// The tokens to continue, at least one.
  public var prompt: [Int32]
  /// At most this many tokens are added, at least one.
  public var maximumNewTokens: Int
  /// How many continuations are followed at the same time.
  public var beams: Int
  /// How many of them are returned, at most as many as there are beams.
  public var best: Int
  /// α: above 0 favours long continuations, below 0 short ones, 0 the most probable ones.
  public var lengthPenalty: Double
  /// When the search ends.
  public var stopping: BeamStopping
  /// Which tokens may follow which; nil for all.
  public var constraint: (any TokenConstraint)?

  /// All parts.
  public init(
    prompt: [Int32], maximumNewTokens: Int, beams: Int = 4, best: Int = 1,
    lengthPenalty: Double = 1, stopping: BeamStopping = .whenUnlikely,
    constraint: (any TokenConstraint)? = nil
  ) {
    self.prompt = prompt
    self.maximumNewTokens = maximumNewTokens
    self.beams = beams
    self.best = best
    self.lengthPenalty = lengthPenalty
    self.stopping = stopping
    self.constraint = constraint
  }
}

/// A continuation that a search found.
public struct RankedContinuation: Sendable, Equatable {
  /// The new tokens, without the end token.
  public let tokens: [Int32]
  /// The end token, where one came before the limit.
  public let endToken: Int32?
  /// Σ log p of the new tokens and the end token, in nats.
  public let logProbability: Double
  /// What continuations are ranked by: the log-probability divided by nᵅ, of n tokens with the end
  /// token and the length penalty α.
  public let score: Double

  /// Whether an end token came before the limit.
  public var ended: Bool { endToken != nil }
}

extension Transformer {
  /// The most probable continuations of many sequences, by beam search, in one batch.
  ///
  /// Of a sequence's beams, the tokens that follow them and the end tokens E, the (1 + |E|) · beams
  /// most probable are looked at; those of the first `beams` that end are kept by their score, the
  /// others go on. The results are those of `generate` in `transformers` 5.23, whose
  /// `early_stopping` is true, false or "never" where `stopping` is `whenFull`, `whenUnlikely` or
  /// `whenImpossible`. A constraint removes tokens before they are looked at and leaves the
  /// probabilities of the others as they are.
  ///
  /// Source: Wu et al. 2016, arXiv:1609.08144, section 7, with the plain power nᵅ as length penalty.
  ///
  /// - Parameters:
  ///   - endTokens: Each of them ends a sequence.
  ///   - slots: How many beams are in flight at most, but not fewer than one request has; fewer
  ///     where the cache would be above 1 GiB.
  /// - Returns: For each request its best continuations, best first.
  /// - Precondition: The head gives tokens; prompt and new tokens fit into the model's length; each
  ///   request has 1 ≤ best ≤ beams.
  public func beamSearch(
    _ requests: [BeamSearchRequest], endTokens: [Int32], slots: Int = 64
  ) -> [[RankedContinuation]] {
    guard !requests.isEmpty else { return [] }
    var batch = BeamSearchBatch(self, requests, endTokens: endTokens, slots: slots)
    while batch.hasWork { batch.advance() }
    return batch.results
  }
}
