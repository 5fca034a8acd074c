/// The numbers of one AdamW step that are the same for every element.
public struct AdamWCoefficients: Sendable {
  /// Learning rate η.
  public var learningRate: Float
  /// β₁, β₂: decay of the first and second moment.
  public var betas: (Float, Float)
  /// ε, added to the root of the second moment.
  public var epsilon: Float
  /// λ, decoupled weight decay; 0 for vectors.
  public var weightDecay: Float
  /// 1 − β₁ᵗ and 1 − β₂ᵗ.
  public var biasCorrections: (Float, Float)
  /// Factor on the gradient, for clipping.
  public var gradientScale: Float

  /// All coefficients.
  public init(
    learningRate: Float, betas: (Float, Float), epsilon: Float, weightDecay: Float,
    biasCorrections: (Float, Float), gradientScale: Float
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.biasCorrections = biasCorrections
    self.gradientScale = gradientScale
  }
}

/// One step of AdamW over a range of flat storage, in one pass that also sets the gradients to zero.
///
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
///     w ← w − η (m̂ / (√v̂ + ε) + λ w)
///
/// Moments too small to matter become zero: those of embedding rows that never occur would decay
/// into denormal numbers, on which the CPU is a hundred times slower.
///
/// Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
///
/// - Precondition: All buffers hold `range`.
public func adamWStep(
  weights: UnsafeMutableBufferPointer<Float>, gradients: UnsafeMutableBufferPointer<Float>,
  firstMoments: UnsafeMutableBufferPointer<Float>, secondMoments: UnsafeMutableBufferPointer<Float>,
  range: Range<Int>, coefficients c: AdamWCoefficients
) {
  guard let w = weights.baseAddress, let g = gradients.baseAddress,
    let m = firstMoments.baseAddress, let v = secondMoments.baseAddress
  else { return }
  precondition(
    range.upperBound
      <= min(
        min(weights.count, gradients.count), min(firstMoments.count, secondMoments.count)),
    "adamW: range \(range) of \(weights.count) weights")
  inParallel(range.count, grain: 1 << 14) { piece in
    for index in range.lowerBound + piece.lowerBound..<range.lowerBound + piece.upperBound {
      let gradient = g[index] * c.gradientScale
      var first = c.betas.0 * m[index] + (1 - c.betas.0) * gradient
      var second = c.betas.1 * v[index] + (1 - c.betas.1) * gradient * gradient
      first = abs(first) < 1e-30 ? 0 : first
      second = second < 1e-36 ? 0 : second
      m[index] = first
      v[index] = second
      let update =
        first / c.biasCorrections.0
        / ((second / c.biasCorrections.1).squareRoot() + c.epsilon)
      w[index] -= c.learningRate * (update + c.weightDecay * w[index])
      g[index] = 0
    }
  }
}
