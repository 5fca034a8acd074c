extension Tensor {
  /// Makes tokens that were there before less probable, in place.
  ///
  ///     z_y ← z_y / θ where z_y > 0, else z_y · θ
  ///
  /// Source: Keskar et al. 2019, arXiv:1909.05858 (CTRL), section 4.1, with the correction for negative
  /// logits that `transformers` makes.
  ///
  /// - Parameters:
  ///   - penalty: θ, above 0: above 1 repetition becomes less probable.
  ///   - tokens: The sequence so far; how often a token stands in it does not matter.
  ///   - row: Whose logits.
  /// - Precondition: `self` is `[N, V]`, has the row and is not recorded; `tokens` are below V.
  public func penalizeRepetition(by penalty: Float, of tokens: Set<Int32>, row: Int) {
    precondition(penalty > 0, "repetition penalty: \(penalty)")
    precondition(!requiresGradient, "repetition penalty: the logits are recorded")
    checkRow(row, tokens)
    let line = mutablePointer + row * shape[1]
    for token in tokens {
      let logit = line[Int(token)]
      line[Int(token)] = logit > 0 ? logit / penalty : logit * penalty
    }
  }
}
