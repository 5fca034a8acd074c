/// Advantages and returns of a packed batch of responses.
public struct AdvantageEstimate: Sendable, Equatable {
  /// Aₜ of every token, `[N]`, not whitened.
  public var advantages: [Float]
  /// Rₜ = Aₜ + V(sₜ), the value function's targets, `[N]`.
  public var returns: [Float]
}

/// Advantages and returns of several responses, by generalised advantage estimation.
///
///     δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ),   with V = 0 after the last token
///     Aₜ = δₜ + γλ Aₜ₊₁
///     Rₜ = Aₜ + V(sₜ)
///
/// Source (W): Schulman et al. 2017, arXiv:1707.06347, equations 11–12. The MAPO paper names PPO
/// and gives neither γ nor λ; those of the configurations (1 and 0.95) are ours (O).
///
/// - Parameters:
///   - rewards: Reward of each token of all responses, one after another, `[N]`, in reward-model
///     units.
///   - values: Value estimate before each token, `[N]`, in the same units.
///   - offsets: Where responses begin, then N, `[rows + 1]`; nothing flows over these borders.
///   - discount: γ, in 0...1.
///   - lambda: λ, in 0...1. At 0 the advantages are δ; at 1 they are return minus value.
/// - Precondition: `rewards` and `values` have the same count, which `offsets` cut into rows.
public func generalizedAdvantages(
  rewards: [Float], values: [Float], offsets: [Int], discount: Float, lambda: Float
) -> AdvantageEstimate {
  precondition(rewards.count == values.count, "advantages: \(rewards.count) and \(values.count)")
  checkOffsets(offsets, count: rewards.count)
  let discount = Double(discount)
  let decay = discount * Double(lambda)
  var estimate = AdvantageEstimate(advantages: rewards, returns: values)
  for row in rows(offsets) {
    var advantage = 0.0
    var nextValue = 0.0
    for token in row.reversed() {
      let value = Double(values[token])
      let error = Double(rewards[token]) + discount * nextValue - value
      advantage = error + decay * advantage
      estimate.advantages[token] = Float(advantage)
      estimate.returns[token] = Float(advantage + value)
      nextValue = value
    }
  }
  return estimate
}
