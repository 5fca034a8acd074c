import GRDB

/// A pair that was not measured here: a user's own rewrite of a prompt.
public struct ImportedPair: Sendable, Equatable {
  /// Name of the target that it is for. A name and not a number: a pair may be there before its
  /// target was ever asked.
  public let target: String
  /// Name of the task, where one is given.
  public let task: String?
  /// Kind of task, as the rewriter's prefix says it.
  public let kind: String
  /// The prompt that was rewritten.
  public let prompt: String
  /// The better text.
  public let chosen: String
  /// A worse text; nil where there is none.
  public let rejected: String?
  /// Name of the file that it came from, and the line there.
  public let source: String
  /// Line of the file from 1, or number of the record where the file is one list.
  public let line: Int

  /// A pair by its fields.
  public init(
    target: String, task: String? = nil, kind: String, prompt: String, chosen: String,
    rejected: String? = nil, source: String, line: Int
  ) {
    (self.target, self.task, self.kind) = (target, task, kind)
    (self.prompt, self.chosen, self.rejected) = (prompt, chosen, rejected)
    (self.source, self.line) = (source, line)
  }
}

extension FeedbackStore {
  /// Stores pairs that were not measured here, all of them or none. One whose target, kind and
  /// texts are stored is left out.
  ///
  /// - Returns: How many were stored.
  /// - Throws: ``StoreError/evaluatedText(source:line:)`` for the first pair with a text that is an
  ///   original of the dev or test split: trained on, it would be no test any more.
  @discardableResult
  public func add(imported pairs: [ImportedPair]) throws(StoreError) -> Int {
    try write("import pairs") { database in
      let evaluated = try String.fetchSet(
        database,
        sql: "SELECT text FROM prompt WHERE role <> 'train' AND origin <> 'rewriter'")
      let insert = try database.cachedStatement(
        sql: """
          INSERT INTO importedPair (target, task, kind, prompt, chosen, rejected, source, line)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
          """)
      let before = database.totalChangesCount
      for pair in pairs {
        for text in [pair.prompt, pair.chosen, pair.rejected] {
          guard let text, evaluated.contains(text) else { continue }
          throw StoreError.evaluatedText(source: pair.source, line: pair.line)
        }
        try insert.execute(arguments: [
          pair.target, pair.task, pair.kind, pair.prompt, pair.chosen, pair.rejected, pair.source,
          pair.line,
        ])
      }
      return database.totalChangesCount - before
    }
  }

  /// The imported pairs of the target of this name, in the order of their import.
  public func importedPairs(target: String) throws(StoreError) -> [ImportedPair] {
    try read("list imported pairs") { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT * FROM importedPair WHERE target = ? ORDER BY id",
        arguments: [target])
      return rows.map { row in
        ImportedPair(
          target: row["target"], task: row["task"], kind: row["kind"], prompt: row["prompt"],
          chosen: row["chosen"], rejected: row["rejected"], source: row["source"],
          line: row["line"])
      }
    }
  }
}
