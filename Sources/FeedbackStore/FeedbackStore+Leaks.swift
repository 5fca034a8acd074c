import GRDB

/// Something held out that reached the rows that are trained on.
public struct Leak: Sendable, Hashable {
  /// How it got there.
  public enum Kind: String, Sendable, CaseIterable {
    /// The prompt itself is held out.
    case role
    /// It descends from a held-out prompt.
    case descent
    /// It is of the family of a held-out prompt.
    case family
    /// Its content is held out whole.
    case content
    /// It was scored on an example of the test split.
    case example
    /// It was scored on an example both to choose among candidates and to measure the gain.
    case reuse
    /// It is in an imported pair.
    case imported
  }

  /// How it got there.
  public let kind: Kind
  /// The prompt in the pair or ranking; the held-out prompt itself for `imported`.
  public let promptID: Int64
  /// The held-out prompt (`role`, `descent`, `family`, `content`), the example (`example`, `reuse`)
  /// or the number of the imported pair (`imported`).
  public let sourceID: Int64

  package init(kind: Kind, promptID: Int64, sourceID: Int64) {
    (self.kind, self.promptID, self.sourceID) = (kind, promptID, sourceID)
  }
}

/// A prompt's text, to be compared with others of its task and content.
public struct PromptText: Sendable, Hashable {
  /// Name of the task.
  public let task: String
  /// What must survive a rewrite.
  public let content: String
  /// The template.
  public let text: String
}

extension FeedbackStore {
  /// Everything held out that is in a pair or ranking of `target`; empty where all is well.
  ///
  /// Rows of an original with role train may hold no dev or test prompt, rows of an original with
  /// role dev no test prompt, and an original with role test may have no rows. A prompt whose
  /// content is held out may share its wording, and so its family, with trained prompts of other
  /// contents. Near-duplicates are a matter of text: see ``trainingTexts(target:)``.
  public func leaks(target: Int64) throws(StoreError) -> [Leak] {
    try read("look for leaks") { database in
      try Self.leakQueries.flatMap { kind, query in
        try Row.fetchAll(database, sql: Self.members + query, arguments: [target])
          .map { Leak(kind: kind, promptID: $0[0], sourceID: $0[1]) }
      }
    }
  }

  /// The texts in rows of originals with role train: originals and candidates.
  public func trainingTexts(target: Int64) throws(StoreError) -> [PromptText] {
    try texts(
      Self.members + """
        SELECT DISTINCT task.name AS task, prompt.content AS content, prompt.text AS text
        FROM member JOIN prompt ON prompt.id = member.promptId JOIN task ON task.id = prompt.taskId
        WHERE member.role = 'train'
        ORDER BY prompt.id
        """, [target])
  }

  /// The texts of the test originals: prompts with role test that no rewriter wrote.
  public func evaluatedTexts() throws(StoreError) -> [PromptText] {
    try texts(
      """
      SELECT task.name AS task, content, text
      FROM prompt JOIN task ON task.id = prompt.taskId
      WHERE role = 'test' AND origin <> 'rewriter'
      ORDER BY prompt.id
      """, [])
  }

  private func texts(
    _ query: String, _ arguments: StatementArguments
  ) throws(StoreError) -> [PromptText] {
    try read("list texts") { database in
      try Row.fetchAll(database, sql: query, arguments: arguments).map { row in
        PromptText(task: row["task"], content: row["content"], text: row["text"])
      }
    }
  }

  /// Each prompt in a pair or ranking (a chosen prompt always is a candidate), with the role of its
  /// original; and which roles must not occur with which.
  private static let members = """
    WITH RECURSIVE
    member (role, promptId) AS (
      SELECT original.role, candidate.promptId
      FROM candidate JOIN prompt AS original ON original.id = candidate.originalId
      WHERE candidate.targetId = ?1
      UNION
      SELECT original.role, original.id
      FROM candidate JOIN prompt AS original ON original.id = candidate.originalId
      WHERE candidate.targetId = ?1),
    forbidden (role, other) AS (
      VALUES ('train', 'dev'), ('train', 'test'), ('dev', 'test'), ('test', 'test')),
    ancestor (role, promptId, id) AS (
      SELECT role, promptId, promptId FROM member
      UNION
      SELECT ancestor.role, ancestor.promptId, prompt.parentId
      FROM ancestor JOIN prompt ON prompt.id = ancestor.id
      WHERE prompt.parentId IS NOT NULL)

    """

  private static let leakQueries: [(Leak.Kind, String)] = [
    (
      .role,
      """
      SELECT DISTINCT prompt.id, prompt.id
      FROM member JOIN prompt ON prompt.id = member.promptId
        JOIN forbidden ON forbidden.role = member.role AND forbidden.other = prompt.role
      """
    ),
    (
      .descent,
      """
      SELECT DISTINCT ancestor.promptId, prompt.id
      FROM ancestor JOIN prompt ON prompt.id = ancestor.id
        JOIN forbidden ON forbidden.role = ancestor.role AND forbidden.other = prompt.role
      WHERE ancestor.id <> ancestor.promptId
      """
    ),
    (
      .family,
      """
      SELECT DISTINCT prompt.id, held.id
      FROM member JOIN prompt ON prompt.id = member.promptId
        JOIN prompt AS held ON held.taskId = prompt.taskId AND held.family = prompt.family
        JOIN forbidden ON forbidden.role = member.role AND forbidden.other = held.role
      WHERE held.id <> prompt.id AND ifnull(held.heldOut, '') <> 'content'
      """
    ),
    (
      .content,
      """
      SELECT DISTINCT prompt.id, held.id
      FROM member JOIN prompt ON prompt.id = member.promptId
        JOIN prompt AS held ON held.taskId = prompt.taskId AND held.content = prompt.content
        JOIN forbidden ON forbidden.role = member.role AND forbidden.other = held.role
      WHERE held.id <> prompt.id AND held.heldOut = 'content'
      """
    ),
    (
      .example,
      """
      SELECT DISTINCT feedback.promptId, feedback.exampleId
      FROM feedback JOIN example ON example.id = feedback.exampleId
      WHERE feedback.targetId = ?1 AND example.split = 'test'
        AND feedback.purpose IN ('search', 'fresh', 'reward')
        AND feedback.promptId IN (SELECT promptId FROM member)
      """
    ),
    // The plus keeps SQLite from reading all feedback once for each member (100 times slower).
    (
      .reuse,
      """
      SELECT DISTINCT fresh.promptId, fresh.exampleId
      FROM feedback AS fresh
      WHERE fresh.targetId = ?1 AND fresh.purpose = 'fresh'
        AND +fresh.promptId IN (SELECT promptId FROM member)
        AND fresh.exampleId IN (
          SELECT exampleId FROM feedback WHERE targetId = ?1 AND purpose = 'search')
      """
    ),
    (
      .imported,
      """
      , imported (target, id, text) AS (
        SELECT target, id, prompt FROM importedPair
        UNION ALL SELECT target, id, chosen FROM importedPair
        UNION ALL SELECT target, id, rejected FROM importedPair)
      SELECT DISTINCT prompt.id, imported.id
      FROM imported JOIN prompt ON prompt.text = imported.text
        JOIN target ON target.name = imported.target
      WHERE target.id = ?1 AND prompt.role <> 'train' AND prompt.origin <> 'rewriter'
      """
    ),
  ]
}
