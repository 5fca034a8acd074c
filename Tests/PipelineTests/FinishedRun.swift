import Foundation
import Logging
import Pipeline
import TestSupport

/// A tiny world whose targets are trained and whose main job has run once; made by the first test
/// that asks for it.
struct FinishedRun: Sendable {
  let world: TinyWorld
  let run: Run
  let report: EvaluationReport

  private static let task = Task {
    let world = try TinyWorld()
    let targets = try ConfigurationLoader.load(
      TargetConfiguration.self, from: world.url("targets.yaml"))
    _ = try await TargetTraining(
      targets, work: world.url("work"), data: nil, resume: false, observer: .silent
    ).run()
    let run = try world.open("first")
    return FinishedRun(world: world, run: run, report: try await run.runAll())
  }

  static func make() async throws -> FinishedRun { try await task.value }

  /// A copy of the run in a folder of its own, to be spoiled.
  func copy(_ name: String) throws -> Run {
    try FileManager.default.copyItem(at: run.folder.url, to: world.url(name))
    return try world.open(name, .resume)
  }
}

extension TinyWorld {
  /// Opens a run of the world's configuration.
  func open(
    _ name: String, _ opening: RunFolder.Opening = .new, from source: RunFolder? = nil,
    overrides: [String] = []
  ) throws -> Run {
    try Run(
      configuration(overrides), folder: RunFolder(url(name)), opening: opening, from: source,
      data: nil, observer: .silent)
  }

  /// The world's configuration, with some values replaced.
  func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
    try ConfigurationLoader.load(
      RunConfiguration.self, from: url("tiny.yaml"), overrides: overrides)
  }
}

extension RunObserver {
  /// Says nothing.
  static let silent = RunObserver(
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: { _ in })
}
