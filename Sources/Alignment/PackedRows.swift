import Foundation

/// Mean of each row of a packed array.
///
///     pᵢ = Σₜ xᵢₜ / |yᵢ|
///
/// With log-probabilities this is the length-normalised likelihood that RRMF ranks by (W: RRHF,
/// Yuan et al. 2023, arXiv:2304.05302, equation 1; the real length, see `rankingLoss`).
///
/// - Parameters:
///   - values: All rows one after another, without padding, `[N]`.
///   - offsets: Where rows begin, then the end: row i is `offsets[i]..<offsets[i + 1]`, `[rows + 1]`.
/// - Returns: `[rows]`.
/// - Precondition: `offsets` start at 0, end at N, and no row is empty.
public func rowMeans(of values: [Float], offsets: [Int]) -> [Float] {
  checkOffsets(offsets, count: values.count)
  return rows(offsets).map { row in
    precondition(!row.isEmpty, "rowMeans: row at \(row.lowerBound) is empty")
    return Float(values[row].reduce(0.0) { $0 + Double($1) } / Double(row.count))
  }
}

/// The gradient of `rowMeans`: every token of row i gets gᵢ / |yᵢ|.
///
/// - Parameters:
///   - rowGradient: ∂loss/∂pᵢ, `[rows]`.
///   - offsets: As in `rowMeans`, `[rows + 1]`.
/// - Returns: ∂loss/∂xᵢₜ, `[N]`.
/// - Precondition: `offsets` ascend from 0 and mark as many rows as `rowGradient` has.
public func rowMeansGradient(_ rowGradient: [Float], offsets: [Int]) -> [Float] {
  checkOffsets(offsets, count: offsets.last ?? 0)
  precondition(rowGradient.count == offsets.count - 1, "rowMeansGradient: counts differ")
  return zip(rowGradient, rows(offsets)).flatMap { gradient, row in
    repeatElement(gradient / Float(row.count), count: row.count)
  }
}

/// The index range of each row.
func rows(_ offsets: [Int]) -> [Range<Int>] {
  zip(offsets, offsets.dropFirst()).map { $0..<$1 }
}

/// Stops where `offsets` do not cut `count` entries into rows.
func checkOffsets(_ offsets: [Int], count: Int) {
  precondition(
    offsets.first == 0 && offsets.last == count, "offsets must run from 0 to \(count)")
  precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "offsets must ascend")
}

/// Mean, accumulated in Double; 0 for no values.
func mean(_ values: [Float]) -> Double {
  values.isEmpty ? 0 : values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
}

/// Mean squared distance from the mean (divisor n).
func biasedVariance(_ values: [Float]) -> Double {
  guard !values.isEmpty else { return 0 }
  let center = mean(values)
  let squares = values.reduce(0.0) { sum, value in
    let distance = Double(value) - center
    return sum + distance * distance
  }
  return squares / Double(values.count)
}

/// log σ(x) without overflow.
func logSigmoid(_ x: Double) -> Double { min(x, 0) - log1p(exp(-abs(x))) }

/// σ(x) without overflow.
func sigmoid(_ x: Double) -> Double { exp(logSigmoid(x)) }
