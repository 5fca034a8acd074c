import Synchronization
import TargetModels

/// Notices a target that has stopped answering, so that a run does not spend its night on failures.
final class SilenceWatch: Sendable {
  /// Failures in a row, after all repeated attempts of each, that are no chance any more.
  private static let limit = 50

  private let name: String
  private let state = Mutex((failures: 0, reason: String?.none))

  init(name: String) { self.name = name }

  /// Whether nothing more should be sent.
  func isSilent(after result: Result<Completion, TargetModelError>) -> Bool {
    state.withLock { state in
      guard case .failure(let error) = result else {
        state.failures = 0
        return state.reason != nil
      }
      if error.isOfServer { state.failures += 1 }
      if error.isFatal || state.failures >= Self.limit {
        state.reason = state.reason ?? error.description
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
    case .timedOut, .connectionFailed, .rateLimited, .serverError, .malformedAnswer, .refused: true
    case .promptTooLong, .labelsNotScored, .budgetMet, .cancelled: false
    }
  }
}
