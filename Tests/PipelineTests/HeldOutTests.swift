import FeedbackStore
import Foundation
import GRDB
import Pipeline
import PromptSearch
import Rewriting
import Tasks
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Nothing that is evaluated is trained on: asked of the store of a finished run, in queries that
/// one leak would make fail, and of the texts that are trained on without feedback.
@Suite struct HeldOutTests {
  /// Rows that may not be there: each query counts those of one kind of leak.
  private static let leaks = [
    "an evaluated prompt as original or candidate": """
    SELECT count(*) FROM candidate JOIN prompt ON prompt.id IN (originalId, promptId)
    WHERE prompt.role <> 'train'
    """,
    "an evaluated prompt in a pair": """
    SELECT count(*) FROM optimum JOIN prompt ON prompt.id IN (originalId, chosenId)
    WHERE prompt.role <> 'train'
    """,
    "a descendant of an evaluated prompt": """
    WITH RECURSIVE ancestor (id) AS (
      SELECT promptId FROM candidate
      UNION SELECT parentId FROM prompt JOIN ancestor USING (id) WHERE parentId IS NOT NULL)
    SELECT count(*) FROM ancestor JOIN prompt USING (id) WHERE role <> 'train'
    """,
    "a family of an evaluated prompt that is not held out for its content": """
    SELECT count(*) FROM candidate JOIN prompt AS trained ON trained.id = promptId
      JOIN prompt AS held ON held.taskId = trained.taskId AND held.family = trained.family
    WHERE held.role = 'test' AND held.origin = 'pool' AND held.heldOut <> 'content'
    """,
    "a content that is held out": """
    SELECT count(*) FROM candidate JOIN prompt AS trained ON trained.id = promptId
      JOIN prompt AS held ON held.taskId = trained.taskId AND held.content = trained.content
    WHERE held.heldOut = 'content'
    """,
    "a test example in the feedback of the search": """
    SELECT count(*) FROM feedback JOIN example ON example.id = exampleId
    WHERE split = 'test' AND purpose <> 'evaluation' OR split = 'train' AND purpose = 'evaluation'
    """,
    "an example both searched and measured on": """
    SELECT count(*) FROM feedback AS a JOIN feedback AS b USING (targetId, exampleId)
    WHERE a.purpose = 'search' AND b.purpose = 'fresh'
    """,
  ]

  @Test func theStoreHoldsNoLeak() async throws {
    let finished = try await FinishedRun.make()
    let database = try DatabaseQueue(path: finished.run.folder.storeFile.path)
    func count(_ query: String) throws -> Int? {
      try database.read { try Int.fetchOne($0, sql: query) }
    }
    for (what, query) in Self.leaks { #expect(try count(query) == 0, "\(what)") }
    for table in ["candidate", "optimum", "feedback WHERE purpose = 'evaluation'"] {
      #expect(try count("SELECT count(*) FROM \(table)") ?? 0 > 50)
    }
    for kind in HeldOutKind.allCases {
      let held = "SELECT count(*) FROM prompt WHERE role = 'test' AND heldOut = '\(kind.rawValue)'"
      #expect(try count(held) ?? 0 > 0, "\(kind) is there to leak")
    }
  }

  @Test func trainingTextsAreFarFromEvaluatedOnes() async throws {
    let run = try await FinishedRun.make().run
    for target in [Int64(1), 2] {
      let texts = try run.store.trainingTexts(target: target)
      #expect(texts.count > 50)
      for entry in run.pool.tasks {
        try check(texts.filter { $0.task == entry.task.name }.map(\.text), of: entry)
      }
      #expect(throws: Never.self) { try run.checkForLeaks(target: target) }
    }
  }

  @Test func theBaseCorpusHoldsNothingHeldOut() async throws {
    let run = try await FinishedRun.make().run
    var corpus = PromptCorpus(run)
    let tokenizer = try Tokenizer(
      contentsOf: run.folder.model(.base).appendingPathComponent("tokenizer.json"))
    let format = try #require(RewriterFormat(tokenizer))
    var texts = corpus.tokenizerTexts()
    for _ in 0..<20 {
      for example in try corpus.nextBatch(16, format) {
        texts.append(tokenizer.decode(example.prompt + example.response))
        texts.append(tokenizer.decode(example.response))
      }
    }
    texts += texts.compactMap { text in
      text.hasPrefix("This is a ") ? String(text.drop { $0 != "\n" }.dropFirst()) : nil
    }
    #expect(texts.count > 1000)
    for entry in run.pool.tasks { try check(texts, of: entry) }
  }

  /// Settings are chosen on dev prompts and examples alone; the baselines are chosen on others of dev.
  @Test func anEvaluationOnDevReadsNothingOfTest() async throws {
    let finished = try await FinishedRun.make()
    let overrides = ["evaluation.split=dev", "splits.train=0.6", "splits.dev=0.3"]
    let run = try finished.world.open("on-dev", overrides: overrides)
    let report = try await run.runAll()
    #expect(report.split == .dev && finished.report.split == .test)
    for (row, entry) in zip(report.rows, run.pool.tasks) {
      #expect(row.prompts == entry.prompts(.dev).count && row.examples == 3)
    }
    #expect(report.heldOut.allSatisfy { $0.group == "family" })
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    func count(_ condition: String) throws -> Int? {
      try database.read { database in
        try Int.fetchOne(
          database,
          sql: """
            SELECT count(*) FROM feedback JOIN example ON example.id = exampleId
              JOIN prompt ON prompt.id = promptId WHERE \(condition)
            """)
      }
    }
    #expect(try count("split = 'test' OR role = 'test'") == 0)
    #expect(try count("purpose = 'evaluation' AND split = 'dev'") ?? 0 > 50)
    #expect(try count("purpose = 'evaluation' AND split <> 'dev'") == 0)
    for target in [Int64(1), 2] {
      #expect(throws: Never.self) { try run.checkForLeaks(target: target) }
    }
    for entry in run.pool.tasks {
      let texts = try run.store.trainingTexts(target: 1).filter { $0.task == entry.task.name }
      try check(texts.map(\.text), of: entry)
    }
    let greedy = try finished.world.open(
      "no-dev-left", from: run.folder, overrides: overrides + ["evaluation.examples=9999"])
    await #expect(
      throws: RunError.noData(
        "task 'sentiment' has no dev example left to choose the baselines by: "
          + "'evaluation.split' is dev, so 'evaluation.examples' must leave some")
    ) { try await greedy.runAll() }
  }

