/// Values brought to deviation 1 and, where asked, to mean 0.
///
///     x′ = (x − μ) / √(σ² + 10⁻⁸)  (+ μ where the mean is kept),   σ² = Σ (x − μ)² / n
///
/// Source (W): "The N implementation details of RLHF with PPO", whitening. The variance is the
/// biased one (divisor n), so a single value gives 0 and not a division by zero.
///
/// - Parameters:
///   - values: Real tokens only, `[N]`; there is no padding to mask out.
///   - shiftMean: Whether the result has mean 0; otherwise it keeps the mean of `values`.
/// - Returns: `[N]`. Equal values give 0 (or their mean, where it is kept).
public func whitened(_ values: [Float], shiftMean: Bool) -> [Float] {
  let center = mean(values)
  let scale = 1 / (biasedVariance(values) + 1e-8).squareRoot()
  let kept = shiftMean ? 0 : center
  return values.map { Float((Double($0) - center) * scale + kept) }
}
