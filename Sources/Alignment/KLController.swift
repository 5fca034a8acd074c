/// The coefficient β of the KL term, and how it follows the measured KL.
///
///     e = clip(KL / target − 1, −0.2, 0.2),   β ← β · (1 + e · n / horizon)
///
/// Source (W): Ziegler et al. 2019, arXiv:1909.08593, section 2.2, with the constants of
/// openai/lm-human-preferences. n and the horizon count episodes (responses). With their horizon
/// of 10,000 and batches of 32 the rule moves β by at most 0.06 % a batch, so a horizon of 50–100
/// batches is advised (O).
public struct KLController: Sendable, Equatable, Codable {
  /// How β changes.
  public enum Rule: Sendable, Equatable, Codable {
    /// β stays as it is.
    case fixed
    /// β rises while the KL is above `target` (nats per response) and falls while it is below.
    case adaptive(target: Float, horizonEpisodes: Float)
  }

  /// How β changes.
  public let rule: Rule
  /// β now.
  public private(set) var coefficient: Float

  /// Starts with a coefficient.
  ///
  /// - Parameters:
  ///   - rule: How β changes.
  ///   - coefficient: β at the start, 0 or more; an adaptive β that starts at 0 stays there.
  /// - Precondition: An adaptive rule's target and horizon are above 0.
  public init(rule: Rule, coefficient: Float) {
    if case .adaptive(let target, let horizon) = rule {
      precondition(target > 0 && horizon > 0, "KL target and horizon must be above 0")
    }
    self.rule = rule
    self.coefficient = coefficient
  }

  /// Adapts β to one batch.
  ///
  /// - Parameters:
  ///   - kl: KL summed over the tokens of a response, mean over the batch: `KLReward.kl`.
  ///   - episodes: Responses in the batch. More than a horizon counts as one horizon, so that β
  ///     changes by a fifth at most.
  public mutating func update(kl: Float, episodes: Int) {
    guard case .adaptive(let target, let horizon) = rule else { return }
    let error = min(max(kl / target - 1, -0.2), 0.2)
    coefficient *= 1 + error * min(Float(episodes) / horizon, 1)
  }
}
