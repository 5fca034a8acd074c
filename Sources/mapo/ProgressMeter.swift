import Foundation
import Pipeline
import Reports
import Synchronization

/// Adds the time to what a run reports: rate and remaining time count from the first report of a
/// label.
final class ProgressMeter: Sendable {
  private struct Beginning {
    var label = ""
    var done = 0
    var time = ContinuousClock().now
  }

  private let beginning = Mutex(Beginning())

  func state(of progress: RunObserver.Progress) -> ProgressState {
    beginning.withLock { beginning in
      let now = ContinuousClock().now
      if beginning.label != progress.label {
        beginning = Beginning(label: progress.label, done: progress.done, time: now)
      }
      return ProgressState(
        label: progress.label, unit: "", done: progress.done, total: progress.total,
        doneBefore: beginning.done, elapsedSeconds: (now - beginning.time) / .seconds(1),
        note: progress.detail)
    }
  }
}
