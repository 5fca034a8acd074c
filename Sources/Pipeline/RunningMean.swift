import Foundation

/// An exponential mean of what single steps give, for people who watch.
///
///     m ← memory · m + (1 − memory) · x,   m = the first x at the beginning
struct RunningMean: Codable, CustomStringConvertible {
  /// The mean so far; 0 before the first value.
  private(set) var value: Float = 0
  private let memory: Float
  private var isEmpty = true

  /// - Parameter memory: How much of the mean stays in a step, in 0..<1.
  init(memory: Float) { self.memory = memory }

  /// Counts a value; one that is not finite is left out.
  mutating func add(_ next: Float) {
    guard next.isFinite else { return }
    value = isEmpty ? next : memory * value + (1 - memory) * next
    isEmpty = false
  }

  /// Three decimals.
  var description: String { String(format: "%.3f", value) }
}
