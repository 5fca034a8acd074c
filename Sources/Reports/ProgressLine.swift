import Foundation
import Synchronization

/// How far a stage has come, at one moment.
public struct ProgressState: Sendable, Equatable {
  /// What is being done, for example "rl small".
  public var label: String
  /// What is counted, in the plural: "steps", "calls".
  public var unit: String
  /// Units done.
  public var done: Int
  /// Units in all; `nil` where nobody knows.
  public var total: Int?
  /// Units that were done before this process started, as after a resume: they tell nothing about
  /// the rate.
  public var doneBefore: Int
  /// Time since this process started the stage.
  public var elapsedSeconds: Double
  /// What else to show, for example the loss; may be empty.
  public var note: String

  /// Describes one moment.
  public init(
    label: String, unit: String, done: Int, total: Int?, doneBefore: Int, elapsedSeconds: Double,
    note: String
  ) {
    self.label = label
    self.unit = unit
    self.done = done
    self.total = total
    self.doneBefore = doneBefore
    self.elapsedSeconds = elapsedSeconds
    self.note = note
  }

  /// Units per second in this process; `nil` before there is anything to measure.
  public var rate: Double? {
    let fresh = done - doneBefore
    return fresh > 0 && elapsedSeconds > 0 ? Double(fresh) / elapsedSeconds : nil
  }

  /// Seconds until the end at the rate so far; `nil` where it is not known.
  public var remainingSeconds: Double? {
    guard let total, let rate else { return nil }
    return Double(max(total - done, 0)) / rate
  }

  /// "rl small  [████      ]  40/100 steps  3.2 steps/s  19 s left  loss 0.4".
  ///
  /// - Parameter barWidth: Columns of the bar; 0 gives the percentage instead.
  public func line(barWidth: Int) -> String {
    var parts = [label]
    if let total, total > 0 {
      let share = min(max(Double(done) / Double(total), 0), 1)
      parts.append(barWidth > 0 ? bracketed(share, barWidth) : "\(Int(share * 100)) %")
    }
    parts.append(total.map { "\(done)/\($0) \(unit)" } ?? "\(done) \(unit)")
    if let rate { parts.append("\(shortNumber(rate)) \(unit)/s") }
    if let remainingSeconds, done != total {
      parts.append(duration(seconds: remainingSeconds) + " left")
    } else if done == total {
      parts.append("in " + duration(seconds: elapsedSeconds))
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: "  ")
  }

  private func bracketed(_ share: Double, _ width: Int) -> String {
    let drawn = bar(eighths: Int(share * Double(width * 8)))
    return "[" + drawn + String(repeating: " ", count: width - drawn.count) + "]"
  }
}

/// A duration in two units at most: "45 s", "3 min 20 s", "2 h 5 min", "4 d 3 h".
public func duration(seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "∞" }
  if seconds < 10 { return String(format: "%.1f s", max(seconds, 0)) }
  let whole = Int(seconds.rounded())
  switch whole {
  case ..<60: return "\(whole) s"
  case ..<3600: return "\(whole / 60) min \(whole % 60) s"
  case ..<86_400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
  default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
  }
}

/// Three digits or so: "0.042", "3.14", "27.2", "1280".
func shortNumber(_ value: Double) -> String {
  switch abs(value) {
  case ..<1: String(format: "%.3f", value)
  case ..<10: String(format: "%.2f", value)
  case ..<100: String(format: "%.1f", value)
  default: String(format: "%.0f", value)
  }
}

/// Shows progress: one line that is rewritten on a terminal, a plain line now and then elsewhere.
public final class ProgressLine: Sendable {
  /// Where progress goes.
  public struct Output: Sendable {
    /// Whether a line can be rewritten.
    public let isTerminal: Bool
    /// Columns of the terminal; longer lines are cut so that they do not wrap.
    public let width: Int
    /// Writes text as it is.
    public let write: @Sendable (String) -> Void

    /// Describes an output.
    public init(isTerminal: Bool, width: Int, write: @escaping @Sendable (String) -> Void) {
      self.isTerminal = isTerminal
      self.width = width
      self.write = write
    }

    /// The process's standard error.
    public static var standardError: Output {
      let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
      return Output(isTerminal: isatty(STDERR_FILENO) == 1, width: max(columns ?? 80, 20)) { text in
        FileHandle.standardError.write(Data(text.utf8))
      }
    }
  }

  private struct Shown {
    var time = -Double.infinity
    var line = ""
    var isOpen = false
  }

  private let output: Output
  private let secondsBetween: Double
  private let shown = Mutex(Shown())

  /// Starts with nothing shown.
  ///
  /// - Parameters:
  ///   - output: Where progress goes.
  ///   - plainLineSeconds: Least time between two lines where lines cannot be rewritten. On a
  ///     terminal the line changes up to ten times a second.
  public init(output: Output, plainLineSeconds: Double) {
    self.output = output
    secondsBetween = output.isTerminal ? 0.1 : plainLineSeconds
  }

  /// Shows a state, unless the last one was shown just before. The end of a stage is always shown,
  /// once.
  public func show(_ state: ProgressState) {
    let isEnd = state.done == state.total
    shown.withLock { shown in
      guard
        isEnd || state.elapsedSeconds - shown.time >= secondsBetween
          || state.elapsedSeconds < shown.time
      else { return }
      let line = output.isTerminal ? fitted(state.line(barWidth: 20)) : state.line(barWidth: 0)
      guard line != shown.line else { return }
      output.write(output.isTerminal ? "\r\u{1B}[K" + line + (isEnd ? "\n" : "") : line + "\n")
      shown = Shown(time: state.elapsedSeconds, line: line, isOpen: output.isTerminal && !isEnd)
    }
  }

  /// Ends a line that is still being rewritten, so that other output starts on a line of its own.
  public func finish() {
    shown.withLock { shown in
      if shown.isOpen { output.write("\n") }
      shown = Shown()
    }
  }

  private func fitted(_ line: String) -> String {
    line.count < output.width ? line : line.prefix(output.width - 2) + "…"
  }
}