  @Test func variedCopiesHoldNothingHeldOut() async throws {
    let run = try await FinishedRun.make().run
    let augmentation = PromptAugmentation(
      run.pool, AugmentationConfiguration(contentShare: 0.7, wordingShare: 0.7))
    var random = SplitMix64(seed: 5)
    var texts: [String: [String]] = [:]
    for _ in 0..<10 {
      for pair in augmentation.varied(try run.store.pairs(target: 1), using: &random) {
        texts[pair.task, default: []] += [pair.originalText, pair.chosenText]
      }
      for ranking in augmentation.varied(try run.store.rankings(target: 1), using: &random) {
        texts[ranking.task, default: []] += [ranking.originalText]
        texts[ranking.task, default: []] += ranking.candidates.map(\.text)
      }
    }
    for entry in run.pool.tasks {
      let varied = try #require(texts[entry.task.name])
      #expect(Set(varied).count > 500)
      try check(Array(Set(varied)), of: entry)
    }
  }

  /// No text is nearly an evaluated one, has a held-out wording, or asks for a held-out content.
  private func check(_ texts: [String], of entry: SplitTask) throws {
    let evaluated = entry.prompts(.test) + entry.prompts(.dev)
    let index = NearDuplicateIndex(of: evaluated.map(\.prompt.text), threshold: 0.9)
    let heldOut = HeldOutTexts(wordings: entry.task.heldOut.wordings)
    let contents = evaluated.filter { $0.heldOut == .content }.map(\.prompt.required)
    #expect(!contents.isEmpty && !entry.task.heldOut.wordings.isEmpty)
    for text in texts {
      #expect(!index.contains(text), "nearly evaluated: \(text)")
      #expect(!heldOut.hasWording(in: text), "held-out wording: \(text)")
      let words = Set(normalForm(text).split(separator: " ").map(String.init))
      for required in contents {
        #expect(!words.isSuperset(of: required), "held-out content: \(text)")
      }
    }
  }

  @Test func aPlantedLeakEndsTheRun() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("leaky")
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    let rows = try database.read { database in
      try ["train", "test"].map { role in
        try Row.fetchOne(
          database, sql: "SELECT * FROM prompt WHERE taskId = 1 AND role = ? ORDER BY id",
          arguments: [role])
      }
    }
    let (trained, evaluated) = (try #require(rows[0]), try #require(rows[1]))
    let (original, held): (Int64, Int64) = (trained["id"], evaluated["id"])
    let text: String = evaluated["text"]
    try run.store.add(candidates: [held], of: original, target: 1)
    #expect(throws: RunError.leak("role of prompt \(held)")) {
      try run.checkForLeaks(target: 1)
    }
    #expect(throws: Never.self) { try run.checkForLeaks(target: 2) }
    let copy = PromptRecord(
      text: text.uppercased() + "!", family: "another", style: "x",
      content: trained["content"], origin: "rules", role: .train)
    let planted = try run.store.upsert(prompts: [copy], task: 1)
    try run.store.add(candidates: planted, of: original, target: 2)
    #expect(throws: RunError.leak("a near-duplicate in task 'sentiment'")) {
      try run.checkForLeaks(target: 2)
    }
    #expect(
      "\(RunError.leak("role of prompt 7"))"
        == "evaluated data in the training set: role of prompt 7")
  }
}
