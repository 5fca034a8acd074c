import Tensors

extension Reference {
  /// Parameters under AdamW, by the formula of the paper in Double.
  public struct AdamW {
    /// The parameters.
    public private(set) var weights: [Double]
    /// m.
    public private(set) var firstMoments: [Double]
    /// v.
    public private(set) var secondMoments: [Double]

    /// Parameters whose moments are zero.
    public init(_ weights: [Float]) {
      self.weights = weights.map(Double.init)
      firstMoments = weights.map { _ in 0 }
      secondMoments = firstMoments
    }

    /// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η (m̂ / (√v̂ + ε) + λ w).
    public mutating func step(_ gradients: [Float], _ c: AdamWCoefficients) {
      let (beta1, beta2) = (Double(c.betas.0), Double(c.betas.1))
      for (index, gradient) in gradients.enumerated() {
        let g = Double(gradient) * Double(c.gradientScale)
        firstMoments[index] = beta1 * firstMoments[index] + (1 - beta1) * g
        secondMoments[index] = beta2 * secondMoments[index] + (1 - beta2) * g * g
        let first = firstMoments[index] / Double(c.biasCorrections.0)
        let root = (secondMoments[index] / Double(c.biasCorrections.1)).squareRoot()
        weights[index] -=
          Double(c.learningRate)
          * (first / (root + Double(c.epsilon)) + Double(c.weightDecay) * weights[index])
      }
    }
  }
}
