import GRDB

/// A prompt on an example: what is looked up before a call is paid for.
public struct FeedbackKey: Hashable, Sendable {
  /// Number of the prompt.
  public let promptID: Int64
  /// Number of the example.
  public let exampleID: Int64

  /// A key by its parts.
  public init(promptID: Int64, exampleID: Int64) {
    (self.promptID, self.exampleID) = (promptID, exampleID)
  }
}

// What is stored already, so that no call is paid for twice. Failed calls have no score.
extension FeedbackStore {
  /// The stored score of one prompt on one example; nil where there is none.
  ///
  /// For many at once ``cachedScores(of:target:sampling:rollout:)`` is several times as fast.
  public func cachedScore(
    target: Int64, prompt: Int64, example: Int64, sampling: String, rollout: Int = 0
  ) throws(StoreError) -> Double? {
    let key = FeedbackKey(promptID: prompt, exampleID: example)
    return try readStatement("look up a score") { database in
      try Self.scoreStatement(database).value(of: key, target, sampling, rollout)
    }
  }

  /// The stored scores of several (prompt, example) pairs, in their order; nil where there is none.
  public func cachedScores(
    of keys: some Collection<FeedbackKey>, target: Int64, sampling: String, rollout: Int = 0
  ) throws(StoreError) -> [Double?] {
    try read("look up scores") { database in
      let find = try Self.scoreStatement(database)
      return try keys.map { try find.value(of: $0, target, sampling, rollout) }
    }
  }

  /// What the target answered on several (prompt, example) pairs, in their order; nil where no answer
  /// is stored.
  public func cachedAnswers(
    of keys: some Collection<FeedbackKey>, target: Int64, sampling: String, rollout: Int = 0
  ) throws(StoreError) -> [String?] {
    try read("look up answers") { database in
      let find = try database.cachedStatement(
        sql: """
          SELECT output FROM feedback
          WHERE targetId = ? AND promptId = ? AND exampleId = ?
            AND samplingId = (SELECT id FROM sampling WHERE key = ?) AND rollout = ?
          """)
      return try keys.map { try find.value(of: $0, target, sampling, rollout) }
    }
  }

  private static func scoreStatement(_ database: Database) throws -> Statement {
    try database.cachedStatement(
      sql: """
        SELECT score FROM feedback
        WHERE targetId = ? AND promptId = ? AND exampleId = ?
          AND samplingId = (SELECT id FROM sampling WHERE key = ?) AND rollout = ?
        """)
  }

  /// The stored scores of several prompts.
  ///
  /// - Parameters:
  ///   - examples: The examples of interest; nil for all.
  ///   - purpose: Only rows of this purpose; nil for all.
  /// - Returns: Prompt, then example, to score. A prompt without scores is not in it.
  public func cachedScores(
    target: Int64, prompts: some Sequence<Int64>, examples: Set<Int64>? = nil, sampling: String,
    rollout: Int = 0, purpose: FeedbackPurpose? = nil
  ) throws(StoreError) -> [Int64: [Int64: Double]] {
    try read("look up scores") { database in
      let find = try database.cachedStatement(
        sql: """
          SELECT exampleId, score FROM feedback
          WHERE targetId = ?1 AND promptId = ?2
            AND samplingId = (SELECT id FROM sampling WHERE key = ?3) AND rollout = ?4
            AND status = 'done' AND purpose = ifnull(?5, purpose)
          """)
      var found: [Int64: [Int64: Double]] = [:]
      for prompt in prompts {
        var scores: [Int64: Double] = [:]
        let rows = try Row.fetchCursor(
          find, arguments: [target, prompt, sampling, rollout, purpose?.rawValue])
        while let row = try rows.next() {
          let example: Int64 = row[0]
          if examples?.contains(example) ?? true { scores[example] = row[1] }
        }
        if !scores.isEmpty { found[prompt] = scores }
      }
      return found
    }
  }
}

extension Statement {
  /// The one value of the row with this key; nil where there is none, and for a failed call.
  fileprivate func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    of key: FeedbackKey, _ target: Int64, _ sampling: String, _ rollout: Int
  ) throws -> Value? {
    setUncheckedArguments([target, key.promptID, key.exampleID, sampling, rollout])
    return try Value.fetchOne(self)
  }
}
