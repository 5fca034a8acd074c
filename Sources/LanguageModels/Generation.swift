import Tensors
import Tokenizers

/// One sequence to be continued.
public struct GenerationRequest: Sendable {
  /// The tokens to continue, at least one.
  public var prompt: [Int32]
  /// At most this many tokens are added.
  public var maximumNewTokens: Int
  /// 0 takes the most probable token; otherwise logits are divided by it.
  public var temperature: Float
  /// Only so many of the most probable tokens can be drawn; 0 for all.
  public var topK: Int
  /// Of these, only the most probable that together have this share of the probability, in 0...1;
  /// 1 for all.
  ///
  /// Like `topK` it makes samples differ from the model's distribution: log-probabilities of such
  /// samples, and a KL from them, are biased. Rollouts use neither.
  public var topP: Float
  /// Of these, only tokens with at least this share of the largest probability, in 0...1; 0 for all.
  public var minP: Float
  /// Logits of tokens that the prompt or the new text has already are divided by it where they are
  /// positive, else multiplied with it; 1 changes nothing. It also applies to greedy choice.
  public var repetitionPenalty: Float
  /// Seed of this row alone: beyond rounding, its result does not depend on who shares the batch.
  public var seed: UInt64
  /// Texts of at least one character, each of which ends the sequence as soon as it is written.
  public var stopStrings: [String]
  /// Which tokens may follow which; nil for all.
  public var constraint: (any TokenConstraint)?

  /// All parts; greedy unless a temperature is given.
  public init(
    prompt: [Int32], maximumNewTokens: Int, temperature: Float = 0, topK: Int = 0,
    topP: Float = 1, minP: Float = 0, repetitionPenalty: Float = 1, seed: UInt64 = 0,
    stopStrings: [String] = [], constraint: (any TokenConstraint)? = nil
  ) {
    self.prompt = prompt
    self.maximumNewTokens = maximumNewTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.seed = seed
    self.stopStrings = stopStrings
    self.constraint = constraint
  }
}

/// What was added to one sequence.
public struct GenerationResult: Sendable, Equatable {
  /// The new tokens, without the end token; with the one that completed a stop string.
  public internal(set) var tokens: [Int32] = []
  /// The end token, where one came before the limit.
  public internal(set) var endToken: Int32?
  /// The stop string that ended the sequence, if one did.
  public internal(set) var stop: StopMatch?

  /// Whether an end token came before the limit.
  public var ended: Bool { endToken != nil }

  /// The new text, up to where the stop string begins.
  public func decoded(by tokenizer: Tokenizer) -> String {
    guard let stop else { return tokenizer.decode(tokens) }
    let bytes = tokens.flatMap(tokenizer.bytes(of:)).prefix(stop.byteOffset)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Transformer {
  /// Continues many sequences in one batch, each up to an end token.
  public func generate(
    _ requests: [GenerationRequest], endToken: Int32, slots: Int = 64, tokenizer: Tokenizer? = nil
  ) -> [GenerationResult] {
    generate(requests, endTokens: [endToken], slots: slots, tokenizer: tokenizer)
  }

  /// Continues many sequences in one batch.
  ///
  /// A sequence that ends leaves the batch at once and the next one enters, so no row computes
  /// padding. Beginnings that prompts share are computed once.
  ///
  /// - Parameters:
  ///   - endTokens: Each of them ends a sequence; not part of its tokens.
  ///   - slots: How many sequences are in flight at most; fewer where the cache would be above 1 GiB.
  ///   - tokenizer: Gives the text of tokens; needed where a request has stop strings.
  /// - Returns: One result for each request, in their order.
  /// - Precondition: The head gives tokens; prompt and new tokens fit into the model's length.
  public func generate(
    _ requests: [GenerationRequest], endTokens: [Int32], slots: Int = 64,
    tokenizer: Tokenizer? = nil
  ) -> [GenerationResult] {
    guard requests.contains(where: { $0.maximumNewTokens > 0 }) else {
      return requests.map { _ in GenerationResult() }
    }
    var batch = GenerationBatch(
      self, requests, endTokens: endTokens, slots: slots, tokenizer: tokenizer)
    while batch.hasWork { batch.advance() }
    return batch.results
  }
}
