import FeedbackStore
import Foundation
import NeuralNetworks
import TargetModels
import Tasks
import Tensors

/// One run of the main job: what its stages share.
public struct Run: Sendable {
  /// The complete configuration.
  public let configuration: RunConfiguration
  /// Where everything goes.
  public let folder: RunFolder
  package let pool: TaskPool
  package let store: FeedbackStore
  let runID: Int64
  let observer: RunObserver
  /// Folder of the files that tasks read, where they do.
  let data: URL?
  /// Rewards that the configuration names as closures.
  let rewardSources: [String: any RewardSource]

  /// The version of the program, kept with every run.
  public static let version = "0.1.0"

  /// Reads the data and opens the run folder.
  ///
  /// - Parameters:
  ///   - folder: Where the run lives.
  ///   - source: A run whose finished stages a new folder begins with, as far as their settings and
  ///     data are the same.
  ///   - data: Folder of the files that tasks read, where they do.
  ///   - rewards: Rewards for `rl.reward`, by the name that the configuration has for each
  ///     (`{source: closure, name: …, weight: …}`).
  /// - Throws: What is wrong with configuration, data or folder; nothing is written then.
  public init(
    _ configuration: RunConfiguration, folder: RunFolder, opening: RunFolder.Opening,
    from source: RunFolder? = nil, data: URL?, observer: RunObserver,
    rewards: [String: any RewardSource] = [:]
  ) throws {
    try configuration.validate()
    // What has learned needs no reward any more.
    if configuration.rewriters.contains(where: { folder.summary(.rl, $0.name) == nil }) {
      _ = try Self.openRewardSources(configuration, rewards, observer)
    }
    _ = try MatrixKernels.chosen()  // a missing library is known before anything is written
    let pool = try TaskPool(configuration, data: data)
    let hashes = pool.dataHashes.merging(try Self.fingerprints(of: configuration)) { $1 }
      .merging(try configuration.baseHashes()) { $1 }
    let reuse = try folder.open(
      RunFolder.Manifest(
        configuration: configuration, dataHashes: hashes, version: Self.version),
      opening, from: source)
    self.configuration = configuration
    self.folder = folder
    self.pool = pool
    self.data = data
    rewardSources = rewards
    self.observer = observer.logging(to: folder)
    store = try FeedbackStore(at: folder.storeFile)
    runID = try store.upsert(
      run: configuration.name, seed: configuration.seed,
      configHash: try configuration.identityHash(),
      startedAt: Date())
    for note in pool.importNotes + (reuse?.lines ?? []) { observer.logger.info("\(note)") }
  }

  /// Opens every target that is there, so that a damaged one, or a key that is not in the
  /// environment, is known before anything is written.
  private static func fingerprints(
    of configuration: RunConfiguration
  ) throws(RunError) -> [String: String] {
    var result: [String: String] = [:]
    for (index, target) in configuration.targets.enumerated() {
      guard !target.isMissing else {
        if target.trainedBy != nil { continue }
        throw .missingFile(target.folder ?? "", key: "targets.\(index).folder")
      }
      let fingerprint = try target.open(configuration.connection).fingerprint
      if let other = result.first(where: { $0.value == fingerprint })?.key {
        throw .unusableTarget(
          name: target.name,
          reason:
            "it is the same model as \(other): their answers would be shared; for servers with "
            + "different models of one name, 'revision' tells them apart")
      }
      result[RunFolder.Manifest.targetPrefix + target.name] = fingerprint
    }
    return result
  }

  /// The rewriters that are trained.
  var rewriters: [RewriterIdentity] { configuration.rewriters }

  /// Runs `work` unless it is finished, and notes that it is.
  ///
  /// - Throws: `RunError.diverged` where a number of its summary is not finite.
  func stage(
    _ stage: Stage, _ part: String? = nil, _ work: () async throws -> [String: Double]
  ) async throws {
    let title = stage.rawValue + (part.map { " \($0)" } ?? "")
    if folder.summary(stage, part) != nil {
      observer.logger.info("\(title): finished before")
      return
    }
    let start = ContinuousClock().now
    // The next stage's tensors have other sizes.
    defer { BufferPool.trim() }
    var summary = try await folder.exclusively(work)
    guard summary.values.allSatisfy(\.isFinite) else { throw RunError.diverged(stage) }
    summary["seconds"] = (ContinuousClock().now - start) / .seconds(1)
    try folder.markFinished(stage, part, summary: summary)
    try TrainingCheckpoint(in: folder.state(stage, part)).remove()
    let numbers = summary.sorted { $0.key < $1.key }.map { key, value in
      "\(key) \(String(format: value == value.rounded() ? "%.0f" : "%.3f", value))"
    }
    observer.logger.info("\(title): \(numbers.joined(separator: ", "))")
  }

  /// - Throws: `RunError.stageMissing`.
  func require(_ stage: Stage, _ part: String? = nil) throws {
    if folder.summary(stage, part) == nil { throw RunError.stageMissing(stage, part: part) }
  }
}

/// A rewriter of a run: whose target it serves, and its seed.
struct RewriterIdentity: Sendable, Equatable {
  let name: String
  let target: String
  let seed: UInt64
}

extension RunConfiguration {
  /// One rewriter for each target, and where wanted a control.
  var rewriters: [RewriterIdentity] {
    targets.enumerated().flatMap { index, target in
      let seed = seed &* 1_000_003 &+ UInt64(index)
      let own = RewriterIdentity(name: target.name, target: target.name, seed: seed)
      guard evaluation.control else { return [own] }
      return [
        own,
        RewriterIdentity(
          name: target.name + "-control", target: target.name, seed: seed &+ 500_000_003),
      ]
    }
  }
}
