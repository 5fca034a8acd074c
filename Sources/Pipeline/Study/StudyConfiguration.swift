import Tasks

/// Settings of `mapo study`: which prompts and examples show how far targets agree.
///
/// Source: MAPO, section 2 (P) for the study; all that measures agreement is ours (O).
public struct StudyConfiguration: Codable, Equatable, Sendable {
  /// Two targets that learned the same but for a seed.
  public struct Twin: Codable, Equatable, Sendable {
    /// Name of the twin.
    public var target: String
    /// Name of the target that it is the twin of.
    public var of: String
  }

  /// The split that examples are from: never that which is trained on.
  public var split: EvaluationConfiguration.HeldOutSplit
  /// Examples of each task, at most; every prompt of a task is asked about the same ones.
  public var examples: Int
  /// Prompts of one task and content, at most; all of the pool where nil.
  public var promptsPerContent: Int?
  /// Random halvings of the examples.
  public var halvings: Int
  /// Resamples of the bootstrap, at least 20.
  public var resamples: Int
  /// Targets that stand between a target and another: same diet, other seed.
  public var twins: [Twin]

  /// Whether `a` and `b` are twins.
  func areTwins(_ a: String, _ b: String) -> Bool {
    twins.contains { [[a, b], [b, a]].contains([$0.target, $0.of]) }
  }
}

extension StudyConfiguration {
  /// What is wrong with it, beginning with the key; nil where nothing is.
  ///
  /// - Parameter targets: Names of the run's targets.
  func problem(targets: [String]) -> String? {
    let counts = [
      ("examples", examples, 2), ("promptsPerContent", promptsPerContent ?? 5, 5),
      ("halvings", halvings, 1), ("resamples", resamples, RankAgreement.fewestResamples),
    ]
    for (key, count, minimum) in counts {
      if count < minimum { return "\(key) is \(count), but at least \(minimum) is needed" }
      if count > 1_000_000 { return "\(key) is \(count), but at most 1000000 is needed" }
    }
    for twin in twins {
      if let name = [twin.target, twin.of].first(where: { !targets.contains($0) }) {
        return "twins has '\(name)', which is no target"
      }
      if twin.target == twin.of { return "twins has '\(twin.target)' as its own twin" }
    }
    return nil
  }
}
