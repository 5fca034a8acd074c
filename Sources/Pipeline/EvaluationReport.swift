import Tasks

/// What the evaluation found: the contents of `evaluation.json`.
public struct EvaluationReport: Codable, Equatable, Sendable {
  /// One task on one target.
  public struct Row: Codable, Equatable, Sendable {
    public var target, task, kind, metric: String
    /// Evaluated prompts, and examples for each.
    public var prompts, examples: Int
    /// Whether the target solves the task well enough for the task to count.
    public var counted: Bool
    /// Score of the majority answer, or of copying the input.
    public var trivial: Double
    /// F: the prompts as they were.
    public var original: Double
    /// The best training prompt of the task, used for every input.
    public var constant: Double
    /// The best training candidate of the same content; the original where there is none.
    public var lookup: Double
    /// S: the SFT rewriter's prompts.
    public var sft: Double
    /// M: the MAPO rewriter's prompts.
    public var mapo: Double
    /// M − F, M − constant, M − S.
    public var gain, overConstant, overSft: Interval
    /// Share of prompts that lose more than a point; share whose loss is significant.
    public var harmedAny, harmedSignificant: Double
    /// Share of prompts that a guard kept as they were.
    public var kept: Double
    /// Distinct rewrites as a share of distinct inputs.
    public var distinct: Double
  }

  /// All counted tasks of one target, for a group of prompts.
  public struct Summary: Codable, Equatable, Sendable {
    /// Name of the target.
    public var target: String
    /// `all`, or why the prompts were held out: `family`, `content`, `wording`.
    public var group: String
    /// Evaluated prompts.
    public var prompts: Int
    /// F, the baselines, S and M: means over tasks.
    public var original, constant, lookup, sft, mapo: Double
    /// M − F, M − constant, M − S.
    public var gain, overConstant, overSft: Interval
    /// Shares of prompts, as in a row.
    public var harmedAny, harmedSignificant, kept, distinct: Double
  }

  /// Score of one target's rewriter on another target.
  public struct Transfer: Codable, Equatable, Sendable {
    /// Names of the two targets.
    public var rewriterOf, usedOn: String
    /// Mean score of M.
    public var score: Double
  }

  /// A difference on one target.
  public struct Difference: Codable, Equatable, Sendable {
    /// Name of the target.
    public var target: String
    /// The estimate and its bounds.
    public var mean, low, high: Double

    init(target: String, _ interval: Interval) {
      self.target = target
      (mean, low, high) = (interval.mean, interval.low, interval.high)
    }
  }

  /// Each task on each target.
  public var rows: [Row]
  /// Each target over its counted tasks.
  public var summary: [Summary]
  /// The same for each group of held-out prompts.
  public var heldOut: [Summary]
  /// Every rewriter on every target.
  public var transfer: [Transfer]
  /// M of the target's own rewriter less M of the other targets' rewriters.
  public var ownMinusOther: [Difference]
  /// M of the own rewriter less that of a second one for the same target, from another seed.
  public var ownMinusControl: [Difference]
  /// Seed of the run.
  public var seed: UInt64
  /// The split that prompts and examples are from.
  public var split: EvaluationConfiguration.HeldOutSplit
}
