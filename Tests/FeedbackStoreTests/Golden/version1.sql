PRAGMA application_id = 1835102319;
BEGIN TRANSACTION;
CREATE TABLE call (
  id INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL REFERENCES run (id),
  day TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('reserved', 'settled')),
  calls INTEGER NOT NULL CHECK (calls >= 0),
  tokens INTEGER NOT NULL CHECK (tokens >= 0),
  cost REAL NOT NULL CHECK (cost >= 0)
);
INSERT INTO "call" VALUES(1,1,'2026-01-31','settled',30,360,7.5);
INSERT INTO "call" VALUES(2,1,'2026-01-31','settled',8,96,0.1);
INSERT INTO "call" VALUES(3,1,'2026-02-01','reserved',2,0,0.2);
CREATE TABLE candidate (
  targetId INTEGER NOT NULL REFERENCES target (id),
  originalId INTEGER NOT NULL REFERENCES prompt (id),
  promptId INTEGER NOT NULL REFERENCES prompt (id),
  PRIMARY KEY (targetId, originalId, promptId)
) WITHOUT ROWID;
INSERT INTO "candidate" VALUES(1,1,1);
INSERT INTO "candidate" VALUES(1,1,2);
INSERT INTO "candidate" VALUES(1,1,3);
INSERT INTO "candidate" VALUES(2,1,1);
INSERT INTO "candidate" VALUES(2,1,2);
INSERT INTO "candidate" VALUES(2,1,3);
CREATE TABLE example (
  id INTEGER PRIMARY KEY,
  taskId INTEGER NOT NULL REFERENCES task (id),
  key TEXT NOT NULL,
  split TEXT NOT NULL CHECK (split IN ('train', 'dev', 'test')),
  UNIQUE (taskId, key)
);
INSERT INTO "example" VALUES(1,1,'e0','train');
INSERT INTO "example" VALUES(2,1,'e1','train');
INSERT INTO "example" VALUES(3,1,'e2','train');
INSERT INTO "example" VALUES(4,1,'e3','train');
INSERT INTO "example" VALUES(5,1,'e4','train');
INSERT INTO "example" VALUES(6,1,'e5','train');
INSERT INTO "example" VALUES(7,1,'e6','train');
INSERT INTO "example" VALUES(8,1,'e7','train');
INSERT INTO "example" VALUES(9,1,'e8','dev');
INSERT INTO "example" VALUES(10,1,'e9','dev');
INSERT INTO "example" VALUES(11,1,'e10','dev');
INSERT INTO "example" VALUES(12,1,'e11','dev');
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
INSERT INTO "feedback" VALUES(1,1,1,'greedy',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,2,'greedy',0,'search','done','good',0.5,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,3,'greedy',0,'search','done','good',0.5,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,4,'greedy',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,5,'greedy',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,6,'greedy',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,7,'greedy',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,1,8,'greedy',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,1,'greedy',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,2,'greedy',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,3,'greedy',0,'search','failed',NULL,NULL,'timed out',10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,4,'greedy',0,'search','done','good',0.5,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,5,'greedy',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,6,'greedy',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,7,'greedy',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,2,8,'greedy',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,3,1,'greedy',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,3,2,'greedy',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,3,3,'greedy',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(1,3,4,'greedy',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,1,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,2,'t=1',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,3,'t=1',0,'search','done','good',0.5,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,4,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,5,'t=1',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,6,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,7,'t=1',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,1,8,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,1,'t=1',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,2,'t=1',0,'search','done','good',1.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,3,'t=1',0,'search','failed',NULL,NULL,'timed out',10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,4,'t=1',0,'search','done','good',0.75,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,5,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,6,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,7,'t=1',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,2,8,'t=1',0,'search','done','good',0.0,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,3,1,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,3,2,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,3,3,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
INSERT INTO "feedback" VALUES(2,3,4,'t=1',0,'search','done','good',0.25,NULL,10,2,0.5,0.25);
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 catalogue');
INSERT INTO "grdb_migrations" VALUES('1 feedback');
INSERT INTO "grdb_migrations" VALUES('1 dataset');
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
INSERT INTO "optimum" VALUES(1,1,2,0.25,0.125,0.0625,4);
INSERT INTO "optimum" VALUES(2,1,2,0.25,0.125,0.0625,4);
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
INSERT INTO "prompt" VALUES(1,1,'Is it good or bad?',NULL,'a','terse','g/b','pool','train',NULL);
INSERT INTO "prompt" VALUES(2,1,'Good? Bad?',1,'a','terse','g/b','rules','train',NULL);
INSERT INTO "prompt" VALUES(3,1,'Mood?',1,'a','terse','g/b','rules','train',NULL);
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  seed INTEGER NOT NULL,
  configHash TEXT NOT NULL,
  startedAt TEXT NOT NULL,
  UNIQUE (name, seed, configHash)
);
INSERT INTO "run" VALUES(1,'quickstart',7,'c','2026-01-31T00:00:00Z');
CREATE TABLE target (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE
);
INSERT INTO "target" VALUES(1,'north','f1');
INSERT INTO "target" VALUES(2,'south','f2');
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  metric TEXT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO "task" VALUES(1,'reviews','classification','accuracy','h1');
CREATE INDEX promptByParent ON prompt (parentId);
CREATE INDEX promptByFamily ON prompt (taskId, family);
CREATE INDEX callByRun ON call (runId, day);
CREATE INDEX callByDay ON call (day);
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
COMMIT;
