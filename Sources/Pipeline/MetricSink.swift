import Foundation

/// A place that the metrics of a run go to: the log of the run folder, or files for a viewer.
///
/// Calls come one after another for one source, and at the same time for several.
public protocol MetricSink: Sendable {
  /// Adds the metrics of one step.
  ///
  /// - Parameter values: Names and values in the order they are shown in. A value that is not finite
  ///   is kept as such: it is what a reader of the curve looks for.
  /// - Throws: Why they could not be written. The run goes on; nothing of them is left half written.
  func record(
    _ values: [(name: String, value: Float)], of source: MetricSource, step: Int) throws

  /// Adds samples of what the policy writes at one step.
  ///
  /// - Throws: As for metrics.
  func record(samples: [SampleRow], of source: MetricSource, step: Int) throws

  /// Notes that a source begins again at a step: what it recorded for that step and later ones will
  /// be recorded again, and does not count any more.
  ///
  /// - Throws: As for metrics.
  func restart(_ source: MetricSource, at step: Int) throws
}

/// What a series of metrics belongs to: a stage, for one rewriter where it has several.
public struct MetricSource: Hashable, Sendable {
  /// The stage of the run.
  public let stage: Stage
  /// The rewriter.
  public let part: String?

  /// A stage, and where it has several rewriters one of them.
  public init(_ stage: Stage, _ part: String?) {
    self.stage = stage
    self.part = part
  }

  /// The name of a folder: `base`, `rl-amber`.
  public var name: String { stage.rawValue + (part.map { "-\($0)" } ?? "") }
}

/// One prompt that the policy has rewritten, and what the rewrite is worth to it.
public struct SampleRow: Codable, Equatable, Sendable {
  /// The prompt.
  public var original: String
  /// What the policy made of it.
  public var rewritten: String
  /// Its score, in units of the calibrated reward.
  public var reward: Float
  /// KL to the reference, summed over its tokens, in nats.
  public var kl: Float
  /// Whether it ended by itself within the limit.
  public var ended: Bool
  /// Whether it broke no guard.
  public var valid: Bool

  /// A row of the table of samples.
  public init(
    original: String, rewritten: String, reward: Float, kl: Float, ended: Bool, valid: Bool
  ) {
    (self.original, self.rewritten) = (original, rewritten)
    (self.reward, self.kl) = (reward, kl)
    (self.ended, self.valid) = (ended, valid)
  }
}

extension RunFolder {
  /// Sample rewrites, one JSON object a line.
  public var samplesFile: URL { url.appendingPathComponent("samples.jsonl") }
  /// Event files for TensorBoard, one folder for each source of metrics.
  public var eventsFolder: URL { url.appendingPathComponent("events") }
}
