import Foundation

/// A small world in a temporary folder: two tasks, two target models and configurations, so small
/// that a whole run takes seconds. The folder is removed with the last reference to it.
///
/// The files are those of the shipped data and configurations, cut short: what holds here holds for
/// the quickstart but for its numbers.
public final class TinyWorld: Sendable {
  /// Where everything lies.
  public let folder: URL

  /// The root of the package.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Writes tasks and configurations; the target models are for the program to train.
  public init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tiny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for task in ["sentiment", "lookup"] { try writeTask(task) }
    try write(targetConfiguration, to: "targets.yaml")
    try write(runConfiguration, to: "tiny.yaml")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A place in the folder.
  public func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

  /// Writes a text to a place in the folder, making folders on the way.
  public func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      at: url(path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url(path), atomically: true, encoding: .utf8)
  }

  /// The text of a place in the folder.
  public func text(_ path: String) throws -> String {
    try String(contentsOf: url(path), encoding: .utf8)
  }

  /// Every third prompt and every tenth example of a shipped task.
  private func writeTask(_ name: String) throws {
    let source = Self.packageRoot.appendingPathComponent("Data/tasks/\(name)")
    for (file, step) in [("task.yaml", 1), ("prompts.jsonl", 3), ("examples.jsonl", 10)] {
      let text = try String(contentsOf: source.appendingPathComponent(file), encoding: .utf8)
      let lines = text.split(separator: "\n")
      let kept = stride(from: 0, to: lines.count, by: step).map { lines[$0] }
      try write(kept.joined(separator: "\n") + "\n", to: "tasks/\(name)/\(file)")
    }
  }

  private var targetConfiguration: String {
    """
    extends: \(Self.packageRoot.path)/Configs/targets.yaml
    name: tiny-targets
    phrasebook: \(Self.packageRoot.path)/Data/phrasebook.json
    output: \(folder.path)/targets
    model: {vocabularySize: 400, width: 32, layers: 1, heads: 2, keyValueHeads: 2, feedForward: 64}
    skills: {steps: 100, batchSize: 16, rate: {peak: 0.01, warmupSteps: 10}}
    diet: {steps: 400, batchSize: 16, rate: {peak: 0.01, warmupSteps: 10}}
    taskWeights: {topic: 0.0, question: 0.0, headline: 0.0, listing: 0.0}
    minimumScore: 0.0
    studyExamples: 1

    """
  }

  private var runConfiguration: String {
    """
    extends: \(Self.packageRoot.path)/Configs/quickstart.yaml
    name: tiny
    phrasebook: \(Self.packageRoot.path)/Data/phrasebook.json
    tasks:
      - folder: \(folder.path)/tasks/sentiment
      - folder: \(folder.path)/tasks/lookup
    targets:
      - {name: amber, folder: \(folder.path)/targets/amber}
      - {name: birch, folder: \(folder.path)/targets/birch}
    maximumAnswerTokens: 8
    dataset:
      candidates: 3
      search:
        {callsPerOriginal: 14, firstExamples: 2, reduction: 2.0, dropConfidence: 0.0, finalists: 2}
      freshExamples: 2
      derivedOriginals: 1
    rewriter:
      {vocabularySize: 400, width: 32, layers: 2, heads: 2, keyValueHeads: 2, feedForward: 64}
    base: {steps: 120, batchSize: 16, rate: {peak: 0.01}}
    sft: {epochs: 1, batchSize: 8}
    reward: {epochs: 1, calibrationSamples: 48}
    rl:
      ppo: {updates: 2, promptsPerUpdate: 3, samplesPerPrompt: 2, rankingsPerStep: 2}
      candidatesPerRanking: 3
    evaluation: {examples: 3, resamples: 50, minimumAboveTrivial: -100.0}

    """
  }
}
