import FeedbackStore
import Foundation
import Tasks

/// What a run will ask of its targets, and what that takes: known before anything is sent.
///
/// Calls are upper bounds: races end early, rewrites of several methods are often the same text.
/// Repeated attempts after a failure are not in them.
public struct Plan: Codable, Equatable, Sendable {
  /// One stage's calls to one target.
  public struct Stage: Codable, Equatable, Sendable {
    /// The stage, and the target it asks.
    public var stage, target: String
    /// Calls that will be sent to the target at most.
    public var calls: Int
    /// Calls whose answers are stored already; they are not sent again.
    public var cachedCalls: Int
    /// Calls of what writes candidates at most; `mapo optimize` counts those of rules as well.
    public var generatorCalls: Int
    /// Tokens read and written by what will be sent.
    public var tokens: Int
    /// Time that it takes.
    public var seconds: Double
    /// What it costs, in the unit of the prices.
    public var money: Double
  }

  /// Sums over the stages.
  public var calls, cachedCalls, generatorCalls, tokens: Int
  /// Sums over the stages.
  public var seconds, money: Double
  /// The smallest mean gain of held-out prompts that the evaluation shows with 80 % power, two-sided
  /// at 5 %, in units of the metric: see `detectableGain(_:)`.
  public var detectableGain: Double
  /// Each stage that asks a target.
  public var stages: [Stage]
  /// What should be changed before the run.
  public var warnings: [String]
  /// Where the numbers come from.
  public var assumptions: [String]

  init(_ stages: [Stage], detectableGain: Double, warnings: [String], assumptions: [String]) {
    calls = stages.reduce(0) { $0 + $1.calls }
    cachedCalls = stages.reduce(0) { $0 + $1.cachedCalls }
    generatorCalls = stages.reduce(0) { $0 + $1.generatorCalls }
    tokens = stages.reduce(0) { $0 + $1.tokens }
    seconds = stages.reduce(0) { $0 + $1.seconds }
    money = stages.reduce(0) { $0 + $1.money }
    (self.detectableGain, self.stages) = (detectableGain, stages)
    (self.warnings, self.assumptions) = (warnings, assumptions)
  }
}

/// Standard deviations that a plan takes for granted where nothing was measured (O): of the true
/// gain between prompts, of an example's effect on a gain, and of one paired difference.
package struct GainDeviations: Sendable {
  package var prompts = 0.25
  package var examples = 0.1
  package var differences = 0.5

  package init() {}
}

/// The smallest mean gain that an evaluation shows with 80 % power, two-sided at 5 %.
///
///     variance of a task's mean = σ_p² / P + σ_e² / E + σ_d² / (P E)
///     detectable = (1.96 + 0.84) · √(Σ variances) / tasks
///
/// The two-way analysis of variance behind the two-way bootstrap; the deviations are ours (O).
///
/// - Parameter tasks: Held-out prompts P and examples E of each task; tasks without either are left
///   out.
/// - Returns: In units of the metric; infinite without a task.
package func detectableGain(
  _ tasks: [(prompts: Int, examples: Int)], _ deviations: GainDeviations = GainDeviations()
) -> Double {
  let usable = tasks.filter { $0.prompts > 0 && $0.examples > 0 }
  guard !usable.isEmpty else { return .infinity }
  var variance = 0.0
  for task in usable {
    let (prompts, examples) = (Double(task.prompts), Double(task.examples))
    variance += deviations.prompts * deviations.prompts / prompts
    variance += deviations.examples * deviations.examples / examples
    variance += deviations.differences * deviations.differences / (prompts * examples)
  }
  return (1.96 + 0.84) * variance.squareRoot() / Double(usable.count)
}

/// The smallest gain of one rewrite that its fresh examples show with 80 % power, one-sided at 5 %:
/// (1.645 + 0.842) · σ_d / √n (O).
package func singleDetectableGain(
  examples: Int, _ deviations: GainDeviations = GainDeviations()
) -> Double {
  (1.645 + 0.842) * deviations.differences / Double(max(1, examples)).squareRoot()
}
