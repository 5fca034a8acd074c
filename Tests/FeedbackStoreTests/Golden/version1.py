"""A feedback store as version 1 of the schema wrote it, for the test of the migrations.

    python3 version1.py > version1.sql

Python 3.11, its sqlite3 module; seed 5.
"""

import random
import sqlite3

SCHEMA = """
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

CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('1 catalogue'), ('1 feedback'), ('1 dataset');
"""

random.seed(5)
store = sqlite3.connect(":memory:")
store.executescript(SCHEMA)
store.execute("INSERT INTO task VALUES (1, 'reviews', 'classification', 'accuracy', 'h1')")
store.executemany(
    "INSERT INTO example VALUES (?, 1, ?, ?)",
    [(i + 1, f"e{i}", "train" if i < 8 else "dev") for i in range(12)])
store.executemany(
    "INSERT INTO prompt VALUES (?, 1, ?, ?, 'a', 'terse', 'g/b', ?, 'train', NULL)",
    [(1, "Is it good or bad?", None, "pool"), (2, "Good? Bad?", 1, "rules"),
     (3, "Mood?", 1, "rules")])
store.executemany("INSERT INTO target VALUES (?, ?, ?)", [(1, "north", "f1"), (2, "south", "f2")])
store.execute("INSERT INTO run VALUES (1, 'quickstart', 7, 'c', '2026-01-31T00:00:00Z')")
for target in (1, 2):
    for prompt, examples in ((1, 8), (2, 8), (3, 4)):
        for example in range(1, examples + 1):
            failed = prompt == 2 and example == 3
            store.execute(
                "INSERT INTO feedback"
                " VALUES (?, ?, ?, ?, 0, 'search', ?, ?, ?, ?, 10, 2, 0.5, 0.25)",
                (target, prompt, example, "greedy" if target == 1 else "t=1",
                 "failed" if failed else "done", None if failed else "good",
                 None if failed else random.randrange(5) / 4,
                 "timed out" if failed else None))
    for prompt in (1, 2, 3):
        store.execute("INSERT INTO candidate VALUES (?, 1, ?)", (target, prompt))
    store.execute("INSERT INTO optimum VALUES (?, 1, 2, 0.25, 0.125, 0.0625, 4)", (target,))
store.executemany(
    "INSERT INTO call VALUES (?, 1, ?, ?, ?, ?, ?)",
    [(1, "2026-01-31", "settled", 30, 360, 7.5), (2, "2026-01-31", "settled", 8, 96, 0.1),
     (3, "2026-02-01", "reserved", 2, 0, 0.2)])
store.commit()
# The header's number is not in a dump.
print("PRAGMA application_id = 1835102319;")
print("\n".join(store.iterdump()))
