import Foundation

/// The learning rate of each step: a linear rise, then a plateau or a fall to a fraction.
///
///     rise:  η(s) = peak · (s + 1) / warmup                          for s < warmup
///     then:  η(s) = peak · (f + (1 − f) · g(u)),   u = (s − warmup) / (total − warmup), at most 1
///
/// with g = 1 (constant), 1 − u (linear) or (1 + cos πu) / 2 (cosine; Loshchilov and Hutter 2017,
/// arXiv:1608.03983, without restarts). Steps count from 0. The first step of the rise is above 0, so
/// that no step is wasted; after the last step the rate stays where it ended.
public struct LearningRateSchedule: Codable, Equatable, Sendable {
  /// The curve after the rise.
  public enum Shape: String, Codable, Sendable, CaseIterable {
    /// Stays at the peak.
    case constant
    /// Falls in a line.
    case linear
    /// Falls in half a cosine.
    case cosine
  }

  /// The curve after the rise.
  public var shape: Shape
  /// The highest rate.
  public var peak: Float
  /// Steps of the rise; 0 for none.
  public var warmupSteps: Int
  /// Steps in all, rise included.
  public var totalSteps: Int
  /// The rate at the end as a fraction f of the peak, in 0...1; a constant shape ignores it.
  public var finalFraction: Float

  /// Makes a schedule.
  public init(
    shape: Shape, peak: Float, warmupSteps: Int, totalSteps: Int, finalFraction: Float
  ) {
    self.shape = shape
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
    self.finalFraction = finalFraction
  }

  /// The rate of one step.
  ///
  /// - Parameter step: Counted from 0.
  /// - Precondition: `step` is not negative.
  public func rate(at step: Int) -> Float {
    precondition(step >= 0, "learning rate at step \(step)")
    if step < warmupSteps { return peak * Float(step + 1) / Float(warmupSteps) }
    let falling = max(totalSteps - warmupSteps, 1)
    let progress = min(Double(step - warmupSteps) / Double(falling), 1)
    let final = Double(finalFraction)
    return peak * Float(final + (1 - final) * height(at: progress))
  }

  /// g(u): 1 at the start and, for a falling shape, 0 at the end.
  private func height(at progress: Double) -> Double {
    switch shape {
    case .constant: 1
    case .linear: 1 - progress
    case .cosine: (1 + cos(.pi * progress)) / 2
    }
  }
}
