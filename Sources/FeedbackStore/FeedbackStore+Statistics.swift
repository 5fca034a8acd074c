import GRDB

/// The dataset of one target in numbers.
public struct TargetStatistics: Sendable, Equatable {
  /// Name of the target.
  public let target: String
  /// Answered and failed calls whose result is stored.
  public let answered, failed: Int
  /// Answers in whose text no answer was found; they are among `answered`.
  public let unanswered: Int
  /// Tokens read and written by those calls.
  public let tokens: Int
  /// Money spent on them, in the unit of the budget.
  public let cost: Double
  /// Mean over answered calls; nil without one.
  public let meanLatencySeconds: Double?
  /// Original prompts with candidates.
  public let originals: Int
  /// Distinct prompts that are a candidate, originals included.
  public let candidates: Int
  /// Originals with a chosen prompt.
  public let pairs: Int
  /// Pairs P → P: nothing beat the original.
  public let kept: Int
  /// Share of candidates whose gain over their original, on the examples that both ran on, is at
  /// most one standard error either way, or that share a single answer, which can tell none apart;
  /// nil without candidates.
  public let tiedShare: Double?
  /// Mean gain of the pairs on search and on fresh examples: the difference is the winner's curse.
  public let meanSearchGain, meanFreshGain: Double?

  /// Share of answers in whose text no answer was found; nil without answers.
  public var unansweredShare: Double? {
    answered == 0 ? nil : Double(unanswered) / Double(answered)
  }
}

/// How many calls of a target failed for one reason.
public struct FailureCount: Sendable, Equatable {
  /// Name of the target.
  public let target: String
  /// The reason that is stored with the failed calls, or "other reasons".
  public let reason: String
  /// Calls that failed for it, less those that a later attempt answered.
  public let count: Int

  package init(target: String, reason: String, count: Int) {
    (self.target, self.reason, self.count) = (target, reason, count)
  }
}

/// What all runs spent and reserved on one day with one party.
public struct DailySpending: Sendable, Equatable {
  /// The day (UTC), as 2026-01-31.
  public let day: String
  /// Whom the calls were made to.
  public let party: CallParty
  /// The amounts.
  public let spending: Spending

  package init(day: String, party: CallParty, spending: Spending) {
    (self.day, self.party, self.spending) = (day, party, spending)
  }
}

extension FeedbackStore {
  /// The numbers of every target, by name.
  public func statistics() throws(StoreError) -> [TargetStatistics] {
    try read("count the dataset") { database in
      let rows = try Row.fetchAll(database, sql: Self.statisticsQuery)
      return rows.map { row in
        TargetStatistics(
          target: row["name"], answered: row["answered"], failed: row["failed"],
          unanswered: row["unanswered"], tokens: row["tokens"], cost: row["cost"],
          meanLatencySeconds: row["meanLatencySeconds"], originals: row["originals"],
          candidates: row["candidates"], pairs: row["pairs"], kept: row["kept"],
          tiedShare: row["tiedShare"],
          meanSearchGain: row["meanSearchGain"], meanFreshGain: row["meanFreshGain"])
      }
    }
  }

  /// The mean score of every candidate, originals included, by the target's name.
  public func candidateMeans() throws(StoreError) -> [String: [Double]] {
    try valuesByTarget(
      """
      SELECT target.name, mean
      FROM (SELECT DISTINCT targetId, promptId FROM candidate) AS choice
        JOIN promptScore
          ON promptScore.targetId = choice.targetId AND promptScore.promptId = choice.promptId
        JOIN target ON target.id = choice.targetId
      ORDER BY choice.targetId, choice.promptId
      """)
  }

  /// The gain of every pair on fresh examples, pairs P → P left out, by the target's name.
  public func freshGains() throws(StoreError) -> [String: [Double]] {
    try valuesByTarget(
      """
      SELECT target.name, freshGain FROM optimum JOIN target ON target.id = targetId
      WHERE chosenId <> originalId ORDER BY targetId, originalId
      """)
  }

  private func valuesByTarget(_ query: String) throws(StoreError) -> [String: [Double]] {
    try read("list values") { database in
      var values: [String: [Double]] = [:]
      let rows = try Row.fetchCursor(database, sql: query)
      while let row = try rows.next() { values[row[0], default: []].append(row[1]) }
      return values
    }
  }

  /// Failed calls by target and reason, the most frequent reason of each target first.
  ///
  /// - Parameter limit: How many reasons are listed of each target, at most. What failed for any
  ///   other is one entry, the target's last, whose reason is "other reasons": a server that puts a
  ///   number of its own into each message has as many reasons as failures.
  public func failures(reasonsPerTarget limit: Int = 10) throws(StoreError) -> [FailureCount] {
    try read("count failures") { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          WITH reasons AS (
            SELECT targetId, error, count(*) AS count, row_number() OVER (
              PARTITION BY targetId ORDER BY count(*) DESC, error) AS place
            FROM feedback WHERE status = 'failed' GROUP BY targetId, error)
          SELECT target.name AS name, sum(count) AS count,
            CASE WHEN place <= ?1 THEN error ELSE 'other reasons' END AS reason
          FROM reasons JOIN target ON target.id = targetId
          GROUP BY targetId, min(place, ?1 + 1)
          ORDER BY target.name, targetId, min(place, ?1 + 1)
          """, arguments: [limit])
      return rows.map { FailureCount(target: $0["name"], reason: $0["reason"], count: $0["count"]) }
    }
  }

  /// The ledger of all runs by day and party, the first day first.
  public func dailySpending() throws(StoreError) -> [DailySpending] {
    try read("add up the ledger") { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT day, party, sum(calls), sum(tokens), sum(costBillionths)
          FROM spending GROUP BY day, party ORDER BY day, party
          """)
      var days: [DailySpending] = []
      while let row = try rows.next() {
        guard let party = CallParty(rawValue: row[1]) else { continue }
        days.append(
          DailySpending(
            day: row[0], party: party,
            spending: LedgerTotal(calls: row[2], tokens: row[3], costBillionths: row[4]).spending))
      }
      return days
    }
  }

  private static let statisticsQuery = """
    WITH
    calls AS (
      SELECT targetId, sum(answered) AS answered, sum(unanswered) AS unanswered,
        sum(failed) AS failed, sum(tokens) AS tokens, total(cost) AS cost,
        total(latencySeconds) / nullif(sum(answered), 0) AS meanLatencySeconds
      FROM promptTotal GROUP BY targetId),
    choices AS (
      SELECT targetId, count(DISTINCT originalId) AS originals,
        count(DISTINCT promptId) AS candidates
      FROM candidate GROUP BY targetId),
    chosen AS (
      SELECT targetId, count(*) AS pairs, sum(chosenId = originalId) AS kept,
        avg(searchGain) AS meanSearchGain, avg(freshGain) AS meanFreshGain
      FROM optimum GROUP BY targetId),
    ties AS (
      SELECT targetId, avg(gainVariance IS NULL OR gain * gain <= gainVariance) AS tiedShare
      FROM ranking WHERE promptId <> originalId GROUP BY targetId)
    SELECT target.name, ifnull(answered, 0) AS answered, ifnull(failed, 0) AS failed,
      ifnull(unanswered, 0) AS unanswered, ifnull(tokens, 0) AS tokens,
      ifnull(cost, 0) AS cost, meanLatencySeconds, ifnull(originals, 0) AS originals,
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
