/// What a prompt or an example may be used for.
public enum SplitRole: String, Codable, Sendable, CaseIterable {
  case train, dev, test
}

/// Why a prompt was kept out of training.
public enum HeldOutReason: String, Codable, Sendable, CaseIterable {
  /// Its family of descent was drawn for dev or test.
  case family
  /// What it asks for (label words, field, order) is held out whole; its wording is not.
  case content
  /// Its wording is held out whole, for every content.
  case wording
}

/// A task whose prompts are measured.
public struct TaskRecord: Sendable, Equatable {
  /// Unique name.
  public let name: String
  /// Kind of task, as the rewriter's prefix says it.
  public let kind: String
  /// Name of the metric that the scores are in.
  public let metric: String
  /// Fingerprint of the examples and what else the scores depend on.
  public let hash: String

  /// A task by its fields.
  public init(name: String, kind: String, metric: String, hash: String) {
    (self.name, self.kind, self.metric, self.hash) = (name, kind, metric, hash)
  }
}

/// An example, by its name within its task; its text stays in the task's files.
public struct ExampleRecord: Sendable, Equatable {
  /// Unique within the task.
  public let key: String
  /// What the example may be used for.
  public let split: SplitRole

  /// An example by its fields.
  public init(key: String, split: SplitRole) {
    (self.key, self.split) = (key, split)
  }
}

/// A prompt template: an original or a candidate, unique by task, content and text.
public struct PromptRecord: Sendable, Equatable {
  /// The template, with its placeholders.
  public let text: String
  /// The prompt it was made from; nil for one of the pool.
  public let parentID: Int64?
  /// Family of descent, the unit of splitting.
  public let family: String
  /// Style family.
  public let style: String
  /// What must survive a rewrite.
  public let content: String
  /// Where it came from: "pool", "rules", "crossover", "rewriter".
  public let origin: String
  /// What it may be used for.
  public let role: SplitRole
  /// Why it is held out, if it is.
  public let heldOut: HeldOutReason?

  /// A prompt by its fields.
  public init(
    text: String, parentID: Int64? = nil, family: String, style: String, content: String,
    origin: String, role: SplitRole, heldOut: HeldOutReason? = nil
  ) {
    (self.text, self.parentID, self.family, self.style) = (text, parentID, family, style)
    (self.content, self.origin, self.role, self.heldOut) = (content, origin, role, heldOut)
  }
}

/// A target that was asked. Two of one name differ in their fingerprint.
public struct StoredTarget: Sendable, Equatable {
  /// Its number.
  public let id: Int64
  /// The name of its first appearance.
  public let name: String
  /// Hash of all that its answers depend on.
  public let fingerprint: String
}

/// What a call was made for. Rows of one purpose never count for another.
public enum FeedbackPurpose: String, Codable, Sendable, CaseIterable {
  /// To choose among candidates.
  case search
  /// To measure the gain of the chosen one, on examples that the search did not see.
  case fresh
  /// To judge a finished rewriter.
  case evaluation
  /// To reward what a rewriter in training wrote.
  case reward
}

/// How a call ended. A failed one has a reason and no score, so it is in no mean.
public enum FeedbackOutcome: Sendable, Equatable {
  /// The target's text and its score by the task's metric.
  case done(output: String, score: Double)
  /// Why there is no answer.
  case failed(reason: String)
}

/// One answer of a target to one prompt on one example.
public struct FeedbackRow: Sendable, Equatable {
  /// Number of the target.
  public let targetID: Int64
  /// Number of the prompt.
  public let promptID: Int64
  /// Number of the example.
  public let exampleID: Int64
  /// Every setting that changes the output, written the same way each time.
  public let sampling: String
  /// Which of several draws with the same settings.
  public let rollout: Int
  /// What the call was made for.
  public let purpose: FeedbackPurpose
  /// How it ended.
  public let outcome: FeedbackOutcome
  /// Whether an answer was found in the text. A text without one counts, with the score that the
  /// metric gives it; for a failed call this says nothing.
  public let isAnswered: Bool
  /// Tokens read by the target.
  public let promptTokens: Int
  /// Tokens written by the target.
  public let outputTokens: Int
  /// Time from sending to the last token.
  public let latencySeconds: Double
  /// Money, in the unit of the budget.
  public let cost: Double

  /// A row by its fields.
  public init(
    targetID: Int64, promptID: Int64, exampleID: Int64, sampling: String, rollout: Int = 0,
    purpose: FeedbackPurpose, outcome: FeedbackOutcome, isAnswered: Bool = true,
    promptTokens: Int = 0, outputTokens: Int = 0, latencySeconds: Double = 0, cost: Double = 0
  ) {
    (self.targetID, self.promptID, self.exampleID) = (targetID, promptID, exampleID)
    (self.sampling, self.rollout, self.purpose) = (sampling, rollout, purpose)
    (self.outcome, self.isAnswered) = (outcome, isAnswered)
    (self.promptTokens, self.outputTokens) = (promptTokens, outputTokens)
    (self.latencySeconds, self.cost) = (latencySeconds, cost)
  }
}
