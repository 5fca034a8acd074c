import GRDB

/// The tables, as migrations from the empty file. Once released a migration is never edited.
enum Schema {
  /// Marks a file as ours in SQLite's header: the letters "mapo".
  static let applicationID = 0x6D61_706F

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 catalogue") { database in try database.execute(sql: catalogue) }
    migrator.registerMigration("1 feedback") { database in try database.execute(sql: feedback) }
    migrator.registerMigration("1 dataset") { database in try database.execute(sql: dataset) }
    migrator.registerMigration("2 feedback") { database in try database.execute(sql: feedback2) }
    migrator.registerMigration("2 dataset") { database in try database.execute(sql: dataset2) }
    migrator.registerMigration("2 ledger") { database in try database.execute(sql: ledger2) }
    migrator.registerMigration("2 imports") { database in try database.execute(sql: imports2) }
    migrator.registerMigration("2 generations") { database in
      try database.execute(sql: generations2)
    }
    migrator.registerMigration("3 rewards") { database in try database.execute(sql: rewards3) }
    return migrator
  }

  private static let catalogue = """
    PRAGMA application_id = 1835102319;

    CREATE TABLE task (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      metric TEXT NOT NULL,
      hash TEXT NOT NULL
    );

    CREATE TABLE example (
      id INTEGER PRIMARY KEY,
      taskId INTEGER NOT NULL REFERENCES task (id),
      key TEXT NOT NULL,
      split TEXT NOT NULL CHECK (split IN ('train', 'dev', 'test')),
      UNIQUE (taskId, key)
    );

    CREATE TABLE prompt (
      id INTEGER PRIMARY KEY,
      taskId INTEGER NOT NULL REFERENCES task (id),
      text TEXT NOT NULL,
      parentId INTEGER REFERENCES prompt (id),
      family TEXT NOT NULL,
      style TEXT NOT NULL,
      content TEXT NOT NULL,
      origin TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('train', 'dev', 'test')),
      heldOut TEXT CHECK (heldOut IN ('family', 'content', 'wording')),
      UNIQUE (taskId, content, text)
    );
    CREATE INDEX promptByParent ON prompt (parentId);
    CREATE INDEX promptByFamily ON prompt (taskId, family);

    CREATE TABLE target (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      fingerprint TEXT NOT NULL UNIQUE
    );

    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      seed INTEGER NOT NULL,
      configHash TEXT NOT NULL,
      startedAt TEXT NOT NULL,
      UNIQUE (name, seed, configHash)
    );
    """

  private static let feedback = """
    CREATE TABLE feedback (
      targetId INTEGER NOT NULL REFERENCES target (id),
      promptId INTEGER NOT NULL REFERENCES prompt (id),
      exampleId INTEGER NOT NULL REFERENCES example (id),
      sampling TEXT NOT NULL,
      rollout INTEGER NOT NULL,
      purpose TEXT NOT NULL CHECK (purpose IN ('search', 'fresh', 'evaluation')),
      status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
      output TEXT,
      score REAL,
      error TEXT,
      promptTokens INTEGER NOT NULL,
      outputTokens INTEGER NOT NULL,
      latencySeconds REAL NOT NULL,
      cost REAL NOT NULL,
      PRIMARY KEY (targetId, promptId, exampleId, sampling, rollout),
      CHECK ((status = 'done') = (score IS NOT NULL)),
      CHECK ((status = 'failed') = (error IS NOT NULL))
    ) WITHOUT ROWID;

    CREATE TABLE call (
      id INTEGER PRIMARY KEY,
      runId INTEGER NOT NULL REFERENCES run (id),
      day TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('reserved', 'settled')),
      calls INTEGER NOT NULL CHECK (calls >= 0),
      tokens INTEGER NOT NULL CHECK (tokens >= 0),
      cost REAL NOT NULL CHECK (cost >= 0)
    );
    CREATE INDEX callByRun ON call (runId, day);
    CREATE INDEX callByDay ON call (day);
    """

  private static let dataset = """
    CREATE TABLE candidate (
      targetId INTEGER NOT NULL REFERENCES target (id),
      originalId INTEGER NOT NULL REFERENCES prompt (id),
      promptId INTEGER NOT NULL REFERENCES prompt (id),
      PRIMARY KEY (targetId, originalId, promptId)
    ) WITHOUT ROWID;

    CREATE TABLE optimum (
      targetId INTEGER NOT NULL,
      originalId INTEGER NOT NULL,
      chosenId INTEGER NOT NULL,
      searchGain REAL NOT NULL,
      freshGain REAL NOT NULL,
      freshStandardError REAL NOT NULL,
      freshCount INTEGER NOT NULL,
      PRIMARY KEY (targetId, originalId),
      FOREIGN KEY (targetId, originalId, chosenId)
        REFERENCES candidate (targetId, originalId, promptId)
    ) WITHOUT ROWID;

    CREATE VIEW promptScore AS
      SELECT targetId, promptId, avg(score) AS mean, count(*) AS count,
        CASE WHEN count(*) > 1 THEN
          max(0, (sum(score * score) - sum(score) * avg(score)) / (count(*) - 1))
        END AS variance
      FROM feedback
      WHERE purpose = 'search' AND status = 'done'
      GROUP BY targetId, promptId;

    CREATE VIEW ranking AS
      SELECT candidate.targetId, candidate.originalId, candidate.promptId, mean, count, variance
      FROM candidate JOIN promptScore
        ON promptScore.targetId = candidate.targetId
          AND promptScore.promptId = candidate.promptId;

    CREATE VIEW pair AS
      SELECT optimum.targetId, task.name AS task, task.kind AS kind, original.role AS role,
        original.family AS family, original.content AS content,
        optimum.originalId, original.text AS originalText,
        optimum.chosenId, chosen.text AS chosenText,
        searchGain, freshGain, freshStandardError, freshCount
      FROM optimum
        JOIN prompt AS original ON original.id = optimum.originalId
        JOIN prompt AS chosen ON chosen.id = optimum.chosenId
        JOIN task ON task.id = original.taskId;
    """
}
