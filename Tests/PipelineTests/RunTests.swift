import FeedbackStore
import Foundation
import GRDB
import Pipeline
import TargetModels
import TestSupport
import Testing

@Suite struct RunTests {
  @Test func theSameSeedGivesTheSameEvaluation() async throws {
    let finished = try await FinishedRun.make()
    let again = try finished.world.open("again")
    #expect(try await again.runAll() == finished.report)
    let weights = ["base", "sft/amber", "reward/birch", "rl/amber", "rl/birch-control"]
    for model in weights {
      let file = model + "/model.safetensors"
      let first = try Data(contentsOf: finished.run.folder.url.appendingPathComponent(file))
      #expect(try Data(contentsOf: again.folder.url.appendingPathComponent(file)) == first)
    }
    let own = finished.run.folder.url.appendingPathComponent("rl/birch/model.safetensors")
    let control = finished.run.folder.url
      .appendingPathComponent("rl/birch-control/model.safetensors")
    #expect(try Data(contentsOf: own) != Data(contentsOf: control))
  }

  @Test func anotherSeedGivesAnother() async throws {
    let finished = try await FinishedRun.make()
    let other = try finished.world.open("other", overrides: ["seed=2"])
    var report = try await other.runAll()
    #expect(report.seed == 2)
    report.seed = finished.report.seed
    #expect(report != finished.report)
  }

  @Test func theDatasetIsInTheStore() async throws {
    let finished = try await FinishedRun.make()
    let summaries = try finished.run.folder.datasetReport().targets
    #expect(summaries.map(\.target) == ["amber", "birch"])
    for summary in summaries {
      #expect(summary.failed == 0 && summary.answered > 200 && summary.tokens > summary.answered)
      #expect(summary.pairs == summary.originals && summary.kept <= summary.pairs)
      #expect(summary.candidates > summary.originals)
    }
    // Candidates are the same for both targets: rankings differ by the target alone.
    let store = finished.run.store
    let texts = try [1, 2].map { target in
      Set(
        try finished.run.poolRankings(targetID: Int64(target)).map {
          "\($0.originalText) \($0.candidates.map(\.text).sorted())"
        })
    }
    #expect(texts[0] == texts[1] && texts[0].count > 10)
    #expect(try store.rankings(target: 1) != store.rankings(target: 2))
  }

