import Foundation
import TestSupport
import Testing

/// Trainings that are killed, interrupted or run out of disk, through the real program.
@Suite(.serialized) struct ResumedTrainingTests {
  private static let stages = ["base", "sft", "reward", "rl"]

  /// Killed at a random moment and continued, each stage leaves the very bytes of an undisturbed one.
  /// MAPO_KILLS says how often each is killed; 25 and more take minutes.
  @Test(arguments: stages)
  func aKilledStageLeavesTheSameBytes(stage: String) async throws {
    let kills = ProcessInfo.processInfo.environment["MAPO_KILLS"].flatMap(Int.init) ?? 2
    let world = try await Self.world()
    let start = ContinuousClock().now
    try await prepare("undisturbed-\(stage)", at: stage, in: world)
    let whole = try await train(stage, in: "undisturbed-\(stage)", world)
    try #require(whole.status == 0, "\(whole.errors)")
    let duration = (ContinuousClock().now - start) / .seconds(1)
    let expected = try leftFiles("undisturbed-\(stage)", stage, world)
    var random = SeededGenerator(seed: 11)
    var continued = 0
    for number in 0..<kills {
      let run = "killed-\(stage)-\(number)"
      try await prepare(run, at: stage, in: world)
      let pause = Double.random(in: 0..<duration, using: &random)
      let killed = try await train(stage, in: run, world) { process in
        Thread.sleep(forTimeInterval: pause)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      }
      #expect(killed.wasKilled || killed.status == 0, "\(killed.errors)")
      let resumed = try await train(stage, in: run, world)
      #expect(resumed.status == 0, "\(resumed.errors)")
      continued += resumed.errors.contains("continues after step") ? 1 : 0
      #expect(try leftFiles(run, stage, world) == expected, "killed after \(pause) s")
      try FileManager.default.removeItem(at: world.url(run))
    }
    print(
      "\(stage): \(kills) kills within \(duration) s, \(continued) continued from a saved state")
  }

