import Foundation
import Logging
import Synchronization

/// Where a run tells what it is doing: lines for people, progress, and metrics for curves.
public struct RunObserver: Sendable {
  /// Lines for people.
  public var logger: Logger
  /// Called as work goes on.
  public var progress: @Sendable (Progress) -> Void
  private let sinks: @Sendable (RunFolder) -> [any MetricSink]
  private let metrics: MetricOutput?

  /// How far a stage is.
  public struct Progress: Sendable, Equatable {
    /// What is being done.
    public var label: String
    /// Units done, of `total`.
    public var done: Int
    /// Units in all.
    public var total: Int
    /// A few numbers worth watching.
    public var detail: String
  }

  /// An observer; metrics go nowhere until it is given a run folder.
  ///
  /// - Parameter sinks: Makes what the metrics of a run go to besides its log.
  public init(
    logger: Logger, progress: @escaping @Sendable (Progress) -> Void,
    sinks: @escaping @Sendable (RunFolder) -> [any MetricSink] = { _ in [] }
  ) {
    self.init(logger: logger, progress: progress, sinks: sinks, metrics: nil)
  }

  private init(
    logger: Logger, progress: @escaping @Sendable (Progress) -> Void,
    sinks: @escaping @Sendable (RunFolder) -> [any MetricSink], metrics: MetricOutput?
  ) {
    (self.logger, self.progress) = (logger, progress)
    (self.sinks, self.metrics) = (sinks, metrics)
  }

  /// The same observer, with metrics kept in a run folder. Nothing is written before the first.
  package func logging(to folder: RunFolder) -> RunObserver {
    RunObserver(
      logger: logger, progress: progress, sinks: sinks,
      metrics: MetricOutput([JSONLinesSink(folder)] + sinks(folder)))
  }

  /// Reports progress.
  func report(_ label: String, _ done: Int, of total: Int, _ detail: String = "") {
    progress(Progress(label: label, done: done, total: total, detail: detail))
  }

  /// Records metrics of one step. The first value of a source that is not finite is a warning.
  package func record(
    _ stage: Stage, _ part: String?, step: Int, _ values: [(name: String, value: Float)]
  ) {
    let source = MetricSource(stage, part)
    if let (name, value) = values.first(where: { !$0.value.isFinite }) {
      metrics?.warnOnce(
        logger, of: "\(source.name) is not finite",
        "\(source.name): \(name) is \(value) at step \(step); the log has each one that follows")
    }
    metrics?.write(source, logger) { try $0.record(values, of: source, step: step) }
  }

  /// Records a table of sample rewrites; never to the console, for prompts are private.
  package func recordSamples(_ stage: Stage, _ part: String?, step: Int, _ rows: [SampleRow]) {
    let source = MetricSource(stage, part)
    metrics?.write(source, logger) { try $0.record(samples: rows, of: source, step: step) }
  }

  /// To be called as a stage begins, at the first step it will do: what a killed process recorded
  /// for that step and later ones is taken back.
  package func restart(_ stage: Stage, _ part: String?, at step: Int) {
    let source = MetricSource(stage, part)
    metrics?.write(source, logger) { try $0.restart(source, at: step) }
  }
}

/// All sinks of a run. A full disk must not end a training that is otherwise fine: what cannot be
/// written is lost, and said once; the checkpoint's write will tell.
private final class MetricOutput: Sendable {
  private let sinks: [any MetricSink]
  private let said = Mutex(Set<String>())

  init(_ sinks: [any MetricSink]) { self.sinks = sinks }

  func write(
    _ source: MetricSource, _ logger: Logger, _ work: (any MetricSink) throws -> Void
  ) {
    for (index, sink) in sinks.enumerated() {
      do {
        try work(sink)
      } catch {
        warnOnce(
          logger, of: "sink \(index)",
          "metrics of \(source.name) are lost: \(error.localizedDescription)")
      }
    }
  }

  func warnOnce(_ logger: Logger, of subject: String, _ sentence: String) {
    if said.withLock({ $0.insert(subject).inserted }) { logger.warning("\(sentence)") }
  }
}
