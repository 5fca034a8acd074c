import Foundation
import GRDB
import Pipeline
import TestSupport
import Testing

/// Runs that begin with the finished stages of another.
@Suite struct StageReuseTests {
  private static let reused = ["dataset", "base", "sft", "reward", "rl"]

  @Test func everyKeyBelongsToAStage() throws {
    let configuration = try ConfigurationLoader.load(
      RunConfiguration.self,
      from: TinyWorld.packageRoot.appendingPathComponent("Configs/quickstart.yaml"),
      overrides: ["lora={rank: 4, alpha: 8, layers: [down]}"])  // what is optional is a key too
    let paths = try ConfigurationLoader.values(of: configuration).keys
    let known = Stage.allCases.flatMap(\.keys) + Stage.keysWithoutResult
    for path in paths { #expect(path.isAmong(known), "\(path) is a key of no stage") }
    for key in known { #expect(paths.contains { $0.isAmong([key]) }, "there is no key \(key)") }
    #expect(!"rl.ppoX".isAmong(["rl.ppo"]) && "rl.ppo".isAmong(["rl.ppo"]))
  }

  /// The stage whose settings are others and all after it are made anew, the others are not; and
  /// the run finds what a run without the other one would find.
  @Test func anAblationDoesOnlyWhatDiffers() async throws {
    let finished = try await FinishedRun.make()
    let overrides = ["rl.ppo.rankingCoefficient=0", "name=ablation", "budget.callsPerRun=99999"]
    let (run, lines) = try begin("ablation", from: finished, overrides)
    #expect(
      lines == [
        "dataset: taken over from first", "base: taken over from first",
        "sft: taken over from first", "reward: taken over from first",
        "rl: made anew, as 'rl.ppo.rankingCoefficient' differs",
        "evaluation, export: always made anew",
      ])
    let report = try await run.runAll()
    let alone = try finished.world.open("ablation-alone", overrides: overrides)
    #expect(try await alone.runAll() == report)
    for (model, other, isSame) in [
      ("rl/amber", alone, true), ("rl/amber", finished.run, false),
      ("reward/amber", finished.run, true),
    ] {
      let file = model + "/model.safetensors"
      let weights = try [run, other].map {
        try Data(contentsOf: $0.folder.url.appendingPathComponent(file))
      }
      #expect((weights[0] == weights[1]) == isSame, "\(model)")
    }
    #expect(
      try run.store.spending(run: 1).calls == finished.run.store.spending(run: 1).calls,
      "the other run's ledger stays as it was")
  }

