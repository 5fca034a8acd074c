import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct RunFolderTests {
  private let world: TinyWorld
  private let folder: RunFolder

  init() throws {
    world = try TinyWorld()
    folder = RunFolder(world.url("runs/one"))
  }

  private func manifest(
    _ overrides: [String] = [], hashes: [String: String] = ["book": "1"]
  ) throws -> RunFolder.Manifest {
    RunFolder.Manifest(
      configuration: try world.configuration(overrides), dataHashes: hashes, version: "1")
  }

  @Test func aNewFolderHasItsManifest() throws {
    try folder.open(manifest(), .new)
    #expect(try folder.manifest() == manifest())
    #expect(throws: RunError.folderExists(folder.url.path)) { try folder.open(manifest(), .new) }
    #expect(RunError.folderExists("x").isUsage)
  }

  @Test func whatAKilledBeginningLeftIsNew() throws {
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    try folder.open(manifest(), .resume)
    #expect(try folder.manifest() == manifest())
  }

  @Test func resumingNeedsTheSameConfigurationAndData() throws {
    try folder.open(manifest(hashes: ["book": "1"]), .new)
    try folder.open(manifest(hashes: ["book": "1"]), .resume)
    // A target that the run trained is there now and was not when it began.
    try folder.open(manifest(hashes: ["book": "1", "target amber": "2"]), .resume)
    let path = folder.url.path
    #expect(throws: RunError.configurationChanged(path, key: "seed: 8")) {
      try folder.open(manifest(["seed=8"]), .resume)
    }
    #expect(throws: RunError.dataChanged("book")) {
      try folder.open(manifest(hashes: ["book": "2"]), .resume)
    }
    #expect(try folder.manifest() == manifest(), "a refused opening writes nothing")
  }

  @Test func oneProcessAtATimeWorksInAFolder() async throws {
    try folder.open(manifest(), .new)
    let folder = folder
    for _ in 0..<2 {
      let inner = try await folder.exclusively {
        await #expect(throws: RunError.folderInUse(folder.url.path)) {
          _ = try await folder.exclusively { 1 }
        }
      }
      #expect(inner != nil)
    }
    #expect(
      RunError.folderInUse("x").description == "another process is at work in the run folder x")
  }

  @Test func meansMayChange() throws {
    try folder.open(manifest(), .new)
    let richer = try manifest(["budget.callsPerRun=9", "connection.searchesAtOnce=2"])
    try folder.open(richer, .resume)
    #expect(try folder.manifest() == richer)
    #expect(throws: RunError.self) {
      try folder.open(manifest(["dataset.candidates=2"]), .resume)
    }
    #expect(try folder.manifest() == richer)
  }

  /// A run whose settings lack one of this version's says so, and may be replaced.
  @Test func aRunOfAnotherVersionIsNamedAsSuch() throws {
    try folder.open(manifest(), .new)
    let text = try world.text("runs/one/run.json")
    try world.write(
      text.replacingOccurrences(of: "\"samplesEvery\"", with: "\"formerly\""),
      to: "runs/one/run.json")
    let error = RunError.otherVersion(folder.url.path, key: "samplesEvery")
    #expect(throws: error) { try folder.open(manifest(), .resume) }
    #expect(
      error.description == "the run in \(folder.url.path) was made by another version of the "
        + "program: its settings lack 'samplesEvery'")
    try folder.open(manifest(), .overwrite)
    #expect(try folder.manifest() == manifest())
  }

  @Test func overwritingRemovesRunsOnly() throws {
    try folder.open(manifest(), .new)
    try folder.markFinished(.base, nil, summary: ["loss": 1])
    try folder.open(manifest(["seed=8"]), .overwrite)
    #expect(folder.summary(.base, nil) == nil)
    #expect(try folder.manifest().configuration.seed == 8)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: world.url("runs").path) == ["one"])
    try world.write("dear diary", to: "private/diary.txt")
    let other = RunFolder(world.url("private"))
    #expect(throws: RunError.notARunFolder(other.url.path)) {
      try other.open(manifest(), .overwrite)
    }
    #expect(try world.text("private/diary.txt") == "dear diary")
  }

  /// Killed after the old run is out of the way and before the new one is in its place.
  @Test func aReplacementThatIsKilledLosesNothing() throws {
    try folder.open(manifest(), .new)
    try folder.markFinished(.base, nil, summary: ["loss": 1])
    let files = FileManager.default
    try files.moveItem(at: folder.url, to: world.url("runs/one.removed"))
    try world.write("half a manifest", to: "runs/one.begun/run.json")
    #expect(throws: RunError.folderExists(folder.url.path)) { try folder.open(manifest(), .new) }
    try folder.open(manifest(), .resume)
    #expect(folder.summary(.base, nil) == ["loss": 1])
    // Of a removal that was interrupted nothing comes back.
    try files.moveItem(at: folder.url, to: world.url("runs/one.removed"))
    try files.removeItem(at: world.url("runs/one.removed/run.json"))
    try folder.open(manifest(["seed=8"]), .new)
    #expect(folder.summary(.base, nil) == nil)
    #expect(try files.contentsOfDirectory(atPath: world.url("runs").path) == ["one"])
  }

  @Test func stagesAreMarkedByPart() throws {
    try folder.open(manifest(), .new)
    try folder.markFinished(.sft, "amber", summary: ["loss": 0.5])
    #expect(folder.summary(.sft, "amber") == ["loss": 0.5])
    #expect(folder.summary(.sft, "birch") == nil && folder.summary(.sft, nil) == nil)
    // A marker that is half there is none.
    try Data("{".utf8).write(to: folder.url.appendingPathComponent("finished/sft-amber.json"))
    #expect(folder.summary(.sft, "amber") == nil)
  }

  @Test func errorsAreOneSentence() {
    #expect(
      "\(RunError.diverged(.sft))"
        == "stage 'sft' diverged: its numbers are not finite; a lower learning rate helps")
    #expect(
      "\(RunError.dataChanged("Data/x.json"))" == "Data/x.json has changed since the run began")
    #expect(
      "\(RunError.stageMissing(.sft, part: "amber"))"
        == "stage 'sft' of amber is not finished; run it first")
    #expect(
      "\(RunError.unusableTarget(name: "amber", reason: "why"))" == "target 'amber': why")
    #expect("\(RunError.unusableTask(folder: "t", reason: "why"))" == "task folder t: why")
  }
}
