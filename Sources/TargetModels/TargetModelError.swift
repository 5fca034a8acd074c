/// Why there is no answer. Never scored as one.
public enum TargetModelError: Error, Equatable, Sendable {
  /// The prompt does not fit into what the model reads.
  case promptTooLong(tokens: Int, limit: Int)
  /// Labels were to be scored, and this kind of target only writes.
  case labelsNotScored
  /// The last attempt had no whole answer after this time.
  case timedOut(seconds: Double)
  /// The last attempt found no server, or lost it before an answer began.
  case connectionFailed(reason: String)
  /// The last attempt was one too many for the server's limits (status 429).
  case rateLimited
  /// The last attempt met a passing failure of the server: status 408, 409 or 5xx.
  case serverError(status: Int)
  /// The last attempt was answered with something that is no answer.
  case malformedAnswer(reason: String)
  /// The server will not answer this request; `reason` is its own words, cut and without keys. Where
  /// the words repeat 20 characters of the prompt on end, it is only the server's code for them.
  case refused(status: Int, reason: String)
  /// A budget does not allow the call. The request may be asked again with another budget.
  case budgetMet(reason: String)
  /// The caller ended the batch. The request may be asked again.
  case cancelled
}

extension TargetModelError {
  /// Whether this is the request's outcome, to be recorded: the model was asked, or cannot be. Not
  /// so for requests that were left, which another run may ask.
  public var isOutcome: Bool {
    switch self {
    case .budgetMet, .cancelled: false
    default: true
    }
  }

  /// Whether no request of this kind can succeed: the key is wrong, or there is no such model.
  public var isFatal: Bool {
    switch self {
    case .refused(let status, _): [401, 403, 404].contains(status)
    case .labelsNotScored: true
    default: false
    }
  }
}

extension TargetModelError: CustomStringConvertible {
  /// One sentence, without a key and without any passage of the prompt: of a server's own words at
  /// most 19 characters on end may be as in the prompt.
  public var description: String {
    switch self {
    case .promptTooLong(let tokens, let limit):
      "the prompt has \(tokens) tokens; with its answer the target model reads at most \(limit)"
    case .labelsNotScored: "the server does not score labels; only embedded targets do"
    case .timedOut(let seconds): "the server gave no whole answer within \(seconds) s"
    case .connectionFailed(let reason): "the server cannot be reached: \(reason)"
    case .rateLimited: "the server's rate limit was met on each attempt"
    case .serverError(let status): "the server failed with status \(status)"
    case .malformedAnswer(let reason): "the server's answer is not usable: \(reason)"
    case .refused(let status, let reason):
      "the server refused the request with status \(status)\(reason.isEmpty ? "" : ": \(reason)")"
    case .budgetMet(let reason): "the budget is met: \(reason)"
    case .cancelled: "the request was cancelled"
    }
  }
}
