import Foundation
import TestSupport
import Testing

/// The main job through the real program, in a world so small that it takes seconds.
@Suite(.serialized) struct MainJobTests {
  @Test func aRunFromNothingToItsExport() async throws {
    let world = try await TrainedWorld.world()
    let done = try await world.mapo("run", "tiny.yaml", "--json", "--run", "whole")
    try #require(done.status == 0, "\(done.errors)")
    let printed = try #require(
      JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
    let kept = try Data(contentsOf: world.url("whole/evaluation.json"))
    #expect(
      try JSONSerialization.jsonObject(with: kept) as? NSDictionary == printed as NSDictionary)
    try checkShape(printed)
    try checkLog(world.text("whole/log.jsonl"))

    let before = try contents(of: world.url("whole"))
    let refused = try await world.mapo("run", "tiny.yaml", "--run", "whole")
    #expect(refused.status == 2)
    #expect(
      refused.lastError
        == "Error: the run folder \(world.url("whole").path) exists: --resume continues it, "
        + "--overwrite replaces it")
    let changed = try await world.mapo(
      "run", "tiny.yaml", "--run", "whole", "--resume", "--set", "sft.epochs=2")
    #expect(changed.status == 2)
    #expect(
      changed.lastError
        == "Error: the run in \(world.url("whole").path) has another configuration, "
        + "first at 'epochs: 2'; --resume needs the same one")
    #expect(try contents(of: world.url("whole")) == before, "a refused run writes nothing")

    let resumed = try await world.mapo("run", "tiny.yaml", "--run", "whole", "--resume", "--json")
    #expect(resumed.status == 0 && resumed.output == done.output)
    let lines = resumed.errors.split(whereSeparator: \.isNewline)
    #expect(lines.count == 16 && lines.allSatisfy { $0.hasSuffix(": finished before") })
    let after = try contents(of: world.url("whole"))
    #expect(after.filter { isOfAStage($0.key) } == before.filter { isOfAStage($0.key) })
  }

  /// With adapters every stage keeps a few numbers beside the one base; what is exported is whole.
  @Test func adaptersShareTheBase() async throws {
    let world = try await TrainedWorld.world()
    let done = try await world.mapo(
      "run", "tiny.yaml", "--run", "adapters", "--set", "evaluation.control=false", "--set",
      "lora={rank: 4, alpha: 8, layers: [attention, attentionOutput, gateUp, down]}")
    try #require(done.status == 0, "\(done.errors)")
    for folder in ["sft/amber", "reward/amber", "rl/birch"] {
      let files = try names(in: world.url("adapters/\(folder)"))
      #expect(files.contains("adapter_model.safetensors") && !files.contains("model.safetensors"))
    }
    #expect(try names(in: world.url("adapters/export/birch")).contains("model.safetensors"))
    let rewrite = try await world.mapo(
      "rewrite", "--rewriter", "adapters/export/amber", "--json", "Say {{text}}.")
    #expect(rewrite.status == 0, "\(rewrite.errors)")
    let wrong = try await world.mapo(
      "run", "tiny.yaml", "--run", "wrong", "--set", "lora={rank: 0, alpha: 8, layers: [down]}")
    #expect(wrong.status == 2 && wrong.lastError.contains("lora.rank"), "\(wrong.errors)")
  }

  @Test func overwritingBeginsAnew() async throws {
    let world = try await TrainedWorld.world()
    let run = { (arguments: [String]) in
      try await world.mapo(
        ["dataset", "build", "tiny.yaml", "--run", "anew", "--json"] + arguments)
    }
    let first = try await run([])
    try #require(first.status == 0, "\(first.errors)")
    let marker = world.url("anew/finished/dataset-amber.json")
    let modified = try modificationDate(marker)
    #expect(try await run([]).status == 0)
    #expect(try modificationDate(marker) == modified, "a stage's command continues the run")
    #expect(try await run(["--overwrite", "--set", "dataset.candidates=2"]).status == 0)
    #expect(try modificationDate(marker) > modified)
    #expect(try await run(["--overwrite", "--resume"]).status == 2)
    // What no run wrote is never removed.
    try world.write("dear diary", to: "private/diary.txt")
    let refused = try await world.mapo("run", "tiny.yaml", "--run", "private", "--overwrite")
    #expect(refused.status == 2)
    #expect(
      refused.lastError
        == "Error: \(world.url("private").path) is not a run folder: it has no readable run.json")
    #expect(try world.text("private/diary.txt") == "dear diary")
  }

  /// Killed at several moments, the run finishes, does no finished stage twice, and finds the very
  /// numbers of an undisturbed run.
  @Test func aKilledRunIsContinued() async throws {
    let world = try await TrainedWorld.world()
    let whole = try await world.mapo("run", "tiny.yaml", "--run", "undisturbed", "--json")
    try #require(whole.status == 0, "\(whole.errors)")
    let finished = world.url("killed/finished")
    var random = SeededGenerator(seed: 3)
    var modified: [String: Date] = [:]
    for stages in [0, 0, 1, 2, 4, 7, 11, 14] {
      let pause = Int.random(in: stages == 0 ? 30...400 : 0...120, using: &random)
      let killed = try await world.mapo(
        "run", "tiny.yaml", "--run", "killed",
        FileManager.default.fileExists(atPath: world.url("killed").path) ? "--resume" : "--json"
      ) { process in
        while process.isRunning, try names(in: finished).count < stages {
          Thread.sleep(forTimeInterval: 0.005)
        }
        Thread.sleep(forTimeInterval: Double(pause) / 1000)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      }
      #expect(killed.wasKilled, "\(killed.errors)")
      for (name, date) in modified {
        #expect(try modificationDate(finished.appendingPathComponent(name)) == date)
      }
      for name in try names(in: finished) {
        modified[name] = try modificationDate(finished.appendingPathComponent(name))
      }
    }
    #expect(modified.count > 10)
    let resumed = try await world.mapo("run", "tiny.yaml", "--run", "killed", "--resume", "--json")
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output == whole.output)
    for (name, date) in modified {
      #expect(try modificationDate(finished.appendingPathComponent(name)) == date)
    }
    let weights = "rl/birch-control/model.safetensors"
    #expect(
      try Data(contentsOf: world.url("killed/\(weights)"))
        == Data(contentsOf: world.url("undisturbed/\(weights)")))
    try checkLog(world.text("killed/log.jsonl"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptEndsInOrder(signal: Int32) async throws {
    let world = try await TrainedWorld.world()
    let name = "interrupted-\(signal)"
    let finished = world.url("\(name)/finished")
    let interrupted = try await world.mapo("run", "tiny.yaml", "--run", name) { process in
      while process.isRunning, try names(in: finished).isEmpty {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(process.processIdentifier, signal)
    }
    #expect(interrupted.status == 130 && !interrupted.wasKilled)
    #expect(
      interrupted.lastError
        == "Error: interrupted; what was finished is kept, --resume goes on from there")
    #expect(interrupted.output.isEmpty)
  }

  @Test func aSecondInterruptEndsAtOnce() async throws {
    let world = try await TrainedWorld.world()
    let finished = world.url("impatient/finished")
    let interrupted = try await world.mapo("run", "tiny.yaml", "--run", "impatient") { process in
      while process.isRunning, try names(in: finished).isEmpty {
        Thread.sleep(forTimeInterval: 0.005)
      }
      // As fast as a signal that is still pending allows.
      while process.isRunning {
        kill(process.processIdentifier, SIGINT)
        Thread.sleep(forTimeInterval: 0.001)
      }
    }
    #expect(interrupted.status == 130 && !interrupted.wasKilled)
  }

  // MARK: What is checked

  /// The contract of `evaluate`.
  private func checkShape(_ report: [String: Any]) throws {
    #expect(
      Set(report.keys) == [
        "rows", "summary", "heldOut", "transfer", "ownMinusOther", "ownMinusControl", "seed",
        "split",
      ])
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.count == 4)
    for row in rows {
      #expect(
        Set(row.keys) == [
          "target", "task", "kind", "metric", "prompts", "examples", "counted", "trivial",
          "original", "constant", "lookup", "sft", "mapo", "gain", "overConstant", "overSft",
          "harmedAny", "harmedSignificant", "kept", "distinct",
        ])
      for key in ["gain", "overConstant", "overSft"] {
        #expect(Set((row[key] as? [String: Any] ?? [:]).keys) == ["mean", "low", "high"])
      }
    }
    let summaries = try #require(report["summary"] as? [[String: Any]])
    #expect(summaries.map { $0["target"] as? String } == ["amber", "birch"])
    for summary in summaries {
      #expect(Set(summary.keys).isSuperset(of: ["target", "gain", "overConstant", "overSft"]))
    }
    let transfer = try #require(report["transfer"] as? [[String: Any]])
    #expect(transfer.count == 4)
    #expect(transfer.allSatisfy { Set($0.keys) == ["rewriterOf", "usedOn", "score"] })
    for key in ["ownMinusOther", "ownMinusControl"] {
      let differences = try #require(report[key] as? [[String: Any]])
      #expect(differences.count == 2)
      #expect(differences.allSatisfy { Set($0.keys) == ["target", "mean", "low", "high"] })
    }
  }

  /// Every line of the metrics is a JSON object that says its stage and step.
  private func checkLog(_ text: String) throws {
    let lines = text.split(separator: "\n")
    #expect(lines.count > 60)
    for line in lines {
      let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(fields?["stage"] is String && fields?["step"] is Int)
    }
  }

  private func isOfAStage(_ path: String) -> Bool {
    !path.hasPrefix("/feedback.sqlite") && path != "/log.jsonl"
  }
}
