import Tensors

/// A matrix of a layer with its bias, and the low-rank term that an adapter adds to it.
///
///     W + (α / r) B A
struct LayerMatrix {
  /// W, `[outputs, inputs]`.
  let weight: Tensor
  /// Added to what the matrix gives, `[outputs]`; nil where the model has none.
  let bias: Tensor?
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
  var tensors: [Tensor] {
    [weight] + (bias.map { [$0] } ?? []) + (lowRank.map { [$0.a, $0.b] } ?? [])
  }

  /// Both terms in one matrix, not recorded.
  var merged: Tensor {
    guard let lowRank else { return weight }
    return weight.adding(lowRank.b, times: lowRank.a, scale: lowRank.scale)
  }

  /// Both terms in one matrix, packed for products.
  func packed() -> LayerMatrix {
    LayerMatrix(weight: merged.packedForProducts(), bias: bias, lowRank: nil)
  }
}

extension Tensor {
  /// The map of a layer's matrix, optionally added to a residual stream.
  ///
  ///     y = x Wᵀ + b + r + (α / r) (x Aᵀ) Bᵀ
  func linear(_ matrix: LayerMatrix, addedTo residual: Tensor? = nil) -> Tensor {
    let result = linear(matrix.weight, bias: matrix.bias, addedTo: residual)
    guard let term = matrix.lowRank else { return result }
    return linear(term.a, scale: term.scale).linear(term.b, addedTo: result)
  }

  /// The same, the first heads of the sum then rotated.
  func rotatedLinear(
    _ matrix: LayerMatrix, _ table: RotaryTable, positions: [Int], heads: Int
  ) -> Tensor {
    guard let term = matrix.lowRank else {
      return rotatedLinear(
        matrix.weight, table, positions: positions, heads: heads, bias: matrix.bias)
    }
    return linear(term.a, scale: term.scale)
      .rotatedLinear(
        term.b, table, positions: positions, heads: heads,
        addedTo: linear(matrix.weight, bias: matrix.bias))
  }
}
