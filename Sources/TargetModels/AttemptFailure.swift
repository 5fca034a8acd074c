import Foundation

/// Why an attempt gave nothing, and what follows from it.
struct AttemptFailure: Error {
  /// What the request ends with, should this be its last attempt.
  let error: TargetModelError
  /// Whether another attempt may do better.
  let isPassing: Bool
  /// What the attempt showed about its endpoint.
  let verdict: EndpointChoice.Verdict

  /// A failure that stays.
  init(_ error: TargetModelError, verdict: EndpointChoice.Verdict = .unknown) {
    self.init(error, isPassing: false, verdict: verdict)
  }

  private init(_ error: TargetModelError, isPassing: Bool, verdict: EndpointChoice.Verdict) {
    self.error = error
    self.isPassing = isPassing
    self.verdict = verdict
  }

  /// A failure after which another attempt may do better.
  static func passing(
    _ error: TargetModelError, verdict: EndpointChoice.Verdict = .unknown
  ) -> AttemptFailure {
    AttemptFailure(error, isPassing: true, verdict: verdict)
  }

  /// A failure for which the endpoint is left aside.
  static func unreachable(_ reason: String) -> AttemptFailure {
    passing(.connectionFailed(reason: reason), verdict: .pause(nil))
  }
}

extension HTTPExchange.Response {
  /// The completion in a server's answer.
  ///
  /// - Parameters:
  ///   - request: What was asked, for token counts that the server does not give.
  ///   - seconds: How long the answer took.
  ///   - keys: What no error may hold, whatever the server says.
  func completion(
    for request: ServerRequest, seconds: Double, keys: [String]
  ) throws(AttemptFailure) -> Completion {
    try checkStatus(secrets: keys + request.messages.map(\.content).filter { $0.count >= 16 })
    if let contentType, !contentType.lowercased().contains("json") {
      throw .passing(.malformedAnswer(reason: "its content type is '\(contentType.prefix(40))'"))
    }
    let answer: ServerAnswer
    do throws(TargetModelError) {
      answer = try ServerAnswer(body)
    } catch {
      throw .passing(error)
    }
    guard let text = answer.text else {
      throw AttemptFailure(.malformedAnswer(reason: "the model wrote no text"), verdict: .answers)
    }
    return Completion(
      text: text, promptTokens: answer.promptTokens ?? request.estimatedPromptTokens,
      outputTokens: answer.outputTokens ?? estimatedTokens(in: text), latencySeconds: seconds,
      logProbs: answer.logProbs)
  }

  private func checkStatus(secrets: [String]) throws(AttemptFailure) {
    let wait = retryAfter.flatMap { RetryPolicy.retryAfter($0, now: Date()) }
    switch status {
    case 200..<300: return
    case 429: throw .passing(.rateLimited, verdict: .pause(wait))
    case 408, 409, 500...:
      throw .passing(
        .serverError(status: status), verdict: wait.map { .pause($0) } ?? .unknown)
    default:
      throw AttemptFailure(
        .refused(status: status, reason: ServerRefusal.words(in: body, without: secrets)),
        verdict: .answers)
    }
  }
}
