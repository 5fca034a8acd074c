/// What a search did, step by step, and what it found.
public struct SearchOutcome: Codable, Equatable, Sendable {
  /// Why a search ended.
  public enum Ending: String, Codable, Sendable {
    /// No example fails any more.
    case noFailures
    /// As many steps as allowed were accepted.
    case stepLimit
    /// A step used up its trials, and there is a sentence left to revise.
    case trialLimit
    /// What is left of the budget does not pay the next evaluation.
    case budget
    /// The method has done all it does.
    case finished
    /// The prompt has no sentence that may be revised, or the writer has nothing more to say.
    case nothingToRevise
  }

  /// Name of the method, such as "dualPhase", by whoever compares methods; a search leaves it empty.
  public var method = ""
  /// The best prompt.
  public var prompt: String
  /// The prompt that the search began with: for Dual-Phase, that of phase 2.
  public var initialPrompt: String
  /// Validation score of the original; nil where the search did not ask for it.
  public var original: Double?
  /// Validation scores of the prompt that the search began with and of the best.
  public var initial, final: Double
  /// Accepted steps.
  public var steps: Int
  /// Calls: every score of a prompt on an example counts once, whether a store had it or not.
  public var generatorCalls, targetCalls: Int
  /// Why it ended.
  public var ending: Ending
  /// Every prompt that was scored on all validation examples, in that order.
  public var scored: [ScoredPrompt]
  /// Phase 1: what could have begun phase 2, in the order of asking; empty for methods without it.
  public var drafts: [SearchDraft] = []
  /// Phase 2, one entry for each trial; empty for methods without it.
  public var trials: [SearchTrial]
}

/// A prompt that competes to begin phase 2.
public struct SearchDraft: Codable, Equatable, Sendable {
  /// Where a first prompt is from.
  public enum Source: String, Codable, Sendable {
    /// The prompt that is to be improved.
    case original
    /// The writer.
    case writer
  }

  /// Where it is from.
  public var source: Source
  /// The prompt; empty where the writer returned nothing.
  public var prompt: String
  /// Its validation score; nil where it was refused or could not be scored.
  public var score: Double?
  /// Why it was refused.
  public var refusal: CandidateRejection?
  /// Whether phase 2 begins with it.
  public var isChosen: Bool
}

/// One trial of phase 2: a sentence is sampled or revised again, and its revision judged.
public struct SearchTrial: Codable, Equatable, Sendable {
  /// How a trial ended.
  public enum Verdict: String, Codable, Sendable {
    /// It is the new prompt.
    case accepted
    /// Its score on the failures is below H_f.
    case belowGate
    /// Its gain on the validation examples is below H_v.
    case belowGain
    /// The writer returned nothing.
    case nothingWritten
    /// The text broke a rule for candidates, or is a prompt that was tried before.
    case refused
    /// More than half of the calls with it failed.
    case notScored
  }

  /// Step, from 1, and trial within it, from 1.
  public var step, trial: Int
  /// Number of the sentence among the prompt's parts.
  public var part: Int
  /// Pr(i) of equation 5.
  public var probability: Double
  /// The sentence before and after; where the revision changed other parts as well, all that changed.
  public var before, after: String
  /// The whole revised prompt; empty where nothing was written.
  public var prompt: String
  /// How many validation examples the prompt failed before.
  public var failures: Int
  /// Acc(p', F); nil where it was not asked for.
  public var failureScore: Double?
  /// Acc(p, V).
  public var currentScore: Double
  /// Acc(p', V); nil where the gate was not passed.
  public var validationScore: Double?
  /// Acc(p', V) − Acc(p, V), over the examples that both have a score on.
  public var gain: Double?
  /// The gain that is enough: H_v, or 0 where any strict gain is.
  public var neededGain: Double
  /// How it ended.
  public var verdict: Verdict
  /// Why it was refused.
  public var refusal: CandidateRejection?
  /// The prompt's sentences after the trial; headings and code are left out.
  public var sentences: [String]
  /// Weights of these sentences.
  public var weights: [Double]
  /// Calls so far.
  public var generatorCalls, targetCalls: Int
}
