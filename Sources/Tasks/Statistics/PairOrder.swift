/// Which of two things scores higher, for every pair of some things.
///
/// Every pair is kept: meant for up to some thousand things.
package struct PairOrder {
  /// Sign of the difference, 1, 0 or −1, of (1, 0), (2, 0), (2, 1), (3, 0) and so on.
  private let signs: [Double]

  /// Means that differ by no more than this are tied: those of the same numbers, added in another
  /// order, differ by rounding.
  static let toleranceOfMeans = 1e-9

  /// The order of `scores`; those that differ by `tolerance` or less are tied.
  package init(_ scores: [Double], tolerance: Double = 0) {
    var signs: [Double] = []
    signs.reserveCapacity(scores.count * max(0, scores.count - 1) / 2)
    for (i, score) in scores.enumerated() {
      for other in scores[..<i] {
        let difference = score - other
        signs.append(abs(difference) <= tolerance ? 0 : difference > 0 ? 1 : -1)
      }
    }
    self.signs = signs
  }

  /// The order by `sign`, of which the first number is the higher.
  init(count: Int, sign: (Int, Int) -> Double) {
    signs = (0..<count).flatMap { i in (0..<i).map { sign(i, $0) } }
  }

  /// The share of all pairs that the other puts in opposite order; nil without a pair.
  func shareOpposite(_ other: PairOrder) -> Double? {
    if signs.isEmpty { return nil }
    let opposite = zip(signs, other.signs).count { $0 * $1 < 0 }
    return Double(opposite) / Double(signs.count)
  }

  /// The weight of every pair: the product of the two things' weights, in the order of `signs`.
  package static func weights(_ weights: [Double]) -> [Double] {
    weights.indices.flatMap { i in weights[..<i].map { weights[i] * $0 } }
  }

  /// Kendall's τ-b of two orders of the same things, in −1...1:
  ///
  ///     τ = Σ w s t / √(Σ w s² · Σ w t²)    over all pairs, with s and t their signs
  ///
  /// Where the weights are 1, this is (C − D) / √((n₀ − n₁)(n₀ − n₂)) with C and D the pairs in the
  /// same and in opposite order, n₀ all, n₁ and n₂ those tied in one and in the other. A pair that
  /// only one of them ties lowers it, if less than one in opposite order does.
  ///
  /// Source: Kendall 1945, "The treatment of ties in ranking problems".
  ///
  /// - Parameter weights: Of every pair: see `weights(_:)`; all 1 where nil.
  /// - Returns: nil where it is not defined: fewer than two things, or one score all tied.
  package func tau(_ other: PairOrder, weights: [Double]? = nil) -> Double? {
    var (sum, untied, untiedInOther) = (0.0, 0.0, 0.0)
    for index in signs.indices {
      let weight = weights?[index] ?? 1
      let (sign, otherSign) = (signs[index], other.signs[index])
      sum += weight * sign * otherSign
      untied += weight * sign * sign
      untiedInOther += weight * otherSign * otherSign
    }
    guard untied > 0, untiedInOther > 0 else { return nil }
    return sum / (untied * untiedInOther).squareRoot()
  }
}
