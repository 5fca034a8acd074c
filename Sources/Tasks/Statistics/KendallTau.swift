/// Kendall's τ-b: how far two scores of the same things order them alike, in −1...1.
///
///     τ = (C − D) / √((n₀ − n₁)(n₀ − n₂)),   n₀ = n(n − 1)/2
///
/// with C and D the pairs in the same and in opposite order, n₁ and n₂ the pairs tied in the
/// first and in the second score. Every pair is looked at: meant for up to some thousand things.
///
/// Source: Kendall 1945, "The treatment of ties in ranking problems".
///
/// - Returns: nil where it is not defined: fewer than two things, or one score all tied.
/// - Precondition: Both have the same count.
public func kendallTau(_ first: [Double], _ second: [Double]) -> Double? {
  precondition(first.count == second.count, "kendallTau: \(first.count) and \(second.count)")
  var concordantMinusDiscordant = 0
  var untiedInFirst = 0
  var untiedInSecond = 0
  for i in first.indices {
    for j in 0..<i {
      let left = sign(first[i] - first[j])
      let right = sign(second[i] - second[j])
      concordantMinusDiscordant += left * right
      untiedInFirst += left * left
      untiedInSecond += right * right
    }
  }
  guard untiedInFirst > 0, untiedInSecond > 0 else { return nil }
  return Double(concordantMinusDiscordant)
    / (Double(untiedInFirst) * Double(untiedInSecond)).squareRoot()
}

private func sign(_ value: Double) -> Int {
  (value > 0 ? 1 : 0) - (value < 0 ? 1 : 0)
}

/// How well half of the examples orders the prompts as the other half does: Kendall's τ of the
/// prompts' means over two random halves, averaged over the repeats. The ceiling for any τ between
/// two models that is measured on this many examples. Ours.
///
/// - Parameters:
///   - scores: Score of each prompt on each example, `[prompt][example]`; nil where there is none.
///   - repeats: How many random halvings.
///   - generator: Draws the halves.
/// - Returns: nil where τ was defined for no halving.
/// - Precondition: All rows have the same count.
public func splitHalfTau(
  scores: [[Double?]], repeats: Int, using generator: inout some RandomNumberGenerator
) -> Double? {
  let exampleCount = scores.first?.count ?? 0
  precondition(scores.allSatisfy { $0.count == exampleCount }, "splitHalfTau: ragged rows")
  var taus = RunningMoments()
  for _ in 0..<repeats {
    let order = Array(0..<exampleCount).shuffled(using: &generator)
    let halves = [order.prefix(exampleCount / 2), order.dropFirst(exampleCount / 2)]
    let means = scores.compactMap { row -> [Double]? in
      let moments = halves.map { half in RunningMoments(half.compactMap { row[$0] }) }
      return moments.contains { $0.count == 0 } ? nil : moments.map(\.mean)
    }
    if let tau = kendallTau(means.map { $0[0] }, means.map { $0[1] }) { taus.add(tau) }
  }
  return taus.count > 0 ? taus.mean : nil
}
