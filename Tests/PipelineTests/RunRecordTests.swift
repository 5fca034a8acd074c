import Foundation
import Pipeline
import TestSupport
import Testing

/// What is read of a run folder, whole, unfinished or damaged.
@Suite struct RunRecordTests {
  /// A folder where a run has begun and nothing else has happened.
  private func begun(_ world: TinyWorld) throws -> RunFolder {
    let folder = RunFolder(world.url("begun"))
    try folder.open(
      RunFolder.Manifest(
        configuration: world.configuration(), dataHashes: ["book": "1"], version: "1"), .new)
    return folder
  }

  @Test func aFinishedRunIsReadWhole() async throws {
    let finished = try await FinishedRun.make()
    let record = try RunRecord(of: finished.run.folder)
    #expect(record.notes.isEmpty)
    #expect(record.evaluation == finished.report)
    #expect(record.stages.allSatisfy { $0.summary?["seconds"] != nil })
    #expect(
      record.stages.map(\.source.name) == [
        "dataset-amber", "dataset-birch", "base", "sft-amber", "reward-amber", "rl-amber",
        "sft-amber-control", "reward-amber-control", "rl-amber-control", "sft-birch",
        "reward-birch", "rl-birch", "sft-birch-control", "reward-birch-control",
        "rl-birch-control", "evaluation", "export",
      ])
    #expect(record.optimization == nil && record.study == nil)
    let curve = try #require(
      record.curves.first {
        $0.source == MetricSource(.rl, "birch-control") && $0.metric == "objective/kl"
      })
    #expect(curve.points.map(\.step) == [0, 1])
    #expect(try record.dataset == finished.run.folder.datasetReport())
    #expect(record.purposes.contains { $0.purpose.rawValue == "evaluation" && $0.answered > 0 })
    #expect(record.scoreChanges.allSatisfy { $0.count > 0 })
  }

  /// The rewrites of the evaluation are those that its table is made of.
  @Test func rewritesAddUpToTheTable() async throws {
    let finished = try await FinishedRun.make()
    let rewrites = try RunRecord(of: finished.run.folder).rewrites
    #expect(rewrites.count == finished.report.rows.reduce(0) { $0 + $1.prompts })
    for row in finished.report.rows {
      let own = rewrites.filter { $0.target == row.target && $0.task == row.task }
      for (scores, mean) in [
        (own.compactMap(\.originalScore), row.original), (own.compactMap(\.sftScore), row.sft),
        (own.compactMap(\.mapoScore), row.mapo), (own.compactMap(\.constantScore), row.constant),
      ] {
        // Sums in another order differ in the last digits.
        #expect(abs(scores.reduce(0, +) / Double(scores.count) - mean) < 1e-12)
      }
      let kept = Double(own.count { $0.reason != nil }) / Double(own.count)
      #expect(abs(kept - row.kept) < 1e-12)
      #expect(own.allSatisfy { $0.reason == nil || $0.rewritten == $0.original })
    }
  }

  @Test func aRunThatHasJustBegunHasNothingYet() throws {
    let world = try TinyWorld()
    let record = try RunRecord(of: begun(world))
    #expect(record.notes.isEmpty && record.curves.isEmpty && record.rewrites.isEmpty)
    #expect(record.evaluation == nil && record.dataset == nil)
    #expect(record.stages.count == 17 && record.stages.allSatisfy { $0.summary == nil })
    #expect(record.manifest.dataHashes == ["book": "1"])
    #expect(record.unreadable.isEmpty && !record.hasTraining)
  }

  @Test func whatIsNoRunIsRefused() throws {
    let world = try TinyWorld()
    #expect(throws: RunError.notARunFolder(world.url("tasks").path)) {
      try RunRecord(of: RunFolder(world.url("tasks")))
    }
  }

  @Test func damagedFilesAreNotedAndLeftOut() throws {
    let world = try TinyWorld()
    let folder = try begun(world)
    try world.write("{\"rows\": [", to: "begun/evaluation.json")
    try world.write("no database", to: "begun/feedback.sqlite")
    try world.write(
      """
      {"stage":"sft","step":0,"rewriter":"amber","loss/nll":2.5,"lr":null}
      {"stage":"sft","step":1,"rewriter":"amber","loss/nll":"much"}
      {"stage":"dinner","step":1,"loss/nll":1}

      {"stage":"sft","step":2,"rewriter":"amber","loss/nll":1.5,"lr":0.5}
      {"stage":"sft","step":3,"rew
      """, to: "begun/log.jsonl")
    let record = try RunRecord(of: folder)
    #expect(record.evaluation == nil && record.dataset == nil)
    #expect(record.unreadable == [.store, .evaluation] && record.hasTraining)
    #expect(record.curves.map(\.metric) == ["loss/nll", "lr"])
    #expect(record.curves[0].points.map(\.value) == [2.5, 1.5])
    #expect(record.curves[1].points.map(\.step) == [2])
    #expect(
      record.notes == [
        "not read: 'feedback.sqlite' is not a feedback store: it is not an SQLite database",
        "evaluation.json is damaged, or of another version of the program",
        "log.jsonl: 3 damaged lines left out",
      ])
  }

  /// A pipe would be waited for, and a huge file fill the memory.
  @Test func filesThatCannotBeReadWholeAreNamed() throws {
    let world = try TinyWorld()
    let folder = try begun(world)
    for name in ["evaluation.json", "feedback.sqlite", "log.jsonl", "rewrites.jsonl"] {
      try #require(mkfifo(world.url("begun/\(name)").path, 0o600) == 0)
    }
    try world.write("{", to: "begun/optimize/report.json")
    for name in ["study.json", "finished/base.json"] {
      try world.write("", to: "begun/\(name)")
      let file = try FileHandle(forWritingTo: world.url("begun/\(name)"))
      try file.truncate(atOffset: 20 << 30)  // sparse
      try file.close()
    }
    let record = try RunRecord(of: folder)
    #expect(record.stages.allSatisfy { $0.summary == nil })
    #expect(record.unreadable == [.store, .evaluation, .optimization, .study])
    #expect(
      record.notes == [
        "not read: cannot open the feedback store 'feedback.sqlite': it is not a regular file",
        "not read: evaluation.json cannot be opened: not a regular file",
        "optimize/report.json is damaged, or of another version of the program",
        "not read: study.json cannot be opened: longer than 67108864 bytes",
        "not read to its end, log.jsonl cannot be opened: not a regular file",
        "not read to its end, rewrites.jsonl cannot be opened: not a regular file",
      ])
  }

  /// A foreign file has as many tasks and as long texts as it likes.
  @Test func rewritesAreOfThisRunAndOfBoundedLength() throws {
    let world = try TinyWorld()
    let folder = RunFolder(world.url("begun"))
    try folder.open(
      RunFolder.Manifest(
        configuration: world.configuration(), dataHashes: ["task book": "1"], version: "1"), .new)
    let long = String(repeating: "é", count: 30_000)
    func line(_ target: String, _ task: String) -> String {
      """
      {"target":"\(target)","task":"\(task)","heldOut":"family","original":"\(long)",\
      "rewritten":"short","examples":0}

      """
    }
    try world.write(
      (0..<50).map { line("amber", "task\($0)") }.joined() + line("zebra", "book")
        + line("amber", "book"), to: "begun/rewrites.jsonl")
    let record = try RunRecord(of: folder)
    #expect(record.rewrites.map(\.rewritten) == ["short"])
    #expect(record.rewrites[0].original == String(long.prefix(EvaluatedRewrite.maximumTextLength)))
    #expect(
      record.notes == ["rewrites.jsonl: 51 rewrites of other targets or tasks were left out"])
  }

  /// A line that no program wrote ends the reading; what came before it counts.
  @Test func aHugeLineEndsTheReading() throws {
    let world = try TinyWorld()
    let folder = try begun(world)
    let line = "{\"stage\":\"base\",\"step\":0,\"loss/nll\":2}\n"
    try world.write(
      line + String(repeating: "x", count: 2 << 20) + "\n" + line, to: "begun/log.jsonl")
    let record = try RunRecord(of: folder)
    #expect(record.curves.map { $0.points.count } == [1])
    #expect(
      record.notes == [
        "not read to its end, log.jsonl line 2: a line of more than 1048576 bytes"
      ])
  }

  @Test func longCurvesAreThinnedEvenly() throws {
    let world = try TinyWorld()
    let folder = try begun(world)
    let lines = (0..<9000).map { "{\"stage\":\"base\",\"step\":\($0),\"loss/nll\":\($0)}\n" }
    try world.write(lines.joined(), to: "begun/log.jsonl")
    let points = try #require(try RunRecord(of: folder).curves.first).points
    #expect(points.count <= MetricCurve.maximumPoints && points.count > 1000)
    #expect(points.map(\.step) == Array(stride(from: 0, to: 9000, by: 8)))
    #expect(points.allSatisfy { $0.value == Double($0.step) })
  }
}
