import Foundation

/// Why an attempt gave nothing, and what follows from it.
struct AttemptFailure: Error {
  /// What the request ends with, should this be its last attempt.
  let error: TargetModelError
  /// Whether another attempt may do better.
  let isPassing: Bool
  /// What the attempt showed about its endpoint.
  let verdict: EndpointChoice.Verdict
  /// What the server bills for the attempt; nil where nobody knows.
  let used: TokenUse?

  /// A failure that stays.
  init(
    _ error: TargetModelError, verdict: EndpointChoice.Verdict = .unknown, used: TokenUse? = nil
  ) {
    self.init(error, isPassing: false, verdict: verdict, used: used)
  }

  private init(
    _ error: TargetModelError, isPassing: Bool, verdict: EndpointChoice.Verdict, used: TokenUse?
  ) {
    self.error = error
    self.isPassing = isPassing
    self.verdict = verdict
    self.used = used
  }

  /// A failure after which another attempt may do better.
  static func passing(
    _ error: TargetModelError, verdict: EndpointChoice.Verdict = .unknown, used: TokenUse? = nil
  ) -> AttemptFailure {
    AttemptFailure(error, isPassing: true, verdict: verdict, used: used)
  }

  /// Nothing was sent, and the endpoint is left aside.
  static func unreachable(_ reason: String) -> AttemptFailure {
    passing(.connectionFailed(reason: reason), verdict: .pause(nil), used: TokenUse.none)
  }
}

/// Tokens of one call.
struct TokenUse: Sendable {
  /// Tokens that were read.
  let promptTokens: Int
  /// Tokens that were written.
  let outputTokens: Int

  /// Nothing was read or written.
  static let none = TokenUse(promptTokens: 0, outputTokens: 0)
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
    try checkStatus(messages: request.messages.map(\.content), keys: keys)
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
      throw AttemptFailure(
        .malformedAnswer(reason: "the model wrote no text"), verdict: .answers, used: answer.used)
    }
    return Completion(
      text: text, promptTokens: answer.promptTokens ?? request.estimatedPromptTokens,
      outputTokens: answer.outputTokens ?? estimatedTokens(in: text), latencySeconds: seconds,
      logProbs: answer.logProbs)
  }

  /// Throws what a status other than 2xx says.
  ///
  /// - Parameters:
  ///   - messages: What was sent; no error repeats a passage of it.
  ///   - keys: What no error may hold.
  func checkStatus(messages: [String], keys: [String]) throws(AttemptFailure) {
    let wait = retryAfter.flatMap { RetryPolicy.retryAfter($0, now: Date()) }
    switch status {
    case 200..<300: return
    case 429: throw .passing(.rateLimited, verdict: .pause(wait), used: TokenUse.none)
    case 408, 409, 500...:
      throw .passing(
        .serverError(status: status),
        verdict: wait.map { .pause($0) } ?? (status >= 500 ? .fails : .unknown),
        used: TokenUse.none)
    default:
      throw AttemptFailure(
        .refused(
          status: status,
          reason: ServerRefusal.words(in: body, repeating: messages, keys: keys)),
        verdict: .answers, used: TokenUse.none)
    }
  }
}
