/// One question to a target model.
public struct CompletionRequest: Sendable, Equatable {
  /// The part of the prompt that many requests share.
  public var prefix: String
  /// The part that is this request's own.
  public var rest: String
  /// How the answer is drawn.
  public var sampling: Sampling
  /// Where not empty, the answer is the likeliest of these, by log-likelihood.
  public var labels: [String]

  /// All parts.
  public init(prefix: String, rest: String, sampling: Sampling, labels: [String] = []) {
    self.prefix = prefix
    self.rest = rest
    self.sampling = sampling
    self.labels = labels
  }
}

/// How an answer is drawn. Part of the key under which answers are cached.
public struct Sampling: Sendable, Codable, Equatable {
  /// 0 takes the likeliest token each time, and is honoured as given.
  public var temperature: Float
  /// Seed of the draw; 0 is a seed like any other.
  public var seed: UInt64
  /// At most this many tokens are written.
  public var maximumTokens: Int

  /// All parts.
  public init(temperature: Float = 0, seed: UInt64 = 0, maximumTokens: Int) {
    self.temperature = temperature
    self.seed = seed
    self.maximumTokens = maximumTokens
  }

  /// Text that is the same for the same settings and for no others.
  public var key: String { "t=\(temperature) s=\(seed) n=\(maximumTokens)" }
}
