import PromptSearch

/// `mapo optimize`: single prompts are improved for one target, sentence by sentence.
///
/// Source: Yang et al. 2024, "Dual-Phase Accelerated Prompt Optimization", arXiv:2406.13443, for the
/// constants of `dualPhase`; numbers of examples, repeats and baselines are ours (O).
public struct OptimizeConfiguration: Codable, Equatable, Sendable {
  /// Searches of each task on each target, each with other draws: prompt, examples, sentences.
  public var repeats: Int
  /// Examples of the train split that prompts are scored on (V).
  public var validationExamples: Int
  /// Examples of the dev split that no search sees; the results are judged by them.
  public var freshExamples: Int
  /// Solved examples of the train split that the generator is shown; none of them is in V.
  public var exemplars: Int
  /// The prompt that is improved; without it a training prompt of the task, drawn by seed and repeat.
  public var prompt: String?
  /// What writes prompts.
  public var generator: PromptGeneratorConfiguration
  /// Bounds of what it may write.
  public var limits: CandidateLimits
  /// The search.
  public var dualPhase: DualPhaseConfig
  /// Target calls of one search of Dual-Phase or its ablation at most; without it the search's own
  /// limits end it. A baseline has `budgetFactor` times what Dual-Phase then made.
  public var callLimit: Int?
  /// What is run, Dual-Phase among them.
  public var methods: [OptimizationMethod]
  /// The baselines.
  public var baselines: BaselineConfig
  /// What a baseline may ask, as a multiple of the target calls that Dual-Phase made for the same
  /// prompt.
  public var budgetFactor: Double
}

/// A way to improve a prompt.
public enum OptimizationMethod: String, Codable, Sendable, CaseIterable {
  /// Dual-Phase (P).
  case dualPhase
  /// Dual-Phase with all sentences alike: the ablation of its weights (O).
  case uniform
  /// The best of random rewrites (O).
  case bestOfRandom
  /// Rewrites, and rewrites of the best of them, after APE (W).
  case ape
  /// A language model that is shown scored prompts, after OPRO (W).
  case opro

  /// Whether it is a baseline, with a budget of its own.
  var isBaseline: Bool { self != .dualPhase && self != .uniform }
}

/// What writes prompts and revisions of sentences.
public struct PromptGeneratorConfiguration: Codable, Equatable, Sendable {
  /// A kind of generator.
  public enum Source: String, Codable, Sendable {
    /// Rules, as `dataset.rules` has them: nothing is asked.
    case rules
    /// A trained rewriter. For a revision it writes the whole prompt 8 times, and of the first rewrite
    /// that changes the sentence the sentence is taken; that is one call.
    case rewriter
    /// A language model behind a server.
    case server
  }

  /// Which it is.
  public var source: Source
  /// Folder of a trained rewriter; without it, the run's own for the target.
  public var path: String?
  /// Temperature of a rewriter's samples.
  public var temperature: Float?
  /// The language model, where it is one.
  public var writer: PromptServerConfiguration?
}
