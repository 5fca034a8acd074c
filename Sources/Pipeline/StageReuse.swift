import FeedbackStore
import Foundation

// What the result of each stage depends on: the one table that decides what a run may take over from
// another. A key stands for all keys below it. Prices, endpoints, budget and connection are means,
// which change no result (`withoutMeans`), wherever they stand.
extension Stage {
  /// The keys of the configuration that the stage itself reads.
  package var keys: [String] {
    switch self {
    case .targets: []  // models outside the run: their fingerprints are data of the dataset
    case .dataset:
      ["seed", "phrasebook", "tasks", "targets", "splits", "maximumAnswerTokens", "dataset"]
    case .base:
      [
        "seed", "phrasebook", "tasks", "splits", "dataset.rules", "rewriter", "augmentation",
        "corpus", "base",
      ]
    case .sft: ["sft", "lora"]
    case .reward: ["reward", "rl.ppo.temperature"]  // of the samples that it is calibrated on
    case .rl: ["rl", "guards"]
    case .evaluation: ["evaluation", "guards"]
    case .export: ["guards"]
    }
  }

  /// The stages whose results it reads: it depends on all that those depend on.
  package var inputs: [Stage] {
    switch self {
    case .targets, .dataset, .base: []
    case .sft: [.dataset, .base]
    case .reward: [.sft]
    case .rl: [.reward]
    case .evaluation, .export: [.rl]
    }
  }

  /// Whether it reads what the run's manifest keeps a hash of under this name.
  func reads(data name: String) -> Bool {
    switch self {
    case .dataset: !name.hasPrefix(RunFolder.Manifest.basePrefix)
    case .base: !name.hasPrefix(RunFolder.Manifest.targetPrefix)
    default: false
    }
  }

  /// Keys that change no stage's result.
  package static let keysWithoutResult = [
    "name", "budget", "connection", "checkpointSeconds", "optimize", "study",
  ]

  /// The stages whose results may be taken over: they are dear, and written once.
  static let reusable: [Stage] = [.dataset, .base, .sft, .reward, .rl]
}

