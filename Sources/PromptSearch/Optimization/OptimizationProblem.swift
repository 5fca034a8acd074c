/// One prompt of one task that is to be improved for one target: everything that a search may ask.
///
/// Examples are numbers below `validationCount`. Scores are in 0...1, nil where the call failed.
public struct OptimizationProblem: Sendable {
  /// The task and the prompt to begin with.
  public let brief: TaskBrief
  /// How many validation examples there are.
  public let validationCount: Int
  /// Scores of prompts on examples, one row for each prompt, in the order asked for.
  public let score: @Sendable (_ prompts: [String], _ examples: [Int]) async throws -> [[Double?]]
  /// What the target answered to a prompt on examples that it has been scored on.
  public let failures:
    @Sendable (_ prompt: String, _ examples: [Int]) async throws -> [FailedAnswer]
  /// Who writes prompts.
  public let writer: any PromptWriter
  /// Bounds of what a prompt's text may be: placeholders, required words, length, held-out texts.
  public let limits: CandidateLimits
  /// What must not come out.
  public let heldOut: HeldOutTexts
  /// Seed of everything that is drawn.
  public let seed: UInt64

  /// A problem by its parts.
  /// - Precondition: There is at least one validation example.
  public init(
    brief: TaskBrief, validationCount: Int,
    score: @escaping @Sendable ([String], [Int]) async throws -> [[Double?]],
    failures: @escaping @Sendable (String, [Int]) async throws -> [FailedAnswer],
    writer: any PromptWriter, limits: CandidateLimits, heldOut: HeldOutTexts, seed: UInt64
  ) {
    precondition(validationCount > 0, "OptimizationProblem: no validation example")
    (self.brief, self.validationCount) = (brief, validationCount)
    (self.score, self.failures, self.writer) = (score, failures, writer)
    (self.limits, self.heldOut, self.seed) = (limits, heldOut, seed)
  }

  /// Numbers of the validation examples.
  public var validation: [Int] { Array(0..<validationCount) }
}

/// A search that cannot say anything.
public enum OptimizationError: Error, Equatable, Sendable {
  /// Not one prompt can be scored on all validation examples.
  case limitBelowOnePrompt(limit: Int, examples: Int)
  /// The target failed on more than half of the examples, with every prompt that it was begun with.
  case notScored(examples: Int)
}

extension OptimizationError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .limitBelowOnePrompt(let limit, let examples):
      "a limit of \(limit) target calls does not pay for one prompt on \(examples) validation examples"
    case .notScored(let examples):
      "the target answered fewer than half of \(examples) validation examples with every first prompt"
    }
  }
}
