import Tasks

/// What the study found: the contents of `study.json`. All scores are in 0...1.
public struct StudyReport: Codable, Equatable, Sendable {
  /// One prompt on one target: an entry of the score matrix.
  public struct Score: Codable, Equatable, Sendable {
    /// Names of target and task.
    public var target, task: String
    /// The prompt's text, and what of it must survive a rewrite.
    public var prompt, content: String
    /// Mean score over the examples that it was scored on; nil where every call failed.
    public var mean: Double?
    /// How many examples these are.
    public var count: Int
  }

  /// How the mean scores of a task's prompts spread on one target.
  public struct Distribution: Codable, Equatable, Sendable {
    /// Names of target and task.
    public var target, task: String
    /// Prompts with a score.
    public var prompts: Int
    /// Mean of the prompts' scores.
    public var mean: Double
    /// Standard deviation over all prompts; over prompts of one content, the mean over contents.
    public var deviation, deviationWithinContent: Double
    /// The least, the quartiles and the greatest.
    public var minimum, lowerQuartile, median, upperQuartile, maximum: Double
  }

  /// What two targets are to each other.
  public enum Relation: String, Codable, Sendable {
    /// Two models.
    case other
    /// The same diet, from another seed.
    case twin
    /// One target's answers to one half of the examples, against its answers to the other half.
    case splitHalf
  }

  /// Kendall τ between the prompts' scores on two targets, each from one half of the examples.
  public struct Agreement: Codable, Equatable, Sendable {
    /// Names of the targets, the same for `splitHalf`.
    public var a, b: String
    /// Name of the task; `all` for the mean over tasks.
    public var task: String
    /// What they are to each other.
    public var relation: Relation
    /// Mean τ over groups of prompts, and its 95 % interval.
    public var tau, low, high: Double
    /// The same with every example in both means; nil for `splitHalf`.
    public var tauOnAllExamples: Double?
    /// Share of the pairs of prompts that they clearly put in opposite order, in 0...1: each target's
    /// mean difference of the two is more than three standard errors from 0. nil for `splitHalf`.
    public var oppositePairs: Double?
    /// Groups of prompts (one content of one task), and prompts in them that every target answered.
    public var groups, prompts: Int
  }

  /// By how much two targets agree less than one of them agrees with itself: its split-half τ less the
  /// τ between the two, on the same prompts, over all tasks.
  public struct Gap: Codable, Equatable, Sendable {
    /// Names of the two targets.
    public var a, b: String
    /// Whose split-half τ it is.
    public var splitHalfOf: String
    /// What the two are to each other.
    public var relation: Relation
    /// The difference of the two τ, and its 95 % interval.
    public var difference: Interval
  }

  /// What `b` loses where it is given the best prompt of `a` instead of its own.
  public struct Loss: Codable, Equatable, Sendable {
    /// Names of the targets.
    public var a, b: String
    /// Name of the task; `all` for the mean over tasks.
    public var task: String
    /// Mean loss in score, and its 95 % interval, which is rather narrow. Chosen on one half of the
    /// examples, judged on the other.
    public var loss, low, high: Double
  }

  /// Every prompt on every target.
  public var scores: [Score]
  /// Each task on each target.
  public var distributions: [Distribution]
  /// Every pair of targets, and each target with itself.
  public var kendallTau: [Agreement]
  /// Every pair of targets against each one's split-half τ.
  public var belowSplitHalf: [Gap]
  /// Every ordered pair of targets.
  public var bestPromptLoss: [Loss]
  /// What follows, in plain language.
  public var verdict: String
  /// Groups of prompts that τ is computed in, and those with fewer than five prompts, which are left
  /// out.
  public var groups, groupsLeftOut: Int
  /// Seed of the run.
  public var seed: UInt64
  /// The split that examples are from.
  public var split: EvaluationConfiguration.HeldOutSplit
  /// Examples for each prompt, at most.
  public var examples: Int
  /// Halvings of the examples, and resamples of the bootstrap.
  public var halvings, resamples: Int
}
