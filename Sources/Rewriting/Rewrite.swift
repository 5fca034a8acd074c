/// What became of one prompt.
public struct Rewrite: Sendable, Codable, Equatable {
  /// The prompt as it was given.
  public var original: String
  /// The prompt to use.
  public var rewritten: String
  /// Whether the original is used because of `reason`.
  public var kept: Bool
  /// Why it was kept; nil where it was not.
  public var reason: String?
  /// Tokens that the rewriter wrote.
  public var tokens: Int
  /// Time from the call until its answers were there.
  public var milliseconds: Double

  /// A prompt that is used as it is, without asking the rewriter.
  public init(keeping original: String, because reason: String) {
    self.original = original
    (rewritten, kept, self.reason) = (original, true, reason)
    (tokens, milliseconds) = (0, 0)
  }

  /// The prompt to use, or why the original is.
  init(
    of original: String, _ outcome: Result<String, GuardViolation>, tokens: Int,
    milliseconds: Double
  ) {
    self.original = original
    self.tokens = tokens
    self.milliseconds = milliseconds
    switch outcome {
    case .success(let text): (rewritten, kept, reason) = (text, false, nil)
    case .failure(let violation):
      (rewritten, kept, reason) = (original, true, violation.description)
    }
  }
}

extension Rewrite {
  /// All fields, the reason too where there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(original, forKey: .original)
    try container.encode(rewritten, forKey: .rewritten)
    try container.encode(kept, forKey: .kept)
    try container.encode(reason, forKey: .reason)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(milliseconds, forKey: .milliseconds)
  }
}
