/// The shift and scale that bring a reward model to mean 0 and deviation 1 on reference samples.
///
///     r′ = scale · r + shift
///
/// Source (W): Ziegler et al. 2019, arXiv:1909.08593, section 2.2 and "The N implementation details
/// of RLHF with PPO": rewards of different models become comparable, and so does β. The samples are
/// the SFT policy's own (O: biased deviation, divisor n).
public struct RewardCalibration: Sendable, Equatable, Codable {
  /// Factor of the raw reward.
  public var scale: Float
  /// Added after scaling.
  public var shift: Float

  /// A known calibration; 1 and 0 leave rewards as they are.
  public init(scale: Float, shift: Float) {
    self.scale = scale
    self.shift = shift
  }

  /// Fits the calibration to samples. Rewards that do not vary beyond rounding are only
  /// shifted.
  ///
  /// - Parameter rewards: Raw rewards of the reference policy's samples, `[samples]`.
  /// - Precondition: There is at least one.
  public init(fitting rewards: [Float]) {
    precondition(!rewards.isEmpty, "RewardCalibration: no samples")
    let center = mean(rewards)
    let deviation = biasedVariance(rewards).squareRoot()
    let factor = deviation > 1e-6 * max(1, abs(center)) ? 1 / deviation : 1
    self.init(scale: Float(factor), shift: Float(-center * factor))
  }

  /// The calibrated reward.
  public func callAsFunction(_ reward: Float) -> Float { scale * reward + shift }
}
