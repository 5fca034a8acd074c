import GRDB

/// What a better candidate changed: the fresh scores of an original and of the prompt chosen for it.
public struct ScoreChange: Sendable, Equatable {
  /// Names of the target and the task.
  public let target, task: String
  /// Mean scores of the original and of the chosen prompt, on the same examples.
  public let original, chosen: Double
  /// On how many examples both were answered.
  public let count: Int
}

/// Stored results of one target, by what the calls were made for.
public struct PurposeCount: Sendable, Equatable {
  /// Name of the target.
  public let target: String
  /// What the calls were made for.
  public let purpose: FeedbackPurpose
  /// Calls by outcome; those without an answer in their text are among the answered.
  public let answered, unanswered, failed: Int
  /// Tokens read and written.
  public let tokens: Int
  /// What the answers cost, in the unit of the prices.
  public let cost: Double
}

// What a report of a run shows of its store.
extension FeedbackStore {
  /// Originals that a better candidate was chosen for, with both scores on the examples that no search
  /// of them used, so that the choice of the best of many flatters neither. It does not matter whether
  /// these were asked for as fresh ones or, before, to evaluate.
  public func scoreChanges() throws(StoreError) -> [ScoreChange] {
    try read("compare chosen prompts") { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT target.name AS target, task.name AS task, avg(base.score) AS original,
            avg(own.score) AS chosen, count(*) AS count
          FROM optimum
            CROSS JOIN feedback AS base
              ON base.targetId = optimum.targetId AND base.promptId = optimum.originalId
            CROSS JOIN feedback AS own
              ON own.targetId = optimum.targetId AND own.promptId = optimum.chosenId
                AND own.exampleId = base.exampleId AND own.samplingId = base.samplingId
                AND own.rollout = base.rollout
            JOIN target ON target.id = optimum.targetId
            JOIN prompt ON prompt.id = optimum.originalId
            JOIN task ON task.id = prompt.taskId
          WHERE optimum.chosenId <> optimum.originalId
            AND base.purpose IN ('fresh', 'evaluation') AND base.status = 'done'
            AND own.purpose IN ('fresh', 'evaluation') AND own.status = 'done'
          GROUP BY optimum.targetId, optimum.originalId
          ORDER BY optimum.targetId, optimum.originalId
          """)
      var changes: [ScoreChange] = []
      while let row = try rows.next() {
        changes.append(
          ScoreChange(
            target: row["target"], task: row["task"], original: row["original"],
            chosen: row["chosen"], count: row["count"]))
      }
      return changes
    }
  }

  /// What every target was asked for, in the order of names and purposes.
  public func purposeCounts() throws(StoreError) -> [PurposeCount] {
    try read("count calls by purpose") { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT target.name AS target, purpose, sum(answered) AS answered,
            sum(unanswered) AS unanswered, sum(failed) AS failed, sum(tokens) AS tokens,
            total(cost) AS cost
          FROM promptTotal JOIN target ON target.id = targetId
          GROUP BY targetId, purpose ORDER BY target.name, targetId, purpose
          """)
      return rows.compactMap { row in
        FeedbackPurpose(rawValue: row["purpose"]).map { purpose in
          PurposeCount(
            target: row["target"], purpose: purpose, answered: row["answered"],
            unanswered: row["unanswered"], failed: row["failed"], tokens: row["tokens"],
            cost: row["cost"])
        }
      }
    }
  }
}

extension Schema {
  /// The statements that made the tables, views, indices and triggers of a store, the migrator's own
  /// table left out.
  static func statements(_ database: Database) throws -> Set<String?> {
    try String?.fetchSet(
      database,
      sql: """
        SELECT sql FROM sqlite_master
        WHERE name NOT LIKE 'grdb%' AND name NOT LIKE 'sqlite%'
        """)
  }

  /// Those of a new store.
  static func newStatements() throws -> Set<String?> {
    let queue = try DatabaseQueue()
    try migrator.migrate(queue)
    return try queue.read(statements)
  }
}
