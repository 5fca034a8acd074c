import Foundation

/// PPO's policy loss of one minibatch, its gradient, and what is logged about it.
public struct PolicyLoss: Sendable, Equatable {
  /// Loss, and gradient with respect to the new log-probs, `[N]`.
  public var result: LossGradient
  /// `policy/approxkl_avg`: ½ · mean((log π − log π_old)²).
  public var approximateKL: Float
  /// `policy/clipfrac_avg`: share of tokens at which the clipped term is the larger loss.
  public var clipFraction: Float
  /// `val/ratio`: mean of ρ.
  public var meanRatio: Float
  /// `val/ratio_var`: biased variance of ρ.
  public var ratioVariance: Float
}

/// The clipped surrogate objective of PPO, negated.
///
///     ρₜ = exp(log π(yₜ|·) − log π_old(yₜ|·))
///     L  = mean over tokens of max(−ρₜ Aₜ, −clip(ρₜ, 1 − ε, 1 + ε) Aₜ)
///     ∂L/∂log πₜ = −ρₜ Aₜ / N where the first term is not the smaller one, else 0
///
/// Source (W): Schulman et al. 2017, arXiv:1707.06347, equation 7; MAPO (P) uses it unchanged.
/// On the border of the clip range the gradient of the unclipped term is taken.
///
/// - Parameters:
///   - logProbs: log π of each response token now, `[N]`: the differentiable input.
///   - oldLogProbs: log π of the same tokens when the batch was collected, from a forward pass of
///     the same shapes, `[N]`. Equal inputs give ρ = 1 and an approximate KL of 0 exactly.
///   - advantages: Aₜ, usually whitened, `[N]`.
///   - clipRange: ε, above 0.
/// - Returns: Means over the N real tokens; zeros where there are none.
/// - Precondition: The three arrays have the same count.
public func clippedPolicyLoss(
  logProbs: [Float], oldLogProbs: [Float], advantages: [Float], clipRange: Float
) -> PolicyLoss {
  let count = logProbs.count
  precondition(
    oldLogProbs.count == count && advantages.count == count, "clippedPolicyLoss: counts differ")
  let scale = 1 / Double(max(count, 1))
  var gradient = [Float](repeating: 0, count: count)
  var ratios = gradient
  var loss = 0.0
  var squares = 0.0
  var clipped = 0
  for token in 0..<count {
    let term = ClippedPolicyTerm(
      logProb: logProbs[token], oldLogProb: oldLogProbs[token], advantage: advantages[token],
      clipRange: clipRange)
    gradient[token] = Float(term.slope * scale)
    loss += term.loss
    squares += term.difference * term.difference
    ratios[token] = Float(term.ratio)
    if term.isClipped { clipped += 1 }
  }
  return PolicyLoss(
    result: LossGradient(loss: Float(loss * scale), gradient: gradient),
    approximateKL: Float(0.5 * squares * scale), clipFraction: Float(Double(clipped) * scale),
    meanRatio: Float(mean(ratios)), ratioVariance: Float(biasedVariance(ratios)))
}

/// One token's part of `clippedPolicyLoss`, before the mean is taken.
struct ClippedPolicyTerm {
  /// log π − log π_old.
  let difference: Double
  /// ρ.
  let ratio: Double
  /// max(−ρ A, −clip(ρ) A).
  let loss: Double
  /// Whether the clipped term is the larger one: then nothing is learned from the token.
  let isClipped: Bool

  init(logProb: Float, oldLogProb: Float, advantage: Float, clipRange: Float) {
    let range = Double(clipRange)
    difference = Double(logProb) - Double(oldLogProb)
    ratio = exp(difference)
    let plainTerm = -ratio * Double(advantage)
    let clippedTerm = -min(max(ratio, 1 - range), 1 + range) * Double(advantage)
    isClipped = clippedTerm > plainTerm
    loss = max(plainTerm, clippedTerm)
  }

  /// Derivative of the loss with respect to log π.
  var slope: Double { isClipped ? 0 : loss }
}
