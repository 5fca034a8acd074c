import TestSupport

/// A nearly normal number: twelve uniform ones, less their mean.
func normal(_ random: inout SeededGenerator) -> Double {
  (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
}
