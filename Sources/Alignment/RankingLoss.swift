/// How RRMF punishes a pair in the wrong order.
public enum RankingForm: String, Codable, Sendable, CaseIterable {
  /// max(0, p_lower − p_higher): RRHF's and MAPO's.
  case hinge
  /// −log σ(p_higher − p_lower): Bradley–Terry; an option, to be reported beside the other (O).
  case bradleyTerry
}

/// The RRMF loss of one batch of rankings, its gradient, and its parts.
public struct RankingLoss: Sendable, Equatable {
  /// Loss, and gradient with respect to each candidate's mean log-prob pᵢ, `[candidates]`.
  public var result: LossGradient
  /// The ranking term alone.
  public var rank: Float
  /// Cross-entropy of the best candidates alone, before its coefficient, in nats per token.
  public var crossEntropy: Float
  /// Untied pairs in the batch.
  public var pairs: Int
  /// Share of the pairs in which the better candidate is the likelier one; `nil` without a pair.
  public var accuracy: Float?
}

/// RRMF: ranking responses from model feedback.
///
///     pᵢ     = Σₜ log π(yᵢₜ|·) / |yᵢ|
///     L_rank = mean over all pairs with rᵢ ≠ rⱼ of max(0, p_lower − p_higher)
///     L_CE   = mean over rankings of −p_best
///     L      = L_rank + c · L_CE
///
/// Source: MAPO (P) names RRMF and models it on RRHF (W: Yuan et al. 2023, arXiv:2304.05302,
/// equations 1–4). It departs from RRHF's code where that is in error: lengths are real ones, every
/// ordered pair counts, and the mean does not grow with k². Ours (O): ties are left out; a ranking
/// in which all tie says nothing, so it adds no cross-entropy either; among equally good best
/// candidates the shorter is taken, then the earlier.
///
/// - Parameters:
///   - meanLogProbs: pᵢ of each candidate, rankings one after another, `[candidates]`: `rowMeans` of
///     its log-probs.
///   - lengths: Token count |yᵢ| of each candidate, `[candidates]`; decides between equally good best
///     candidates.
///   - scores: Measured score rᵢ of each candidate, `[candidates]`, higher is better.
///   - groups: Where rankings begin, then the number of candidates, `[rankings + 1]`.
///   - form: What a pair costs.
///   - crossEntropyCoefficient: c; 1 in the source, 0 switches the term off.
///   - minimumGap: Scores that differ by this or less are tied, 0 or more.
/// - Returns: The gradient is ∂L/∂pᵢ; `rowMeansGradient` spreads it over the tokens. Without an
///   untied pair the loss and the gradient are 0.
/// - Precondition: Counts agree.
public func rankingLoss(
  meanLogProbs: [Float], lengths: [Int], scores: [Float], groups: [Int], form: RankingForm,
  crossEntropyCoefficient: Float, minimumGap: Float
) -> RankingLoss {
  let count = meanLogProbs.count
  precondition(lengths.count == count && scores.count == count, "rankingLoss: counts differ")
  checkOffsets(groups, count: count)
  let means = meanLogProbs.map { Double($0) }
  let rankings = rows(groups).map { group in
    (group, rankedPairs(in: group, scores: scores, minimumGap: minimumGap))
  }.filter { !$0.1.isEmpty }
  var gradient = [Double](repeating: 0, count: count)
  let pairs = rankings.flatMap(\.1)
  let rank = addRanking(of: pairs, means: means, form: form, to: &gradient)
  var crossEntropy = 0.0
  for (group, _) in rankings {
    let best = bestCandidate(in: group, scores: scores, lengths: lengths)
    crossEntropy -= means[best] / Double(rankings.count)
    gradient[best] -= Double(crossEntropyCoefficient) / Double(rankings.count)
  }
  let ordered = pairs.count { means[$0.higher] > means[$0.lower] }
  return RankingLoss(
    result: LossGradient(
      loss: Float(rank + Double(crossEntropyCoefficient) * crossEntropy),
      gradient: gradient.map { Float($0) }),
    rank: Float(rank), crossEntropy: Float(crossEntropy), pairs: pairs.count,
    accuracy: pairs.isEmpty ? nil : Float(ordered) / Float(pairs.count))
}

/// The ranking term; its gradient is added to `gradient`.
private func addRanking(
  of pairs: [RankedPair], means: [Double], form: RankingForm, to gradient: inout [Double]
) -> Double {
  guard !pairs.isEmpty else { return 0 }
  let scale = 1 / Double(pairs.count)
  var loss = 0.0
  for pair in pairs {
    let excess = means[pair.lower] - means[pair.higher]
    let slope: Double
    switch form {
    case .hinge:
      loss += max(0, excess)
      slope = excess > 0 ? 1 : 0
    case .bradleyTerry:
      loss -= logSigmoid(-excess)
      slope = sigmoid(excess)
    }
    gradient[pair.lower] += slope * scale
    gradient[pair.higher] -= slope * scale
  }
  return loss * scale
}

/// The highest score; then the shortest; then the first.
private func bestCandidate(in group: Range<Int>, scores: [Float], lengths: [Int]) -> Int {
  group.dropFirst().reduce(group.lowerBound) { best, candidate in
    let better = scores[candidate] > scores[best]
    let shorter = scores[candidate] == scores[best] && lengths[candidate] < lengths[best]
    return better || shorter ? candidate : best
  }
}
