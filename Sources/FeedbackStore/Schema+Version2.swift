extension Schema {
  /// Sampling settings under a number, the found answer as a fact of its own, and the totals of
  /// each prompt. Short columns come before texts: a score is then found without reading an output.
  /// (A check by `IN` with more than two texts would have SQLite build a table for every row.)
  static let feedback2 = """
    DROP VIEW ranking;
    DROP VIEW promptScore;

    CREATE TABLE sampling (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE
    );
    INSERT INTO sampling (key) SELECT DISTINCT sampling FROM feedback ORDER BY sampling;

    CREATE TABLE feedback2 (
      targetId INTEGER NOT NULL REFERENCES target (id),
      promptId INTEGER NOT NULL REFERENCES prompt (id),
      exampleId INTEGER NOT NULL REFERENCES example (id),
      samplingId INTEGER NOT NULL REFERENCES sampling (id),
      rollout INTEGER NOT NULL,
      purpose TEXT NOT NULL
        CHECK (purpose = 'search' OR purpose = 'fresh' OR purpose = 'evaluation'),
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
    INSERT INTO feedback2
      SELECT targetId, promptId, exampleId, sampling.id, rollout, purpose, status, score, 1,
        promptTokens, outputTokens, latencySeconds, cost, error, output
      FROM feedback JOIN sampling ON sampling.key = feedback.sampling;
    DROP TABLE feedback;
    ALTER TABLE feedback2 RENAME TO feedback;
    CREATE INDEX feedbackFailed ON feedback (targetId, error) WHERE status = 'failed';

    CREATE TABLE promptTotal (
      targetId INTEGER NOT NULL,
      promptId INTEGER NOT NULL,
      purpose TEXT NOT NULL,
      answered INTEGER NOT NULL,
      unanswered INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      scoreSum REAL NOT NULL,
      scoreSquareSum REAL NOT NULL,
      tokens INTEGER NOT NULL,
      cost REAL NOT NULL,
      latencySeconds REAL NOT NULL,
      PRIMARY KEY (targetId, promptId, purpose)
    ) WITHOUT ROWID;
    CREATE VIEW computedPromptTotal AS
      SELECT targetId, promptId, purpose, sum(status = 'done'),
        sum(status = 'done' AND NOT isAnswered), sum(status = 'failed'), total(score),
        total(score * score), sum(promptTokens + outputTokens), total(cost),
        total(CASE WHEN status = 'done' THEN latencySeconds END)
      FROM feedback
      GROUP BY targetId, promptId, purpose;
    INSERT INTO promptTotal SELECT * FROM computedPromptTotal;
    """

  /// Comparisons of candidates with their original, over the answers that both have.
  static let dataset2 = """
    CREATE INDEX candidateByPrompt ON candidate (targetId, promptId);

    CREATE TABLE comparison (
      targetId INTEGER NOT NULL,
      originalId INTEGER NOT NULL,
      promptId INTEGER NOT NULL,
      shared INTEGER NOT NULL,
      differenceSum REAL NOT NULL,
      differenceSquareSum REAL NOT NULL,
      PRIMARY KEY (targetId, originalId, promptId)
    ) WITHOUT ROWID;
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
    INSERT INTO comparison SELECT * FROM computedComparison;

    CREATE VIEW promptScore AS
      SELECT targetId, promptId, scoreSum / answered AS mean, answered AS count,
        CASE WHEN answered > 1 THEN
          max(0, (scoreSquareSum - scoreSum * (scoreSum / answered)) / (answered - 1))
        END AS variance
      FROM promptTotal
      WHERE purpose = 'search' AND answered > 0;

    CREATE VIEW ranking AS
      SELECT comparison.targetId AS targetId, originalId, comparison.promptId AS promptId, mean,
        count, variance, differenceSum / shared AS gain,
        CASE WHEN shared > 1 THEN
          max(0, (differenceSquareSum - differenceSum * (differenceSum / shared)) / (shared - 1))
            / shared
        END AS gainVariance, shared
      FROM comparison JOIN promptScore
        ON promptScore.targetId = comparison.targetId
          AND promptScore.promptId = comparison.promptId;
    """

  /// Who a call was made to, and running totals. Money is added in whole billionths, so that the
  /// totals do not depend on the order of calls.
  static let ledger2 = """
    ALTER TABLE call ADD COLUMN party TEXT NOT NULL DEFAULT 'target'
      CHECK (party IN ('target', 'generator', 'judge'));
    ALTER TABLE call ADD COLUMN reservedAt TEXT;
    DROP INDEX callByRun;
    DROP INDEX callByDay;

    CREATE TABLE spending (
      runId INTEGER NOT NULL REFERENCES run (id),
      day TEXT NOT NULL,
      party TEXT NOT NULL,
      calls INTEGER NOT NULL,
      tokens INTEGER NOT NULL,
      costBillionths INTEGER NOT NULL,
      PRIMARY KEY (runId, day, party)
    ) WITHOUT ROWID;
    CREATE INDEX spendingByDay ON spending (day);
    INSERT INTO spending
      SELECT runId, day, party, sum(calls), sum(tokens), sum(CAST(round(cost * 1e9) AS INTEGER))
      FROM call GROUP BY runId, day, party;

    CREATE TRIGGER callReserved AFTER INSERT ON call BEGIN
      INSERT INTO spending
      VALUES (new.runId, new.day, new.party, new.calls, new.tokens, CAST(round(new.cost * 1e9) AS INTEGER))
      ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, tokens = tokens + excluded.tokens,
        costBillionths = costBillionths + excluded.costBillionths;
    END;
    CREATE TRIGGER callSettled AFTER UPDATE ON call BEGIN
      UPDATE spending SET calls = calls + new.calls - old.calls,
        tokens = tokens + new.tokens - old.tokens,
        costBillionths = costBillionths + CAST(round(new.cost * 1e9) AS INTEGER)
          - CAST(round(old.cost * 1e9) AS INTEGER)
      WHERE runId = new.runId AND day = new.day AND party = new.party;
    END;
    """

  /// Pairs that were not measured here.
  static let imports2 = """
    CREATE TABLE importedPair (
      id INTEGER PRIMARY KEY,
      target TEXT NOT NULL,
      task TEXT,
      kind TEXT NOT NULL,
      prompt TEXT NOT NULL,
      chosen TEXT NOT NULL,
      rejected TEXT,
      source TEXT NOT NULL,
      line INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX importedPairByText
      ON importedPair (target, kind, prompt, chosen, ifnull(rejected, ''));
    """

  /// What models wrote that were asked for candidates: the cache of their calls.
  static let generations2 = """
    CREATE TABLE generation (
      generator TEXT NOT NULL,
      promptId INTEGER NOT NULL REFERENCES prompt (id),
      request TEXT NOT NULL,
      draw INTEGER NOT NULL,
      output TEXT NOT NULL,
      PRIMARY KEY (generator, promptId, request, draw)
    ) WITHOUT ROWID;
    """
}
