import Tensors

/// A matrix of a layer, and the low-rank term that an adapter adds to it.
///
///     W + (α / r) B A
struct LayerMatrix {
  /// W, `[outputs, inputs]`.
  let weight: Tensor
  /// The second term, where the model is adapted.
  let lowRank: LowRankTerm?

  /// What an adapter adds to one matrix.
  struct LowRankTerm {
    /// A, `[rank, inputs]`.
    let a: Tensor
    /// B, `[outputs, rank]`.
    let b: Tensor
    /// α / r.
    let scale: Float
  }

  /// Everything that is read.
  var tensors: [Tensor] { [weight] + (lowRank.map { [$0.a, $0.b] } ?? []) }

  /// Both terms in one matrix, not recorded.
  var merged: Tensor {
    guard let lowRank else { return weight }
    return weight.adding(lowRank.b, times: lowRank.a, scale: lowRank.scale)
  }

  /// Both terms in one matrix, packed for products.
  func packed() -> LayerMatrix {
    LayerMatrix(weight: merged.packedForProducts(), lowRank: nil)
  }
}

extension Tensor {
  /// The map of a layer's matrix, optionally added to a residual stream.
  ///
  ///     y = x Wᵀ + r + (α / r) (x Aᵀ) Bᵀ
  func linear(_ matrix: LayerMatrix, addedTo residual: Tensor? = nil) -> Tensor {
    let result = linear(matrix.weight, addedTo: residual)
    guard let term = matrix.lowRank else { return result }
    return linear(term.a, scale: term.scale).linear(term.b, addedTo: result)
  }

  /// The same, the first heads of the sum then rotated.
  func rotatedLinear(
    _ matrix: LayerMatrix, _ table: RotaryTable, positions: [Int], heads: Int
  ) -> Tensor {
    guard let term = matrix.lowRank else {
      return rotatedLinear(matrix.weight, table, positions: positions, heads: heads)
    }
    return linear(term.a, scale: term.scale)
      .rotatedLinear(
        term.b, table, positions: positions, heads: heads, addedTo: linear(matrix.weight))
  }
}
