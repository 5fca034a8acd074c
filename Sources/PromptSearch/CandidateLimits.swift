/// What a candidate must satisfy.
public struct CandidateLimits: Codable, Equatable, Sendable {
  /// Least length, as a multiple of the original's in characters.
  public let minimumLengthRatio: Double
  /// Greatest length, as a multiple of the original's in characters.
  public let maximumLengthRatio: Double
  /// Similarity of word trigrams, above 0 and up to 1, from which on a candidate counts as the same
  /// as the original or an earlier candidate: see `NearDuplicateIndex`. Without it only equal
  /// texts are; so it must be for rules, whose candidates differ by a word or two.
  public let nearDuplicateThreshold: Double?

  /// Limits of length, and of likeness.
  public init(
    minimumLengthRatio: Double, maximumLengthRatio: Double, nearDuplicateThreshold: Double? = nil
  ) {
    self.minimumLengthRatio = minimumLengthRatio
    self.maximumLengthRatio = maximumLengthRatio
    self.nearDuplicateThreshold = nearDuplicateThreshold
  }

  /// What is wrong with the limits, beginning with the key; nil where nothing is.
  public var problem: String? {
    for (key, ratio) in [
      ("minimumLengthRatio", minimumLengthRatio), ("maximumLengthRatio", maximumLengthRatio),
    ] where !(0...1000).contains(ratio) {
      return "\(key) is \(ratio), outside 0...1000"
    }
    if minimumLengthRatio > maximumLengthRatio {
      return "minimumLengthRatio is \(minimumLengthRatio), above maximumLengthRatio"
    }
    guard let threshold = nearDuplicateThreshold, !(threshold > 0 && threshold <= 1) else {
      return nil
    }
    return "nearDuplicateThreshold is \(threshold), not above 0 and up to 1"
  }
}
