import Foundation

/// How Llama 3.1 and later slow the rotary embedding down for longer sequences than it was first
/// trained on: low frequencies are divided, high ones stay, those between are interpolated.
///
///     turns = O f / 2π,  s = clamp((turns − low) / (high − low), 0, 1)
///     f' = s f + (1 − s) f / factor
///
/// with f a frequency in radians a token and O the original length: a frequency of at least `high`
/// turns within it stays. Source: Grattafiori et al. 2024, arXiv:2407.21783, and the `llama3` rope type
/// of `transformers`.
public struct RopeScaling: Codable, Equatable, Sendable {
  /// What low frequencies are divided by.
  public var factor: Double
  /// Frequencies of at most so many turns within the original length are low.
  public var lowFrequencyFactor: Double
  /// Frequencies of at least so many turns within the original length are high.
  public var highFrequencyFactor: Double
  /// O, the sequence length before, in tokens.
  public var originalLength: Int

  /// All parts.
  public init(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int
  ) {
    self.factor = factor
    self.lowFrequencyFactor = lowFrequencyFactor
    self.highFrequencyFactor = highFrequencyFactor
    self.originalLength = originalLength
  }

  /// What is wrong with these numbers, in a sentence; nil where nothing is.
  var problem: String? {
    if !(factor >= 1 && factor.isFinite) { return "the rope scaling's factor is \(factor)" }
    if !(0 < lowFrequencyFactor && lowFrequencyFactor < highFrequencyFactor
      && highFrequencyFactor.isFinite)
    {
      return "the rope scaling's low frequency factor \(lowFrequencyFactor) is not above 0 and "
        + "below the high one, \(highFrequencyFactor)"
    }
    return originalLength > 0 ? nil : "the rope scaling's original length is \(originalLength)"
  }

  /// What a frequency, in radians a token, is divided by: 1 to `factor`.
  func divisor(of frequency: Double) -> Double {
    let turns = Double(originalLength) * frequency / (2 * .pi)
    let share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    let kept = min(max(share, 0), 1)
    return 1 / (kept + (1 - kept) / factor)
  }
}
