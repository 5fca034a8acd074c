import GRDB

/// What is known of the calls to one target: as plans need it.
public struct MeasuredCalls: Sendable, Equatable {
  /// Stored answers by what they were asked for.
  public let answered: [FeedbackPurpose: Int]
  /// Mean tokens read and written, and mean time, of an answer.
  public let promptTokens, outputTokens, seconds: Double

  /// Stored answers.
  public var count: Int { answered.values.reduce(0, +) }
}

extension FeedbackStore {
  /// The stored answers of the target with this fingerprint; nil where there is none.
  public func measuredCalls(fingerprint: String) throws(StoreError) -> MeasuredCalls? {
    try read("count answers") { database in
      let target = try Int64.fetchOne(
        database, sql: "SELECT id FROM target WHERE fingerprint = ?", arguments: [fingerprint])
      guard let target else { return nil }
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT purpose, sum(answered) AS answered, sum(tokens) AS tokens,
            total(latencySeconds) AS seconds
          FROM promptTotal WHERE targetId = ? GROUP BY purpose
          """, arguments: [target])
      // Only the share of written tokens, for their price: a thousand answers tell it well enough.
      let written = try Double.fetchOne(
        database,
        sql: """
          SELECT avg(outputTokens)
          FROM (SELECT * FROM feedback WHERE targetId = ? AND status = 'done' LIMIT 1000)
          """, arguments: [target])
      let count = rows.reduce(0) { $0 + ($1["answered"] as Int) }
      guard let written, count > 0 else { return nil }
      let tokens = rows.reduce(0) { $0 + ($1["tokens"] as Double) } / Double(count)
      return MeasuredCalls(
        answered: Dictionary(
          uniqueKeysWithValues: rows.compactMap { row in
            FeedbackPurpose(rawValue: row["purpose"]).map { ($0, row["answered"] as Int) }
          }),
        promptTokens: max(0, tokens - written), outputTokens: written,
        seconds: rows.reduce(0) { $0 + ($1["seconds"] as Double) } / Double(count))
    }
  }

  /// The number of a run; nil where it never began.
  public func run(
    named name: String, seed: UInt64, configHash: String
  ) throws(StoreError) -> Int64? {
    try read("find a run") { database in
      try Int64.fetchOne(
        database, sql: "SELECT id FROM run WHERE name = ? AND seed = ? AND configHash = ?",
        arguments: [name, Int64(bitPattern: seed), configHash])
    }
  }
}
