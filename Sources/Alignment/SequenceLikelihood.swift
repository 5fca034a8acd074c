/// What the mean of a likelihood loss is taken over.
public enum LikelihoodAveraging: String, Codable, Sendable, CaseIterable {
  /// All target tokens of the batch weigh the same: long responses count more.
  case tokens
  /// All rows weigh the same, and the target tokens within a row.
  case rows
}

/// The weight of each token in a negative log-likelihood loss.
///
///     L = −Σₜ wₜ log π(xₜ | x_<t),   Σₜ wₜ = 1,   wₜ = 0 outside of the targets
///
/// For SFT (P) the targets are the tokens of the optimised prompt and its end token; for PPO-ptx (W:
/// Ouyang et al. 2022, arXiv:2203.02155) every token is one. −wₜ is also the gradient with respect
/// to log π(xₜ).
///
/// - Parameters:
///   - isTarget: Whether the loss counts the token, `[N]`.
///   - offsets: Where rows begin, then N, `[rows + 1]`.
///   - averaging: What the mean is taken over.
/// - Returns: `[N]`.
/// - Precondition: `offsets` cut N tokens into rows, and each row has a target: a row without one is
///   a mistake in the data that the reader of the data names.
public func likelihoodWeights(
  isTarget: [Bool], offsets: [Int], averaging: LikelihoodAveraging
) -> [Float] {
  checkOffsets(offsets, count: isTarget.count)
  let total = isTarget.count { $0 }
  var weights = [Float](repeating: 0, count: isTarget.count)
  for row in rows(offsets) {
    let targets = isTarget[row].count { $0 }
    precondition(targets > 0, "likelihoodWeights: the row at \(row.lowerBound) has no target")
    let weight: Float =
      switch averaging {
      case .tokens: 1 / Float(total)
      case .rows: 1 / Float(targets * (offsets.count - 1))
      }
    for token in row where isTarget[token] { weights[token] = weight }
  }
  return weights
}

/// The loss that belongs to `likelihoodWeights`.
///
/// - Parameters:
///   - logProbs: log π of each token, `[N]`: the differentiable input.
///   - weights: wₜ, `[N]`.
/// - Precondition: Counts agree.
public func negativeLogLikelihood(logProbs: [Float], weights: [Float]) -> LossGradient {
  precondition(logProbs.count == weights.count, "negativeLogLikelihood: counts differ")
  let sum = zip(logProbs, weights).reduce(0.0) { sum, token in
    // A token outside of the targets may be impossible: 0 · −∞ must not become NaN.
    token.1 == 0 ? sum : sum - Double(token.0) * Double(token.1)
  }
  return LossGradient(loss: Float(sum), gradient: weights.map { -$0 })
}
