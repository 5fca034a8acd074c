import Synchronization

/// Lets a bounded number of tasks through at once, in the order of their coming.
final class InFlightLimit: Sendable {
  private let state: Mutex<State>

  private struct State {
    var free: Int
    var lastTicket = 0
    var line: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  /// Lets `count` through.
  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// Waits for room. Who is let in leaves again with `leave()`.
  ///
  /// - Returns: False where the task was cancelled meanwhile: it is not in.
  func enter() async -> Bool {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let entered: Bool? = state.withLock { state in
          // A cancellation from here on waits for the lock, and then finds the continuation.
          if Task.isCancelled { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.line.append((ticket, continuation))
          return nil
        }
        if let entered { continuation.resume(returning: entered) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.line.firstIndex { $0.ticket == ticket }.map { state.line.remove(at: $0) }
      }
      waiting?.continuation.resume(returning: false)
    }
  }

  /// Makes room for the next in line.
  func leave() {
    let next = state.withLock { state in
      if state.line.isEmpty {
        state.free += 1
        return nil as CheckedContinuation<Bool, Never>?
      }
      return state.line.removeFirst().continuation
    }
    next?.resume(returning: true)
  }
}
