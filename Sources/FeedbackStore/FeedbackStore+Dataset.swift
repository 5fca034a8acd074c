import GRDB

/// The best candidate of one original prompt for one target.
public struct Optimum: Sendable, Equatable {
  /// The prompt that was rewritten.
  public let originalID: Int64
  /// The candidate that won; the original itself where none beat it.
  public let chosenID: Int64
  /// Difference of the means on the search examples: too high, for the winner was chosen by it.
  public let searchGain: Double
  /// Mean of the paired differences on fresh examples, in units of the metric.
  public let freshGain: Double
  /// Standard error of `freshGain`.
  public let freshStandardError: Double
  /// Number of fresh examples that both ran on.
  public let freshCount: Int

  /// An optimum by its fields.
  public init(
    originalID: Int64, chosenID: Int64, searchGain: Double, freshGain: Double,
    freshStandardError: Double, freshCount: Int
  ) {
    (self.originalID, self.chosenID, self.searchGain) = (originalID, chosenID, searchGain)
    (self.freshGain, self.freshStandardError) = (freshGain, freshStandardError)
    self.freshCount = freshCount
  }
}

/// One row for supervised training: an original prompt and the chosen one.
public struct PromptPair: Sendable, Equatable {
  /// Task name and kind.
  public let task, kind: String
  /// What the original may be used for.
  public let role: SplitRole
  /// Family of descent and content of the original.
  public let family, content: String
  /// Texts of both prompts.
  public let originalText, chosenText: String
  /// Numbers and gains.
  public let optimum: Optimum

  package init(
    task: String, kind: String, role: SplitRole, family: String, content: String,
    originalText: String, chosenText: String, optimum: Optimum
  ) {
    (self.task, self.kind, self.role) = (task, kind, role)
    (self.family, self.content, self.optimum) = (family, content, optimum)
    (self.originalText, self.chosenText) = (originalText, chosenText)
  }
}

/// A candidate with its score on search examples, and its gain on those that its original also ran
/// on.
public struct RankedPrompt: Sendable, Equatable {
  /// Number of the prompt.
  public let promptID: Int64
  /// Its text.
  public let text: String
  /// Who wrote it, as it was registered first.
  public let origin: String
  /// Mean score over the answers.
  public let mean: Double
  /// Number of answers.
  public let count: Int
  /// Unbiased variance of one answer's score; nil for a single answer.
  public let variance: Double?

  /// Mean of the paired differences to the original, over the answers that both have; 0 for the
  /// original itself.
  public let gain: Double
  /// Standard error of `gain`; nil where only one answer is shared.
  public let gainStandardError: Double?
  /// Number of answers that both have.
  public let sharedCount: Int

  package init(
    promptID: Int64, text: String, origin: String, mean: Double, count: Int, variance: Double?,
    gain: Double, gainStandardError: Double?, sharedCount: Int
  ) {
    (self.promptID, self.text, self.origin) = (promptID, text, origin)
    (self.mean, self.count, self.variance) = (mean, count, variance)
    (self.gain, self.gainStandardError) = (gain, gainStandardError)
    self.sharedCount = sharedCount
  }

  /// The same measurements under another text.
  package func reworded(_ text: String) -> RankedPrompt {
    RankedPrompt(
      promptID: promptID, text: text, origin: origin, mean: mean, count: count,
      variance: variance, gain: gain, gainStandardError: gainStandardError,
      sharedCount: sharedCount)
  }
}

/// The measured candidates of one original prompt, the original among them.
public struct PromptRanking: Sendable, Equatable {
  /// Task name and kind.
  public let task, kind: String
  /// What the original may be used for.
  public let role: SplitRole
  /// Family of descent and content of the original.
  public let family, content: String
  /// Number of the original.
  public let originalID: Int64
  /// Text of the original.
  public let originalText: String
  /// Highest gain over the original first; equal gains in the order of their numbers.
  public let candidates: [RankedPrompt]

  package init(
    task: String, kind: String, role: SplitRole, family: String, content: String,
    originalID: Int64, originalText: String, candidates: [RankedPrompt]
  ) {
    (self.task, self.kind, self.role) = (task, kind, role)
    (self.family, self.content, self.candidates) = (family, content, candidates)
    (self.originalID, self.originalText) = (originalID, originalText)
  }
}

extension FeedbackStore {
  /// Makes `candidates` choices for `original` on this target; the original always is one.
  /// One prompt may be a candidate of several originals, and an original itself. Before or after
  /// they are scored: both are compared.
  public func add(
    candidates: some Sequence<Int64>, of original: Int64, target: Int64
  ) throws(StoreError) {
    try write("add candidates") { database in
      let insert = try database.cachedStatement(
        sql: """
          INSERT INTO candidate (targetId, originalId, promptId) VALUES (?, ?, ?)
          ON CONFLICT DO NOTHING
          """)
      let compare = try database.cachedStatement(
        sql: """
          REPLACE INTO comparison SELECT * FROM computedComparison
          WHERE targetId = ? AND originalId = ? AND promptId = ?
          """)
      for candidate in [original] + candidates {
        try insert.execute(arguments: [target, original, candidate])
        if database.changesCount > 0 {
          try compare.execute(arguments: [target, original, candidate])
        }
      }
    }
  }