/// What a new run takes over from another one: each finished stage whose settings and data, and
/// those of the stages before it, are the same.
///
/// The other run may be at work: what it has finished does not change any more, and its store is
/// copied as of its last finished write. The copy holds answers of later stages, too. They are a cache
/// and do no harm: pairs and rankings are made of the answers of the search alone, and what a policy
/// was rewarded or a rewriter evaluated with has another purpose.
package struct StageReuse: Sendable {
  /// What is taken over, and what not and why: a line for each stage.
  package let lines: [String]
  private let source: RunFolder
  private let parts: [Part]
  /// The stages that leave models.
  private let modelStages: [Stage]
  /// Whether the store is copied: unfinished searches have answers worth keeping, too.
  private let takesStore: Bool

  private struct Part {
    let stage: Stage
    let name: String?
    let summary: [String: Double]
  }

  /// Compares a finished or interrupted run with one that is to begin.
  ///
  /// - Throws: `RunError.notARunFolder` where `source` is none; `StoreError`.
  init(of source: RunFolder, for manifest: RunFolder.Manifest) throws {
    self.source = source
    let old = try source.manifest()
    let reasons = try Self.reasons(old, manifest, Self.hashes(of: source, old, manifest))
    var (lines, parts) = ([String](), [Part]())
    for stage in Stage.reusable {
      if let reason = reasons[stage] {
        lines.append("\(stage.rawValue): made anew, as \(reason)")
        continue
      }
      let names = manifest.configuration.parts(of: stage)
      let finished = names.compactMap { name in
        source.summary(stage, name).map { Part(stage: stage, name: name, summary: $0) }
      }
      lines.append(Self.line(stage, finished.map(\.name), of: names, source))
      parts += finished
    }
    lines.append("evaluation, export: always made anew")
    (self.lines, self.parts) = (lines, parts)
    modelStages =
      (manifest.configuration.base.path == nil ? [.base] : []) + [.sft, .reward, .rl]
    takesStore =
      reasons[.dataset] == nil && FileManager.default.fileExists(atPath: source.storeFile.path)
  }

  private static func line(
    _ stage: Stage, _ finished: [String?], of names: [String?], _ source: RunFolder
  ) -> String {
    let path = source.url.relativePath
    guard !finished.isEmpty else {
      return stage == .dataset
        ? "dataset: goes on with the answers of \(path)"
        : "\(stage.rawValue): made anew, not finished in \(path)"
    }
    let missing = names.filter { !finished.contains($0) }.compactMap(\.self)
    return "\(stage.rawValue): taken over from \(path)"
      + (missing.isEmpty ? "" : " but for \(missing.joined(separator: ", ")), not finished there")
  }

  /// Why a stage cannot be taken over: the first setting or file that differs. None for the others.
  private static func reasons(
    _ old: RunFolder.Manifest, _ new: RunFolder.Manifest, _ oldHashes: [String: String]
  ) throws -> [Stage: String] {
    let keys = try differences(
      ConfigurationLoader.values(of: old.configuration.withoutMeans),
      ConfigurationLoader.values(of: new.configuration.withoutMeans))
    let files = differences(oldHashes, new.dataHashes)
    var reasons: [Stage: String] = [:]
    for stage in Stage.reusable {
      if let input = stage.inputs.first(where: { reasons[$0] != nil }) {
        reasons[stage] = "\(input.rawValue) is"
      } else if old.version != new.version {
        reasons[stage] = "version \(old.version) of the program made it"
      } else if let key = keys.first(where: { $0.isAmong(stage.keys) }) {
        reasons[stage] = "'\(key)' differs"
      } else if let file = files.first(where: stage.reads) {
        reasons[stage] = "\(file) has changed"
      }
    }
    return reasons
  }

  private static func differences(_ a: [String: String], _ b: [String: String]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  /// The hashes of the other run's data. A target that it trained was not there when its manifest was
  /// written; its store knows it, which is read from a copy: the other run may be at work, and
  /// opening a store brings it to the present tables.
  private static func hashes(
    of source: RunFolder, _ old: RunFolder.Manifest, _ new: RunFolder.Manifest
  ) throws -> [String: String] {
    var hashes = old.dataHashes
    let unknown = Set(new.dataHashes.keys).subtracting(hashes.keys)
      .filter { $0.hasPrefix(RunFolder.Manifest.targetPrefix) }
    let files = FileManager.default
    guard !unknown.isEmpty, files.fileExists(atPath: source.storeFile.path) else { return hashes }
    let copy = RunFolder(files.temporaryDirectory.appendingPathComponent(UUID().uuidString))
    try files.createDirectory(at: copy.url, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: copy.url) }  // in the way of nothing where it stays
    try FeedbackStore.copy(source.storeFile, to: copy.storeFile)
    for target in try FeedbackStore(at: copy.storeFile, create: false).targets() {
      let name = RunFolder.Manifest.targetPrefix + target.name
      if unknown.contains(name) { hashes[name] = target.fingerprint }
    }
    return hashes
  }

  /// Copies the store, models and marks of what is taken over.
  ///
  /// - Throws: `StoreError`; the file system's error.
  func copy(to folder: RunFolder) throws {
    if takesStore { try FeedbackStore.copy(source.storeFile, to: folder.storeFile) }
    for part in parts {
      if modelStages.contains(part.stage) {
        let model = folder.model(part.stage, part.name)
        try FileManager.default.createDirectory(
          at: model.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source.model(part.stage, part.name), to: model)
      }
      try folder.markFinished(part.stage, part.name, summary: part.summary)
    }
  }
}

extension RunConfiguration {
  /// The parts of a stage: one for each target or rewriter, or the stage as a whole.
  fileprivate func parts(of stage: Stage) -> [String?] {
    switch stage {
    case .dataset: targets.map(\.name)
    case .sft, .reward, .rl: rewriters.map(\.name)
    case .targets, .base, .evaluation, .export: [nil]
    }
  }
}

extension String {
  /// Whether this key is one of `keys`, or below one.
  package func isAmong(_ keys: [String]) -> Bool {
    keys.contains { self == $0 || hasPrefix($0 + ".") }
  }
}
