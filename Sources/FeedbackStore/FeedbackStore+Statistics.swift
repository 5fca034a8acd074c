import GRDB

/// The dataset of one target in numbers.
public struct TargetStatistics: Sendable, Equatable {
  /// Name of the target.
  public let target: String
  /// Answered and failed calls whose result is stored.
  public let answered, failed: Int
  /// Tokens read and written by those calls.
  public let tokens: Int
  /// Original prompts with candidates.
  public let originals: Int
  /// Distinct prompts that are a candidate, originals included.
  public let candidates: Int
  /// Originals with a chosen prompt.
  public let pairs: Int
  /// Pairs P → P: nothing beat the original.
  public let kept: Int
  /// Share of candidates whose mean is within one standard error of their original's, by
  /// (m₁ − m₂)² ≤ s₁²/n₁ + s₂²/n₂; the answers are taken as independent. nil without candidates.
  public let tiedShare: Double?
  /// Mean gain of the pairs on search and on fresh examples: the difference is the winner's curse.
  public let meanSearchGain, meanFreshGain: Double?
}

extension FeedbackStore {
  /// The numbers of every target, by name.
  public func statistics() throws(StoreError) -> [TargetStatistics] {
    try read("count the dataset") { database in
      let rows = try Row.fetchAll(database, sql: Self.statisticsQuery)
      return rows.map { row in
        TargetStatistics(
          target: row["name"], answered: row["answered"], failed: row["failed"],
          tokens: row["tokens"], originals: row["originals"], candidates: row["candidates"],
          pairs: row["pairs"], kept: row["kept"], tiedShare: row["tiedShare"],
          meanSearchGain: row["meanSearchGain"], meanFreshGain: row["meanFreshGain"])
      }
    }
  }

  /// The mean score of every candidate, originals included, by the target's name.
  public func candidateMeans() throws(StoreError) -> [String: [Double]] {
    try read("list scores") { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT DISTINCT target.name, promptId, mean
          FROM ranking JOIN target ON target.id = targetId ORDER BY targetId, promptId
          """)
      return Dictionary(grouping: rows) { $0["name"] }.mapValues { $0.map { $0["mean"] } }
    }
  }

  private static let statisticsQuery = """
    WITH
    calls AS (
      SELECT targetId, sum(status = 'done') AS answered, sum(status = 'failed') AS failed,
        sum(promptTokens + outputTokens) AS tokens
      FROM feedback GROUP BY targetId),
    choices AS (
      SELECT targetId, count(DISTINCT originalId) AS originals,
        count(DISTINCT promptId) AS candidates
      FROM candidate GROUP BY targetId),
    chosen AS (
      SELECT targetId, count(*) AS pairs, sum(chosenId = originalId) AS kept,
        avg(searchGain) AS meanSearchGain, avg(freshGain) AS meanFreshGain
      FROM optimum GROUP BY targetId),
    measured AS MATERIALIZED (SELECT * FROM ranking),
    ties AS (
      SELECT a.targetId, avg(
        (a.mean - b.mean) * (a.mean - b.mean)
          <= ifnull(a.variance, 0) / a.count + ifnull(b.variance, 0) / b.count) AS tiedShare
      FROM measured AS a JOIN measured AS b
        ON b.targetId = a.targetId AND b.originalId = a.originalId AND b.promptId = b.originalId
      WHERE a.promptId <> a.originalId
      GROUP BY a.targetId)
    SELECT target.name, ifnull(answered, 0) AS answered, ifnull(failed, 0) AS failed,
      ifnull(tokens, 0) AS tokens, ifnull(originals, 0) AS originals,
      ifnull(candidates, 0) AS candidates, ifnull(pairs, 0) AS pairs, ifnull(kept, 0) AS kept,
      tiedShare, meanSearchGain, meanFreshGain
    FROM target
      LEFT JOIN calls ON calls.targetId = target.id
      LEFT JOIN choices ON choices.targetId = target.id
      LEFT JOIN chosen ON chosen.targetId = target.id
      LEFT JOIN ties ON ties.targetId = target.id
    ORDER BY target.name, target.id
    """
}
