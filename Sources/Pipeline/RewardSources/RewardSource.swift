import Rewriting

/// A reward of one's own: scores rewrites for reinforcement learning.
///
/// A run asks every source once in each update, about all rewrites that break no guard. A run that is
/// resumed repeats what an undisturbed one does only where the same rewrites get the same scores.
public protocol RewardSource: Sendable {
  /// The score of each rewrite, in their order.
  ///
  /// Any finite number; higher is better. The run multiplies it by the source's weight and adds it
  /// to the other sources' scores. A weight is well chosen where a rewrite that is clearly better
  /// gains about 1: that is one deviation of the reward model, which is calibrated.
  ///
  /// - Throws: What ends the run; the last checkpoint stays.
  func scores(of rewrites: [RewriteToScore]) async throws -> [Float]
}

/// What a source of rewards sees of a rewrite.
public struct RewriteToScore: Codable, Sendable, Equatable {
  /// Name of the task that the prompt belongs to.
  public var task: String
  /// What the prompt asks its reader to do.
  public var kind: PromptKind
  /// The prompt, with its placeholders.
  public var original: String
  /// What the policy made of it. No guard is broken.
  public var rewritten: String

  /// All parts.
  public init(task: String, kind: PromptKind, original: String, rewritten: String) {
    (self.task, self.kind) = (task, kind)
    (self.original, self.rewritten) = (original, rewritten)
  }
}

/// A reward that a closure gives, one rewrite at a time.
public struct ClosureReward: RewardSource {
  private let score: @Sendable (RewriteToScore) async throws -> Float

  /// The reward that `score` gives.
  public init(_ score: @escaping @Sendable (RewriteToScore) async throws -> Float) {
    self.score = score
  }

  /// As the closure says.
  public func scores(of rewrites: [RewriteToScore]) async throws -> [Float] {
    var scores: [Float] = []
    for rewrite in rewrites { scores.append(try await score(rewrite)) }
    return scores
  }
}
