extension Schema {
  /// Answers that rewards were made of get a purpose of their own, so that no ranking reads them.
  /// SQLite cannot change a check: the table is written anew, with its views beside it.
  static let rewards3 = """
    CREATE TABLE feedback3 (
      targetId INTEGER NOT NULL REFERENCES target (id),
      promptId INTEGER NOT NULL REFERENCES prompt (id),
      exampleId INTEGER NOT NULL REFERENCES example (id),
      samplingId INTEGER NOT NULL REFERENCES sampling (id),
      rollout INTEGER NOT NULL,
      purpose TEXT NOT NULL CHECK (
        purpose = 'search' OR purpose = 'fresh' OR purpose = 'evaluation' OR purpose = 'reward'),
      status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
      score REAL,
      isAnswered INTEGER NOT NULL CHECK (isAnswered IN (0, 1)),
      promptTokens INTEGER NOT NULL,
      outputTokens INTEGER NOT NULL,
      latencySeconds REAL NOT NULL,
      cost REAL NOT NULL,
      error TEXT,
      output TEXT,
      PRIMARY KEY (targetId, promptId, exampleId, samplingId, rollout),
      CHECK ((status = 'done') = (score IS NOT NULL)),
      CHECK ((status = 'failed') = (error IS NOT NULL))
    ) WITHOUT ROWID;
    INSERT INTO feedback3 SELECT * FROM feedback;

    DROP VIEW computedPromptTotal;
    DROP VIEW computedComparison;
    DROP TABLE feedback;
    ALTER TABLE feedback3 RENAME TO feedback;
    CREATE INDEX feedbackFailed ON feedback (targetId, error) WHERE status = 'failed';

    CREATE VIEW computedPromptTotal AS
      SELECT targetId, promptId, purpose, sum(status = 'done'),
        sum(status = 'done' AND NOT isAnswered), sum(status = 'failed'), total(score),
        total(score * score), sum(promptTokens + outputTokens), total(cost),
        total(CASE WHEN status = 'done' THEN latencySeconds END)
      FROM feedback
      GROUP BY targetId, promptId, purpose;
    CREATE VIEW computedComparison AS
      SELECT candidate.targetId AS targetId, candidate.originalId AS originalId,
        candidate.promptId AS promptId, count(*), total(own.score - base.score),
        total((own.score - base.score) * (own.score - base.score))
      FROM candidate
        CROSS JOIN feedback AS own
          ON own.targetId = candidate.targetId AND own.promptId = candidate.promptId
        CROSS JOIN feedback AS base
          ON base.targetId = own.targetId AND base.promptId = candidate.originalId
            AND base.exampleId = own.exampleId AND base.samplingId = own.samplingId
            AND base.rollout = own.rollout
      WHERE own.purpose = 'search' AND own.status = 'done'
        AND base.purpose = 'search' AND base.status = 'done'
      GROUP BY candidate.targetId, candidate.originalId, candidate.promptId;
    """
}
