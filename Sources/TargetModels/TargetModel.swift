/// The model that prompts are rewritten for.
public protocol TargetModel: Sendable {
  /// What reports call it.
  var name: String { get }
  /// Changes with everything about the model that changes answers, its weights among it.
  var fingerprint: String { get }

  /// Answers every request once. A batch never fails as a whole: each request has its own result.
  ///
  /// Answers come as they are finished, in any order. Ending the iteration, or cancelling the task
  /// that iterates, stops what has not been sent and cancels what has; such a reader does not hear
  /// of the requests that this cuts off. A meter that throws stops what has not been sent, and lets
  /// what is under way finish and be heard of.
  ///
  /// - Parameters:
  ///   - requests: The questions.
  ///   - meter: Asked before each attempt that costs something. Its reservations come back in the
  ///     answers' receipts.
  func answers(to requests: [CompletionRequest], meter: any CallMeter) -> AsyncStream<Answer>
}

extension TargetModel {
  /// All results in the order of the requests, unmetered. Where the task is cancelled, those that
  /// were not finished are `TargetModelError.cancelled`.
  public func complete(
    _ requests: [CompletionRequest]
  ) async -> [Result<Completion, TargetModelError>] {
    var results = [Result<Completion, TargetModelError>](
      repeating: .failure(.cancelled), count: requests.count)
    for await answer in answers(to: requests, meter: Unmetered()) {
      results[answer.index] = answer.result
    }
    return results
  }
}
