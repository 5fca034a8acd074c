/// What a target model answered.
public struct Completion: Sendable, Equatable {
  /// The answer.
  public var text: String
  /// Tokens that were read.
  public var promptTokens: Int
  /// Tokens that were written.
  public var outputTokens: Int
  /// Time from sending the attempt that succeeded to its last byte. An embedded target computes a
  /// batch at a time: there it is the batch's time divided by its requests.
  public var latencySeconds: Double
  /// log p of each token that was written, where the model gives them.
  public var logProbs: [Double]?

  /// All parts.
  public init(
    text: String, promptTokens: Int, outputTokens: Int, latencySeconds: Double,
    logProbs: [Double]? = nil
  ) {
    self.text = text
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.latencySeconds = latencySeconds
    self.logProbs = logProbs
  }
}

/// One finished request.
public struct Answer: Sendable {
  /// Place of the request among those that were asked together.
  public var index: Int
  /// The completion, or why there is none.
  public var result: Result<Completion, TargetModelError>
  /// One for each reservation whose attempt is over. Attempts that failed are among them.
  public var receipts: [CallReceipt]

  /// All parts.
  public init(
    index: Int, result: Result<Completion, TargetModelError>, receipts: [CallReceipt]
  ) {
    self.index = index
    self.result = result
    self.receipts = receipts
  }
}
