import Synchronization
import TargetModels

/// Notices a target that has stopped answering, so that a run does not spend its night on failures.
final class SilenceWatch: Sendable {
  /// Failures in a row, after all repeated attempts of each, that are no chance any more.
  private static let limit = 50

  private let name: String
  private let state = Mutex(State())

  private struct State {
    var hasAnswered = false
    var failures = 0
    var reason: String?
  }

  init(name: String) { self.name = name }

  /// Whether nothing more should be sent. A refusal of the key or the model counts only before the
  /// first answer: later it is the one request's.
  func isSilent(after result: Result<Completion, TargetModelError>) -> Bool {
    state.withLock { state in
      switch result {
      case .success: (state.hasAnswered, state.failures) = (true, 0)
      case .failure(let error):
        if error.isOfServer { state.failures += 1 }
        if state.failures >= Self.limit || error.isFatal && !state.hasAnswered {
          state.reason = state.reason ?? error.description
        }
      }
      return state.reason != nil
    }
  }

  /// - Throws: `RunError.notAnswering`.
  func check() throws {
    if let reason = state.withLock({ $0.reason }) {
      throw RunError.notAnswering(name: name, reason: reason)
    }
  }
}

extension TargetModelError {
  /// Whether the server failed, and not this one request.
  fileprivate var isOfServer: Bool {
    switch self {
    case .timedOut, .connectionFailed, .rateLimited, .serverError, .malformedAnswer: true
    case .promptTooLong, .labelsNotScored, .refused, .budgetMet, .cancelled: false
    }
  }
}
