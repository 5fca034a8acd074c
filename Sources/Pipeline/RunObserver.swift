import Foundation
import Logging
import Synchronization

/// Where a run tells what it is doing: lines for people, progress, and metrics for curves.
public struct RunObserver: Sendable {
  /// Lines for people.
  public var logger: Logger
  /// Called as work goes on.
  public var progress: @Sendable (Progress) -> Void
  private let metrics: MetricLog?

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

  /// An observer; metrics go nowhere until it is given a file.
  public init(logger: Logger, progress: @escaping @Sendable (Progress) -> Void) {
    self.init(logger: logger, progress: progress, metrics: nil)
  }

  private init(
    logger: Logger, progress: @escaping @Sendable (Progress) -> Void, metrics: MetricLog?
  ) {
    self.logger = logger
    self.progress = progress
    self.metrics = metrics
  }

  /// The same observer, with metrics appended to a file as JSON lines.
  public func logging(to file: URL) throws -> RunObserver {
    RunObserver(logger: logger, progress: progress, metrics: try MetricLog(file))
  }

  /// Reports progress.
  func report(_ label: String, _ done: Int, of total: Int, _ detail: String = "") {
    progress(Progress(label: label, done: done, total: total, detail: detail))
  }

  /// Records metrics of one step.
  func record(_ stage: Stage, _ part: String?, step: Int, _ values: [(name: String, value: Float)])
  {
    metrics?.append(stage: stage, part: part, step: step, values)
  }
}

/// The file of metrics. Writes are whole lines, under a lock.
private final class MetricLog: Sendable {
  private let handle: Mutex<FileHandle>

  init(_ file: URL) throws {
    if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
    let handle = try FileHandle(forUpdating: file)
    let end = try handle.seekToEnd()
    if end > 0 {
      // A killed run may leave half a line; reading its last byte moves to the end again.
      try handle.seek(toOffset: end - 1)
      if try handle.read(upToCount: 1) != Data("\n".utf8) {
        try handle.write(contentsOf: Data("\n".utf8))
      }
    }
    self.handle = Mutex(handle)
  }

  func append(stage: Stage, part: String?, step: Int, _ values: [(name: String, value: Float)]) {
    var fields = ["\"stage\":\"\(stage.rawValue)\"", "\"step\":\(step)"]
    if let part { fields.append("\"rewriter\":\"\(part)\"") }
    for (name, value) in values where value.isFinite { fields.append("\"\(name)\":\(value)") }
    let line = Data(("{" + fields.joined(separator: ",") + "}\n").utf8)
    // A full disk must not end a training that is otherwise fine; the checkpoint's write will tell.
    handle.withLock { try? $0.write(contentsOf: line) }
  }
}
