/// The value loss of one minibatch, its gradient, and what is logged about it.
public struct ValueLoss: Sendable, Equatable {
  /// Loss, and gradient with respect to the new values, `[N]`.
  public var result: LossGradient
  /// `val/clipfrac_avg`: share of tokens at which the clipped term is the larger loss.
  public var clipFraction: Float
}

/// Squared error of the values, with steps away from the old values clipped.
///
///     V̂ₜ = clip(Vₜ, V_old,ₜ − ε, V_old,ₜ + ε)
///     L  = ½ · mean over tokens of max((Vₜ − Rₜ)², (V̂ₜ − Rₜ)²)
///     ∂L/∂Vₜ = (Vₜ − Rₜ) / N where the first term is not the smaller one, else 0
///
/// Source (W): openai/baselines and "The N implementation details of RLHF with PPO"; its
/// coefficient c_v is applied by the caller.
///
/// - Parameters:
///   - values: Vₜ now, `[N]`: the differentiable input.
///   - oldValues: Vₜ when the batch was collected, `[N]`.
///   - returns: Rₜ, `[N]`, not whitened.
///   - clipRange: ε, above 0, in units of the values.
/// - Returns: Means over the N real tokens; zeros where there are none.
/// - Precondition: The three arrays have the same count.
public func clippedValueLoss(
  values: [Float], oldValues: [Float], returns: [Float], clipRange: Float
) -> ValueLoss {
  let count = values.count
  precondition(
    oldValues.count == count && returns.count == count, "clippedValueLoss: counts differ")
  let scale = 1 / Double(max(count, 1))
  let range = Double(clipRange)
  var gradient = [Float](repeating: 0, count: count)
  var loss = 0.0
  var clipped = 0
  for token in 0..<count {
    let value = Double(values[token])
    let old = Double(oldValues[token])
    let error = value - Double(returns[token])
    let clippedError = min(max(value, old - range), old + range) - Double(returns[token])
    if clippedError * clippedError > error * error {
      clipped += 1
    } else {
      gradient[token] = Float(error * scale)
    }
    loss += 0.5 * max(error * error, clippedError * clippedError)
  }
  return ValueLoss(
    result: LossGradient(loss: Float(loss * scale), gradient: gradient),
    clipFraction: Float(Double(clipped) * scale))
}

/// Share of the returns' variance that the values explain.
///
///     EV = 1 − Var(R − V) / Var(R)
///
/// 1: perfect; 0: no better than a constant; below 0: worse than that.
///
/// - Parameters:
///   - values: V, `[N]`.
///   - returns: R, `[N]`.
/// - Returns: `nil` where the returns do not vary, because there is nothing to explain.
/// - Precondition: Counts agree.
public func explainedVariance(values: [Float], returns: [Float]) -> Float? {
  precondition(values.count == returns.count, "explainedVariance: counts differ")
  let total = biasedVariance(returns)
  guard total > 0 else { return nil }
  return Float(1 - biasedVariance(zip(returns, values).map { $0 - $1 }) / total)
}
