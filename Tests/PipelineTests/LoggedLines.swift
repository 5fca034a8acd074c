import Logging
import Pipeline
import Synchronization

/// Lines that were told to somebody.
final class LoggedLines: Sendable {
  private let state = Mutex<(lines: [String], warnings: Int)>(([], 0))

  var lines: [String] { state.withLock { $0.lines } }

  /// How many of them are warnings.
  var warnings: Int { state.withLock { $0.warnings } }

  func append(_ line: String, isWarning: Bool = false) {
    state.withLock {
      $0.lines.append(line)
      $0.warnings += isWarning ? 1 : 0
    }
  }

  /// A logger that tells its lines here.
  var logger: Logger { Logger(label: "test") { _ in LineLog(log: self) } }
}

extension RunObserver {
  /// Keeps the lines.
  static func logging(to log: LoggedLines) -> RunObserver {
    RunObserver(logger: log.logger, progress: { _ in })
  }
}

private struct LineLog: LogHandler {
  let log: LoggedLines
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    log.append("\(event.message)", isWarning: event.level >= .warning)
  }
}
