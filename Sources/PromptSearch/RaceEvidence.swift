/// The evidence that differences are positive on average, as the capital of a gambler who began
/// with 1 and bets on it before every example.
///
///     capital = mean over the stakes λ of Πᵢ (1 + λ dᵢ)
///
/// Where the differences of further examples are not positive on average, the bets are no better
/// than fair, so that the capital ever reaches 1 / p with a probability of at most p, whatever the
/// distribution and however often one looks. No variance is estimated: that the first few examples
/// agree makes nobody sure. Source: Ville's inequality; Waudby-Smith and Ramdas 2024, "Estimating
/// means of bounded random variables by betting", arXiv:2010.09686; the stakes are ours.
///
/// - Parameter differences: Differences of scores within 0...1.
package func evidence(thatPositive differences: [Double]) -> Double {
  let stakes = [0.125, 0.25, 0.5, 0.875]
  let capitals = stakes.map { stake in differences.reduce(1) { $0 * (1 + stake * $1) } }
  return capitals.reduce(0, +) / Double(stakes.count)
}
