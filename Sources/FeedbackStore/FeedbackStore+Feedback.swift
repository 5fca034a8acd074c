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
    try record(rows, settling: [])
  }

  /// Stores `rows` as ``record(_:)`` does, and settles the calls that they came from, in one
  /// transaction: a settled call always has its rows.
  ///
  /// - Returns: How many rows were stored; the others were answered before.
  /// - Throws: As ``record(_:)``, and ``StoreError/notReserved(id:)``; then nothing is stored and
  ///   nothing is settled.
  @discardableResult
  public func record(
    _ rows: [FeedbackRow], settling settlements: [Settlement]
  ) throws(StoreError) -> Int {
    try write("record feedback") { database in
      let stored = try Self.insert(rows, database)
      try Self.updateTotals(of: stored, database)
      for settlement in settlements { try Self.settle(settlement, database) }
      return stored.count
    }
  }

  /// A row that was added, or that replaced a failed one.
  private struct StoredRow {
    let key: TargetPrompt
    /// Whether comparisons read it: a row that replaces another keeps that one's purpose.
    let isOfSearch: Bool
  }

  private static func insert(_ rows: [FeedbackRow], _ database: Database) throws -> [StoredRow] {
    let samplings = try numbers(ofSamplings: Set(rows.map(\.sampling)), database)
    let insert = try database.cachedStatement(
      sql: """
        INSERT INTO feedback (
          targetId, promptId, exampleId, samplingId, rollout, purpose, status, score, isAnswered,
          promptTokens, outputTokens, latencySeconds, cost, error, output)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
          status = excluded.status, score = excluded.score, isAnswered = excluded.isAnswered,
          promptTokens = excluded.promptTokens, outputTokens = excluded.outputTokens,
          latencySeconds = excluded.latencySeconds, cost = excluded.cost, error = excluded.error,
          output = excluded.output
        WHERE feedback.status = 'failed'
        """)
    // Asked only of the few rows that are not of a search: returning it from the insertion of each
    // would cost every row a microsecond.
    let isOfSearch = try database.cachedStatement(
      sql: """
        SELECT purpose = 'search' FROM feedback
        WHERE targetId = ? AND promptId = ? AND exampleId = ? AND samplingId = ? AND rollout = ?
        """)
    return try rows.compactMap { row in
      let sampling = samplings[row.sampling]
      try insert.execute(arguments: row.arguments(sampling: sampling))
      guard database.changesCount > 0 else { return nil }
      let key = TargetPrompt(targetID: row.targetID, promptID: row.promptID)
      if row.purpose == .search { return StoredRow(key: key, isOfSearch: true) }
      let stored = try Bool.fetchOne(
        isOfSearch,
        arguments: [row.targetID, row.promptID, row.exampleID, sampling, row.rollout])
      return StoredRow(key: key, isOfSearch: stored ?? false)
    }
  }

  private static func numbers(
    ofSamplings keys: Set<String>, _ database: Database
  ) throws -> [String: Int64] {
    let insert = try database.cachedStatement(
      sql: "INSERT INTO sampling (key) VALUES (?) ON CONFLICT DO NOTHING")
    let find = try database.cachedStatement(sql: "SELECT id FROM sampling WHERE key = ?")
    var numbers: [String: Int64] = [:]
    for key in keys.sorted() {
      try insert.execute(arguments: [key])
      numbers[key] = try Int64.fetchOne(find, arguments: [key])
    }
    return numbers
  }

  private struct TargetPrompt: Hashable {
    let targetID, promptID: Int64
  }

  /// Adds up anew what `rows` have changed. The sums are taken over stored rows in the order of
  /// their key, so that they do not depend on the order in which answers came.
  private static func updateTotals(of rows: [StoredRow], _ database: Database) throws {
    let total = try database.cachedStatement(
      sql: """
        REPLACE INTO promptTotal
        SELECT * FROM computedPromptTotal WHERE targetId = ? AND promptId = ?
        """)
    for key in Set(rows.map(\.key)) {
      try total.execute(arguments: [key.targetID, key.promptID])
    }
    for key in Set(rows.filter(\.isOfSearch).map(\.key)) {
      try compare(prompt: key.promptID, target: key.targetID, database)
    }
  }

  /// Compares a prompt anew with its originals, and its candidates with it.
  private static func compare(prompt: Int64, target: Int64, _ database: Database) throws {
    for role in ["promptId", "originalId"] {
      let update = try database.cachedStatement(
        sql: """
          REPLACE INTO comparison
          SELECT * FROM computedComparison WHERE targetId = ? AND \(role) = ?
          """)
      try update.execute(arguments: [target, prompt])
    }
  }
}

extension FeedbackRow {
  /// The values of a row of `feedback`, in the order of the statement that inserts it.
  fileprivate func arguments(sampling: Int64?) -> StatementArguments {
    let (status, output, score, error): (String, String?, Double?, String?) =
      switch outcome {
      case .done(let output, let score): ("done", output, score, nil)
      case .failed(let reason): ("failed", nil, nil, reason)
      }
    return [
      targetID, promptID, exampleID, sampling, rollout, purpose.rawValue, status, score,
      isAnswered, promptTokens, outputTokens, latencySeconds, cost, error, output,
    ]
  }
}
