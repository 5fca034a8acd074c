/// Settings of Dual-Phase.
///
/// Source: Yang et al. 2024, "Dual-Phase Accelerated Prompt Optimization", arXiv:2406.13443. Values in
/// parentheses are the paper's, as far as they are known.
public struct DualPhaseConfig: Codable, Equatable, Sendable {
  /// How sentences are sampled.
  public enum Sampling: String, Codable, Sendable {
    /// By weights that experience raises, as EXP3 does (P).
    case weighted
    /// All alike: the ablation (O).
    case uniform
  }

  /// First prompts that phase 1 asks for; the best of them begins phase 2 (1; more are ours).
  public var drafts: Int
  /// Whether the original prompt competes with them to begin phase 2 (O).
  public var originalCompetes: Bool
  /// H_f: least score on the failures (0.3).
  public var failureGate: Double
  /// H_v: least gain on the validation examples (0.1); with 0, any strict gain (O).
  public var minimumGain: Double
  /// α: share of the validation score in a reward (0.4).
  public var alpha: Double
  /// μ: learning rate of the weights (0.055).
  public var learningRate: Double
  /// Weight of a new sentence (1).
  public var initialWeight: Double
  /// Accepted steps at most (5).
  public var steps: Int
  /// Trials of one step at most (10).
  public var trialsPerStep: Int
  /// Revisions of one sentence in a row that may fall below the gate; then another one is sampled (O).
  /// With as many as `trialsPerStep` a sentence is revised until one passes, as the paper says.
  /// Whatever it is, when another sentence is due the one tried last is left out of the draw, unless
  /// no other is left (O).
  public var trialsPerSentence: Int
  /// How sentences are sampled.
  public var sampling: Sampling
  /// Whether an update changes every sentence's weight instead of the edited one's (not known; false).
  public var updatesAllWeights: Bool
  /// Whether a rejected revision that was scored on the validation examples updates too (not known;
  /// false).
  public var updatesOnRejection: Bool
  /// An example is failed where its score is below this, in 0...1; 1 means any that is not perfect (O).
  public var failureBelow: Double
  /// Failures that a writer is shown at most (O).
  public var failuresShown: Int

  /// Settings by their values.
  public init(
    drafts: Int, originalCompetes: Bool, failureGate: Double, minimumGain: Double, alpha: Double,
    learningRate: Double, initialWeight: Double, steps: Int, trialsPerStep: Int,
    trialsPerSentence: Int, sampling: Sampling, updatesAllWeights: Bool, updatesOnRejection: Bool,
    failureBelow: Double,
    failuresShown: Int
  ) {
    (self.drafts, self.originalCompetes) = (drafts, originalCompetes)
    (self.failureGate, self.minimumGain) = (failureGate, minimumGain)
    (self.alpha, self.learningRate, self.initialWeight) = (alpha, learningRate, initialWeight)
    (self.steps, self.trialsPerStep) = (steps, trialsPerStep)
    (self.trialsPerSentence, self.sampling) = (trialsPerSentence, sampling)
    (self.updatesAllWeights, self.updatesOnRejection) = (updatesAllWeights, updatesOnRejection)
    (self.failureBelow, self.failuresShown) = (failureBelow, failuresShown)
  }

  /// What is wrong with the settings, beginning with the key; nil where nothing is.
  public var problem: String? {
    for (key, count, least) in [
      ("drafts", drafts, 0), ("steps", steps, 0), ("trialsPerStep", trialsPerStep, 1),
      ("trialsPerSentence", trialsPerSentence, 1), ("failuresShown", failuresShown, 0),
    ] where !(least...1000).contains(count) {
      return "\(key) is \(count), outside \(least)...1000"
    }
    for (key, share) in [
      ("failureGate", failureGate), ("minimumGain", minimumGain), ("alpha", alpha),
    ] where !(0...1).contains(share) {
      return "\(key) is \(share), outside 0...1"
    }
    for (key, value, most) in [
      ("learningRate", learningRate, 10.0), ("initialWeight", initialWeight, 100.0),
      ("failureBelow", failureBelow, 1.0),
    ] where !(value > 0 && value <= most) {
      return "\(key) is \(value), not above 0 and up to \(most)"
    }
    return nil
  }
}
