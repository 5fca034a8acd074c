import Tensors

extension Transformer {
  /// Log-probability and entropy of each response token, `[tokens, 2]`, ready for `backward`.
  ///
  /// - Parameter temperature: Divides the logits, as in sampling.
  /// - Precondition: The head gives tokens.
  public func logProbs(
    _ batch: PackedBatch, of responses: ResponseTokens, temperature: Float = 1,
    dropout: inout Dropout
  ) -> Tensor {
    precondition(head == .tokens, "logProbs: the model has a scalar head")
    return hiddenStates(batch, rows: responses.rows, dropout: &dropout)
      .tokenLogProbs(head: headWeights, targets: responses.targets, temperature: temperature)
  }

  /// The same without dropout.
  public func logProbs(
    _ batch: PackedBatch, of responses: ResponseTokens, temperature: Float = 1
  ) -> Tensor {
    var none = Dropout.none
    return logProbs(batch, of: responses, temperature: temperature, dropout: &none)
  }

  /// Log-probability of each response token, and at once the backward pass of Σ weight · log-prob: for
  /// losses whose weights are known beforehand.
  ///
  /// - Parameter weights: One for each token of the responses.
  /// - Precondition: The head gives tokens.
  public func backwardThroughLogProbs(
    _ batch: PackedBatch, of responses: ResponseTokens, weights: [Float], dropout: inout Dropout
  ) -> [Float] {
    precondition(head == .tokens, "logProbs: the model has a scalar head")
    return hiddenStates(batch, rows: responses.rows, dropout: &dropout)
      .backwardThroughLogProbs(
        head: headWeights, targets: responses.targets, weights: weights)
  }

  /// Log-probability of each response token, and at once the backward pass of a loss that is a sum over
  /// them.
  ///
  /// - Parameters:
  ///   - temperature: Divides the logits, as in sampling.
  ///   - entropyWeight: Derivative of the loss with respect to the entropy at each token.
  ///   - weight: Derivative of the loss with respect to a token's log-probability, which is given.
  ///     Called once for each token, on several threads.
  /// - Returns: The log-probabilities, the same numbers as those of `logProbs`.
  /// - Precondition: The head gives tokens.
  public func backwardThroughLogProbs(
    _ batch: PackedBatch, of responses: ResponseTokens, temperature: Float = 1,
    entropyWeight: Float = 0, weight: (_ token: Int, _ logProb: Float) -> Float
  ) -> [Float] {
    precondition(head == .tokens, "logProbs: the model has a scalar head")
    return hiddenStates(batch, rows: responses.rows)
      .backwardThroughLogProbs(
        head: headWeights, targets: responses.targets, temperature: temperature,
        entropyWeight: entropyWeight, weight: weight)
  }

  /// The scalar head's value at the given rows of a packed batch, `[rows, 1]`.
  ///
  /// - Precondition: The head gives a scalar.
  public func scalars(_ batch: PackedBatch, at rows: [Int], dropout: inout Dropout) -> Tensor {
    precondition(head == .scalar, "scalars: the model has a token head")
    return hiddenStates(batch, rows: rows, dropout: &dropout).linear(headWeights)
  }

  /// The same without dropout.
  public func scalars(_ batch: PackedBatch, at rows: [Int]) -> Tensor {
    var none = Dropout.none
    return scalars(batch, at: rows, dropout: &none)
  }
}
