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
    return hiddenStates(batch, dropout: &dropout).rows(responses.rows)
      .tokenLogProbs(head: headWeights, targets: responses.targets, temperature: temperature)
  }

  /// The same without dropout.
  public func logProbs(
    _ batch: PackedBatch, of responses: ResponseTokens, temperature: Float = 1
  ) -> Tensor {
    var none = Dropout.none
    return logProbs(batch, of: responses, temperature: temperature, dropout: &none)
  }

  /// The scalar head's value at the given rows of a packed batch, `[rows, 1]`.
  ///
  /// - Precondition: The head gives a scalar.
  public func scalars(_ batch: PackedBatch, at rows: [Int], dropout: inout Dropout) -> Tensor {
    precondition(head == .scalar, "scalars: the model has a token head")
    return hiddenStates(batch, dropout: &dropout).rows(rows).linear(headWeights)
  }

  /// The same without dropout.
  public func scalars(_ batch: PackedBatch, at rows: [Int]) -> Tensor {
    var none = Dropout.none
    return scalars(batch, at: rows, dropout: &none)
  }
}
