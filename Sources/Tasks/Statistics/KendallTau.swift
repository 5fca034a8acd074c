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
  return PairOrder(first).tau(PairOrder(second))
}
