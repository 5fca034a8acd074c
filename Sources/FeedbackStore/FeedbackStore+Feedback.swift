import GRDB

extension FeedbackStore {
  /// Stores `rows` in one transaction.
  ///
  /// A row with the key of a stored one (target, prompt, example, sampling, rollout) replaces it
  /// only where the stored call had failed, and never changes the purpose it was first made for.
  ///
  /// - Returns: How many rows were stored; the others were answered before.
  /// - Throws: ``StoreError/refused(action:reason:)`` when a target, prompt or example is not
  ///   stored, or a score is not a number; then none of `rows` is stored.
  @discardableResult
  public func record(_ rows: [FeedbackRow]) throws(StoreError) -> Int {
    try write("record feedback") { database in
      let before = database.totalChangesCount
      let insert = try database.cachedStatement(
        sql: """
          INSERT INTO feedback (
            targetId, promptId, exampleId, sampling, rollout, purpose, status, output, score,
            error, promptTokens, outputTokens, latencySeconds, cost)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET
            status = excluded.status, output = excluded.output, score = excluded.score,
            error = excluded.error, promptTokens = excluded.promptTokens,
            outputTokens = excluded.outputTokens, latencySeconds = excluded.latencySeconds,
            cost = excluded.cost
          WHERE feedback.status = 'failed'
          """)
      for row in rows { try insert.execute(arguments: row.arguments) }
      return database.totalChangesCount - before
    }
  }

  /// The scores that are stored already, so that no call is paid for twice. Failed calls have none.
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
          WHERE targetId = ?1 AND promptId = ?2 AND sampling = ?3 AND rollout = ?4
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

extension FeedbackRow {
  fileprivate var arguments: StatementArguments {
    let (status, output, score, error): (String, String?, Double?, String?) =
      switch outcome {
      case .done(let output, let score): ("done", output, score, nil)
      case .failed(let reason): ("failed", nil, nil, reason)
      }
    return [
      targetID, promptID, exampleID, sampling, rollout, purpose.rawValue, status, output, score,
      error, promptTokens, outputTokens, latencySeconds, cost,
    ]
  }
}