  /// Stores what searches chose, whichever came first.
  ///
  /// Where another prompt was chosen before, the one with the higher search gain stays: a choice by
  /// the fresh gain would make that a maximum, and too high. Where it was the same one, the
  /// measurement on more fresh examples stays, the later one of equals.
  ///
  /// - Throws: ``StoreError/refused(action:reason:)`` when a chosen prompt is no candidate of its
  ///   original.
  public func record(
    _ optima: [Optimum], target: Int64
  ) throws(StoreError) {
    try write("record chosen prompts") { database in
      let insert = try database.cachedStatement(
        sql: """
          INSERT INTO optimum (
            targetId, originalId, chosenId, searchGain, freshGain, freshStandardError, freshCount)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET
            chosenId = excluded.chosenId, searchGain = excluded.searchGain,
            freshGain = excluded.freshGain, freshStandardError = excluded.freshStandardError,
            freshCount = excluded.freshCount
          WHERE CASE WHEN excluded.chosenId = optimum.chosenId
            THEN excluded.freshCount >= optimum.freshCount
            ELSE excluded.searchGain > optimum.searchGain END
          """)
      for optimum in optima {
        try insert.execute(arguments: [
          target, optimum.originalID, optimum.chosenID, optimum.searchGain, optimum.freshGain,
          optimum.freshStandardError, optimum.freshCount,
        ])
      }
    }
  }

  /// The pairs whose originals have `role`, by number of the original.
  public func pairs(
    target: Int64, role: SplitRole = .train
  ) throws(StoreError) -> [PromptPair] {
    try read("list pairs") { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT * FROM pair WHERE targetId = ? AND role = ? ORDER BY originalId",
        arguments: [target, role.rawValue])
      return rows.map { row in
        PromptPair(
          task: row["task"], kind: row["kind"], role: role, family: row["family"],
          content: row["content"], originalText: row["originalText"],
          chosenText: row["chosenText"],
          optimum: Optimum(
            originalID: row["originalId"], chosenID: row["chosenId"],
            searchGain: row["searchGain"], freshGain: row["freshGain"],
            freshStandardError: row["freshStandardError"], freshCount: row["freshCount"]))
      }
    }
  }

  /// The rankings whose originals have `role`, by number of the original. A candidate that shares
  /// no search answer with its original is not in them: a race drops candidates after a few
  /// examples, and means over different examples do not compare.
  public func rankings(
    target: Int64, role: SplitRole = .train
  ) throws(StoreError) -> [PromptRanking] {
    try read("list rankings") { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT task.name AS task, task.kind AS kind, original.family AS family,
            original.content AS content, originalId, original.text AS originalText,
            promptId, prompt.text AS text, prompt.origin AS origin, mean, count, variance,
            gain, gainVariance, shared
          FROM ranking
            JOIN prompt AS original ON original.id = originalId
            JOIN prompt ON prompt.id = promptId
            JOIN task ON task.id = original.taskId
          WHERE targetId = ? AND original.role = ?
          ORDER BY originalId, gain DESC, promptId
          """, arguments: [target, role.rawValue])
      let isSameOriginal = { (a: Row, b: Row) -> Bool in a["originalId"] == b["originalId"] as Int64
      }
      return rows.chunked(by: isSameOriginal).map { ranking(of: $0, role: role) }
    }
  }

  private func ranking(of rows: ArraySlice<Row>, role: SplitRole) -> PromptRanking {
    let first = rows[rows.startIndex]
    return PromptRanking(
      task: first["task"], kind: first["kind"], role: role, family: first["family"],
      content: first["content"], originalID: first["originalId"],
      originalText: first["originalText"],
      candidates: rows.map { row in
        RankedPrompt(
          promptID: row["promptId"], text: row["text"], origin: row["origin"], mean: row["mean"],
          count: row["count"], variance: row["variance"], gain: row["gain"],
          gainStandardError: (row["gainVariance"] as Double?)?.squareRoot(),
          sharedCount: row["shared"])
      })
  }
}

extension Array {
  /// Runs of neighbours that belong together; none is empty.
  fileprivate func chunked(by belongs: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
    var chunks: [ArraySlice<Element>] = []
    var start = startIndex
    for index in indices.dropFirst() where !belongs(self[index - 1], self[index]) {
      chunks.append(self[start..<index])
      start = index
    }
    return isEmpty ? [] : chunks + [self[start...]]
  }
}