  /// An interrupt saves the state at once, whatever the time between saves, and the log then has
  /// every step once.
  @Test func anInterruptSavesTheState() async throws {
    let world = try await Self.world()
    try await prepare("stopped", at: "base", in: world)
    let log = world.url("stopped/log.jsonl")
    let settings = ["--set", "checkpointSeconds=86400"]
    let stopped = try await train("base", in: "stopped", world, settings) { process in
      while process.isRunning, lineCount(of: log, stage: "base") < 20 {
        Thread.sleep(forTimeInterval: 0.002)
      }
      kill(process.processIdentifier, SIGINT)
    }
    #expect(stopped.status == 130, "\(stopped.errors)")
    #expect(
      try names(in: world.url("stopped/state/base")) == ["checkpoint.safetensors"])
    let resumed = try await train("base", in: "stopped", world)
    #expect(resumed.status == 0 && resumed.errors.contains("base: continues after step "))
    #expect(lineCount(of: log, stage: "base") == Self.baseSteps)
    #expect(
      try leftFiles("stopped", "base", world) == leftFiles("resumable", "base", world))
  }

  /// A disk without room for the state ends the stage with one sentence; what was saved before is
  /// continued from when there is room again.
  @Test func aFullDiskLosesNothing() async throws {
    let world = try await Self.world()
    try await prepare("full", at: "base", in: world)
    let log = world.url("full/log.jsonl")
    let stopped = try await train("base", in: "full", world) { process in
      while process.isRunning, lineCount(of: log, stage: "base") < 20 {
        Thread.sleep(forTimeInterval: 0.002)
      }
      kill(process.processIdentifier, SIGINT)
    }
    #expect(stopped.status == 130, "\(stopped.errors)")
    let state = world.url("full/state/base/checkpoint.safetensors")
    let saved = try Data(contentsOf: state)
    // Nothing that the program writes but the state is as large as half of it.
    let blocks = saved.count / 2 / 1024
    let full = try await Command.run(
      ["train", "base", "resumed.yaml", "--run", "full"], in: world.folder,
      underLimit: "ulimit -f \(blocks)")
    #expect(full.status == 1)
    #expect(
      full.lastError.hasPrefix("Error: cannot write checkpoint '\(state.path)': "),
      "\(full.errors)")
    #expect(try Data(contentsOf: state) == saved)
    let resumed = try await train("base", in: "full", world)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try leftFiles("full", "base", world) == leftFiles("resumable", "base", world))
  }

  /// A state of other settings is refused, and says what to do.
  @Test func aDamagedStateIsRefused() async throws {
    let world = try await Self.world()
    try await prepare("damaged", at: "base", in: world)
    let state = world.url("damaged/state/base/checkpoint.safetensors")
    try world.write("no numbers", to: "damaged/state/base/checkpoint.safetensors")
    let refused = try await train("base", in: "damaged", world)
    #expect(refused.status == 1)
    #expect(
      refused.lastError.hasPrefix("Error: cannot read checkpoint"), "\(refused.errors)")
    #expect(try Data(contentsOf: state) == Data("no numbers".utf8))
  }

  // MARK: The runs

  private static let baseSteps = 150

  private static let task = Task {
    let world = try await TrainedWorld.world()
    try world.write(
      """
      extends: tiny.yaml
      targets: [{name: amber, folder: \(world.folder.path)/targets/amber}]
      checkpointSeconds: 0.0
      base: {steps: \(baseSteps)}
      sft: {epochs: 4, evaluateEvery: 3, heldOutShare: 0.2}
      reward: {epochs: 3}
      rl: {ppo: {updates: 12}}
      evaluation: {control: false}

      """, to: "resumed.yaml")
    for stage in stages {
      let done = try await world.mapo("train", stage, "resumed.yaml", "--run", "resumable")
      if stage == "base" {
        let dataset = try await world.mapo("dataset", "build", "resumed.yaml", "--run", "resumable")
        try #require(dataset.status == 0, "\(dataset.errors)")
      }
      try #require(done.status == 0, "\(done.errors)")
    }
    return world
  }

  private static func world() async throws -> TinyWorld { try await task.value }

  /// A copy of the finished run without a stage and those after it.
  private func prepare(_ run: String, at stage: String, in world: TinyWorld) async throws {
    let files = FileManager.default
    try files.copyItem(at: world.url("resumable"), to: world.url(run))
    try files.removeItem(at: world.url("\(run)/log.jsonl"))
    for later in Self.stages.drop(while: { $0 != stage }) {
      try files.removeItem(at: world.url("\(run)/\(later)"))
      for name in try names(in: world.url("\(run)/finished")) where name.hasPrefix(later) {
        try files.removeItem(at: world.url("\(run)/finished/\(name)"))
      }
    }
  }

  private func train(
    _ stage: String, in run: String, _ world: TinyWorld, _ settings: [String] = [],
    act: (@Sendable (Process) throws -> Void)? = nil
  ) async throws -> Command.Outcome {
    try await Command.run(
      ["train", stage, "resumed.yaml", "--run", run] + settings, in: world.folder, act: act)
  }

  /// Every file that a stage's model consists of; no state is left beside them.
  private func leftFiles(
    _ run: String, _ stage: String, _ world: TinyWorld
  ) throws -> [String: Data] {
    let left = try contents(of: world.url("\(run)/\(stage)"))
    #expect(left.keys.contains { $0.hasSuffix("model.safetensors") })
    #expect(try names(in: world.url("\(run)/state")).isEmpty)
    return left
  }
}

/// Lines of a log that belong to a stage.
private func lineCount(of log: URL, stage: String) -> Int {
  guard let data = try? Data(contentsOf: log) else { return 0 }
  return String(decoding: data, as: UTF8.self).split(separator: "\n")
    .count { $0.contains("\"stage\":\"\(stage)\"") }
}
