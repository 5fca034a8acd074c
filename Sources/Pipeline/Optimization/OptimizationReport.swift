import PromptSearch
import Tasks

/// What the optimisation found: the contents of `optimize/report.json`.
///
/// The first fields are about Dual-Phase, over all searches: scores are means on fresh examples, and
/// calls are sums. A call is a prompt on an example that a search scored, whether a store knew the
/// answer or not; so a search costs the same with and without a cache.
public struct OptimizationReport: Codable, Equatable, Sendable {
  /// What a method did; here, like the next ones, for modules that do not import `PromptSearch`.
  public typealias Outcome = SearchOutcome
  /// One trial of phase 2.
  public typealias Trial = SearchTrial
  /// What could have begun phase 2.
  public typealias Draft = SearchDraft
  /// What a search tells as it goes on.
  public typealias Event = SearchEvent

  /// One search: a target, a task and a prompt to improve.
  public struct Place: Codable, Hashable, Sendable {
    /// Names of target and task.
    public var target, task: String
    /// Which of the repeats, from 1.
    public var repetition: Int

    /// A place by its parts.
    public init(target: String, task: String, repetition: Int) {
      (self.target, self.task, self.repetition) = (target, task, repetition)
    }
  }

  /// One trial of one search.
  public struct TraceEntry: Codable, Equatable, Sendable {
    /// The search.
    public var place: Place
    /// The trial.
    public var trial: SearchTrial
  }

  /// What one method found.
  public struct MethodResult: Codable, Equatable, Sendable {
    /// The search itself: its scores are on the validation examples that it chose by.
    public var outcome: SearchOutcome
    /// Mean score of the best prompt on fresh examples; 95 %, examples resampled.
    public var fresh: Interval
    /// Mean score on fresh examples of the prompt that phase 2 began with; of the original for methods
    /// without phases.
    public var freshInitial: Double
    /// Best prompt less original on the fresh examples that both have a score on; 95 %.
    public var overOriginal: Interval
    /// Fresh examples that the best prompt has a score on, and how many calls failed.
    public var freshCount, freshFailed: Int
    /// Target calls that it might make; nil where there was no limit.
    public var callLimit: Int?
  }

  /// All methods on one prompt.
  public struct Search: Codable, Equatable, Sendable {
    /// Target, task and repeat.
    public var place: Place
    /// The prompt that was improved.
    public var originalPrompt: String
    /// Its mean score on fresh examples.
    public var freshOriginal: Double
    /// How many examples there were: solved ones for the generator, those to choose by, fresh ones.
    public var exemplars, validationExamples, freshExamples: Int
    /// Calls for fresh examples, by all methods: each different prompt is asked once.
    public var freshCalls: Int
    /// What each method found, Dual-Phase first.
    public var methods: [MethodResult]
    /// Why the prompt is not trained on; nil where it and all that was scored is in the dataset.
    public var keptFromTraining: String?

    /// What a method found.
    public subscript(method: OptimizationMethod) -> MethodResult? {
      methods.first { $0.outcome.method == method.rawValue }
    }
  }

  /// A method beside Dual-Phase, as means over searches.
  public struct Comparison: Codable, Equatable, Sendable {
    /// Names of target and task; "all" for both over everything.
    public var target, task: String
    /// The method; "original" for the prompts as they were.
    public var method: String
    /// Searches that it is a mean of.
    public var searches: Int
    /// Score on fresh examples.
    public var fresh: Double
    /// Score of Dual-Phase less that of the method, on the same fresh examples; 95 %. Resampled are
    /// pairs of a task and a repeat, since all targets share their prompt and examples; where there is
    /// one such pair alone, its examples.
    public var dualPhaseMinus: Interval
    /// Calls of one search.
    public var targetCalls, generatorCalls: Double
  }

  /// Mean fresh scores of Dual-Phase: of the originals, of the prompts that phase 2 began with, and of
  /// the best prompts.
  public var original, initial, final: Double
  /// Accepted steps and calls of Dual-Phase, all searches added up; calls for fresh examples are not
  /// in them.
  public var steps, generatorCalls, targetCalls: Int
  /// Best prompt of the first search.
  public var prompt: String
  /// Every trial of Dual-Phase.
  public var trace: [TraceEntry]
  /// Every search with all its methods.
  public var searches: [Search]
  /// Methods side by side: over everything first, then for each target and task.
  public var comparison: [Comparison]
  /// What could not be done as asked, a sentence each.
  public var notices: [String]
  /// Calls for fresh examples, by all methods.
  public var freshCalls: Int
  /// Seed of the run.
  public var seed: UInt64
  /// The split that fresh examples are from.
  public var split: EvaluationConfiguration.HeldOutSplit
  /// Examples that were asked for; what there was, each search says.
  public var freshExamples, validationExamples: Int
  /// What it was made with.
  public var settings: OptimizeConfiguration
  /// Version of the program that made it.
  public var version: String
}

/// What happens as prompts are optimised, in the order of each search; searches of different tasks may
/// run at the same time.
public enum OptimizationEvent: Sendable {
  /// A search begins, with its original prompt.
  case began(OptimizationReport.Place, searches: Int, originalPrompt: String)
  /// A method does something.
  case search(OptimizationReport.Place, OptimizationMethod, SearchEvent)
  /// A baseline has scored some prompts: its calls so far, and its best score on all validation
  /// examples.
  case scored(OptimizationReport.Place, OptimizationMethod, calls: Int, limit: Int?, best: Double)
  /// A method has been judged by fresh examples.
  case judged(OptimizationReport.Place, OptimizationReport.MethodResult)
  /// A search is done.
  case ended(OptimizationReport.Search)
  /// A search found nothing, for this reason; the others go on.
  case failed(OptimizationReport.Place, reason: String)
}