  /// What was paid for is kept; a resumed run is refused what is beyond the budget as well, and with
  /// a larger one finds what a run without a limit finds.
  @Test func anExhaustedBudgetEndsTheRun() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.world.open("poor", overrides: ["budget.callsPerRun=100"])
    let error = await #expect(throws: RunError.self) { _ = try await run.runAll() }
    let words = try #require(error?.description)
    #expect(words.hasPrefix("the budget of 100 calls for the run would be passed: "), "\(words)")
    #expect(words.contains("every answer so far is kept, and --resume goes on"))
    #expect(run.folder.summary(.dataset, "amber") == nil)
    let spent = try run.store.spending(run: 1).calls
    #expect(spent <= 100)
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    let answers = try await database.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM feedback WHERE status = 'done'")
    }
    #expect(answers == spent)
    let again = try finished.world.open("poor", .resume, overrides: ["budget.callsPerRun=100"])
    await #expect(throws: RunError.self) { _ = try await again.runAll() }
    #expect(try again.store.spending(run: 1).calls == spent)
    let richer = try finished.world.open("poor", .resume, overrides: ["budget.callsPerRun=90000"])
    #expect(try await richer.runAll() == finished.report)
    #expect(
      try richer.store.spending(run: 1).calls == finished.run.store.spending(run: 1).calls)
    #expect(try richer.folder.manifest().configuration.budget.callsPerRun == 90000)
  }

  /// A target that cannot read most prompts: its failures are failures, never scores.
  @Test(arguments: [80, 12])
  func aTargetWithAShortContext(length: Int) async throws {
    let world = try await FinishedRun.make().world
    let folder = "short-\(length)"
    try FileManager.default.copyItem(at: world.url("targets/amber"), to: world.url(folder))
    let config = try world.text("\(folder)/config.json")
    let shortened = config.replacing(
      /"max_position_embeddings"\s*:\s*\d+/, with: "\"max_position_embeddings\": \(length)")
    try #require(shortened != config)
    try world.write(shortened, to: "\(folder)/config.json")
    let run = try world.open(
      "\(folder)-run",
      overrides: ["targets=[{name: short, folder: \(world.url(folder).path)}]"])
    do {
      let report = try await run.runAll()
      #expect(length > 12 && report.rows.count == 2)
      #expect(report.ownMinusOther.isEmpty, "there is no other target")
    } catch let error as RunError {
      #expect(length == 12)
      #expect(error == .noAnswer(target: "short"))
      #expect(
        "\(error)"
          == "target 'short' answered no call; the feedback store has the reason of each")
      #expect(run.folder.summary(.dataset, "short") == nil)
    }
    let summary = try #require(try run.folder.datasetReport().targets.first)
    #expect(summary.failed > 0 && (summary.answered > 0) == (length > 12))
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    let scored = try await database.read {
      try Int.fetchOne(
        $0, sql: "SELECT count(*) FROM feedback WHERE status = 'failed' AND score IS NOT NULL")
    }
    #expect(scored == 0)
  }

  @Test func aChangedTargetIsNoticed() async throws {
    let world = try await FinishedRun.make().world
    try FileManager.default.copyItem(at: world.url("targets/amber"), to: world.url("changing"))
    let overrides = ["targets=[{name: amber, folder: \(world.url("changing").path)}]"]
    _ = try world.open("changes", overrides: overrides)
    _ = try world.open("changes", .resume, overrides: overrides)
    let weights = world.url("changing/model.safetensors")
    try FileManager.default.removeItem(at: weights)
    try FileManager.default.copyItem(at: world.url("targets/birch/model.safetensors"), to: weights)
    #expect(throws: RunError.dataChanged("target amber")) {
      _ = try world.open("changes", .resume, overrides: overrides)
    }
  }

  @Test func labelsMayBeChosenByTheirLikelihood() async throws {
    let world = try await FinishedRun.make().world
    let run = try world.open("likeliest", overrides: ["dataset.labelLikelihood=true"])
    try await run.runStage(.dataset)
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    let rows = try await database.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT task.kind, sampling.key LIKE '% likeliest' AS isChosen, min(isAnswered) AS isAnswered
          FROM feedback JOIN sampling ON sampling.id = samplingId
            JOIN prompt ON prompt.id = promptId JOIN task ON task.id = prompt.taskId
          WHERE status = 'done' GROUP BY 1, 2 ORDER BY 1
          """
      ).map {
        ["\($0["kind"] as String)", "\($0["isChosen"] as Int)", "\($0["isAnswered"] as Int)"]
      }
    }
    #expect(rows.map { $0[0] } == ["classification", "qa"])
    #expect(rows[0] == ["classification", "1", "1"], "every answer is one of the prompt's labels")
    #expect(rows[1][1] == "0")
  }

  @Test func oneModelIsNotTwoTargets() async throws {
    let world = try await FinishedRun.make().world
    let error = #expect(throws: RunError.self) {
      _ = try world.open(
        "twice", overrides: ["targets.1.folder=\(world.url("targets/amber").path)"])
    }
    #expect(
      error?.description.hasPrefix("target 'birch': it is the same model as target amber") == true)
    #expect(!FileManager.default.fileExists(atPath: world.url("twice").path))
  }

  @Test func metricsAreLinesOfJSON() async throws {
    let finished = try await FinishedRun.make()
    let text = try String(contentsOf: finished.run.folder.logFile, encoding: .utf8)
    var stages: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let fields = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let stage = try #require(fields["stage"] as? String)
      #expect(fields["step"] is Int && fields.count > 3)
      #expect((fields["rewriter"] == nil) == (stage == "base"))
      stages[stage, default: 0] += 1
    }
    #expect(stages["base"] == 120 && stages["rl"] == 8)
    #expect(Set(stages.keys) == ["base", "sft", "reward", "rl"])
  }
}