  @Test(arguments: [
    ("seed=7", 0, "'seed' differs"), ("dataset.candidates=2", 0, "'dataset.candidates' differs"),
    ("targets.0.name=other", 0, "'targets.0.name' differs"),
    ("base.steps=3", 1, "'base.steps' differs"),
    ("rewriter.layers=1", 1, "'rewriter.layers' differs"),
    ("sft.rate.peak=0.1", 2, "'sft.rate.peak' differs"),
    ("rl.ppo.temperature=0.9", 3, "'rl.ppo.temperature' differs"),
    ("guards.extraCharacters=3", 4, "'guards.extraCharacters' differs"),
    ("evaluation.examples=4", 5, ""), ("connection.searchesAtOnce=2", 5, ""),
    ("targets.1.price={inputPerMillion: 1, outputPerMillion: 1}", 5, ""),
  ])
  func theFirstStageThatDiffers(override: String, stage: Int, reason: String) async throws {
    let finished = try await FinishedRun.make()
    let name = "differs-\(override.prefix { $0 != "=" })"
    let (run, lines) = try begin(name, from: finished, [override])
    let isMade = Self.reused.indices.map { index in
      // What rules write does not depend on how many candidates are asked for.
      index == stage || index > stage && (index > 1 || override.hasPrefix("seed"))
    }
    for (index, stage) in Self.reused.enumerated() {
      #expect(lines[index].contains("made anew") == isMade[index], "\(lines[index])")
      let part = index == 1 ? nil : index == 0 ? "birch" : "birch-control"
      let summary = run.folder.summary(try #require(Stage(rawValue: stage)), part)
      #expect((summary == nil) == isMade[index])
    }
    if stage < 5 { #expect(lines[stage].hasSuffix("made anew, as \(reason)")) }
    #expect(run.folder.summary(.evaluation, nil) == nil)
  }

  @Test func whatIsNotFinishedIsNotTakenOver() async throws {
    let finished = try await FinishedRun.make()
    let half = try finished.copy("half")
    for marker in ["dataset-birch", "reward-amber", "rl-amber", "rl-amber-control"] {
      try FileManager.default.removeItem(
        at: half.folder.url.appendingPathComponent("finished/\(marker).json"))
    }
    let (run, lines) = try begin("from-half", from: half.folder, of: finished.world, [])
    #expect(lines[0] == "dataset: taken over from half but for birch, not finished there")
    #expect(lines[3] == "reward: taken over from half but for amber, not finished there")
    #expect(run.folder.summary(.dataset, "amber") != nil)
    #expect(run.folder.summary(.dataset, "birch") == nil)
    #expect(try await run.runAll() == finished.report)
  }

  @Test func aRunMayReplaceTheOneThatItComesFrom() async throws {
    let finished = try await FinishedRun.make()
    let copy = try finished.copy("replaced")
    let overrides = ["reward.minimumGap=0.1"]
    let run = try finished.world.open(
      "replaced", .overwrite, from: copy.folder, overrides: overrides)
    #expect(run.folder.summary(.sft, "amber") != nil && run.folder.summary(.reward, "amber") == nil)
    #expect(try run.folder.manifest().configuration.reward.minimumGap == 0.1)
    // A folder that is continued takes nothing over.
    try FileManager.default.removeItem(
      at: run.folder.url.appendingPathComponent("finished/sft-amber.json"))
    let again = try finished.world.open(
      "replaced", .resume, from: finished.run.folder, overrides: overrides)
    #expect(again.folder.summary(.sft, "amber") == nil)
  }

  @Test func changedDataIsNoticed() async throws {
    let finished = try await FinishedRun.make()
    let source = try finished.copy("other-data").folder
    var manifest = try source.manifest()
    manifest.dataHashes["task lookup"] = "0"
    try write(manifest, to: source)
    let lines = try begin("new-data", from: source, of: finished.world, []).lines
    #expect(lines[0] == "dataset: made anew, as task lookup has changed")
    #expect(lines[1] == "base: made anew, as task lookup has changed")

    // A target that the run trained is not in its manifest, but in its store.
    manifest = try finished.run.folder.manifest()
    manifest.dataHashes["target amber"] = nil
    try write(manifest, to: source)
    // That store is not changed, as its journal mode would be where it is opened.
    try await DatabaseQueue(path: source.storeFile.path).writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
    }
    let store = try Data(contentsOf: source.storeFile)
    #expect(
      try begin("known-target", from: source, of: finished.world, []).lines[0]
        == "dataset: taken over from other-data")
    #expect(try Data(contentsOf: source.storeFile) == store)
    manifest.dataHashes["target birch"] = "0"
    try write(manifest, to: source)
    let others = try begin("new-target", from: source, of: finished.world, []).lines
    #expect(others[0] == "dataset: made anew, as target birch has changed")
    #expect(others[1] == "base: taken over from other-data" && others[2].contains("dataset is"))

    manifest.version = "0"
    try write(manifest, to: source)
    #expect(
      try begin("new-version", from: source, of: finished.world, []).lines[1]
        == "base: made anew, as version 0 of the program made it")
  }

  @Test func aFolderThatIsNoRunIsRefused() throws {
    let world = try TinyWorld()
    let folder = RunFolder(world.url("nothing"))
    let manifest = RunFolder.Manifest(
      configuration: try world.configuration(), dataHashes: [:], version: "1")
    #expect(throws: RunError.notARunFolder(folder.url.path)) {
      try RunFolder(world.url("new")).open(manifest, .new, from: folder)
    }
    #expect(!FileManager.default.fileExists(atPath: world.url("new").path))
  }

  // MARK: Support

  private func begin(
    _ name: String, from finished: FinishedRun, _ overrides: [String]
  ) throws -> (run: Run, lines: [String]) {
    try begin(name, from: finished.run.folder, of: finished.world, overrides)
  }

  /// Opens a new run and gives the lines that it says, with paths cut to their last part.
  private func begin(
    _ name: String, from source: RunFolder, of world: TinyWorld, _ overrides: [String]
  ) throws -> (run: Run, lines: [String]) {
    let log = LoggedLines()
    let run = try Run(
      world.configuration(overrides), folder: RunFolder(world.url(name)), opening: .new,
      from: source, data: nil, observer: .logging(to: log))
    let path = source.url.deletingLastPathComponent().relativePath + "/"
    return (run, log.lines.map { $0.replacingOccurrences(of: path, with: "") })
  }

  private func write(_ manifest: RunFolder.Manifest, to folder: RunFolder) throws {
    let json = try ConfigurationLoader.resolvedJSON(manifest)
    try Data(json.utf8).write(to: folder.url.appendingPathComponent("run.json"))
  }
}
