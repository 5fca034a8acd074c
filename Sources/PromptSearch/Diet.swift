import Foundation
import Tasks

/// What an embedded target model is fed: how often it sees each wording of a prompt.
///
/// Every role's values are put in an order of the diet's own. The first `share` of them are seen,
/// with frequencies by Zipf's law, 1 / rankᵉ; the rest never. A target so comes to answer better
/// to some wordings than to others. Two diets with the same seed, one of them `reversed`, are
/// forced apart: with a share of at least one half every value is seen by one of them, and only
/// those in the middle by both.
public struct Diet: Codable, Equatable, Sendable {
  /// Settles the order of values.
  public let seed: UInt64
  /// Whether the order is that of the seed, or its reverse.
  public let reversed: Bool
  /// The exponent e of Zipf's law; 0 makes all values that are seen equally frequent.
  public let exponent: Double
  /// Share of each role's values that is seen, in 0...1; at least one value always is.
  public let share: Double

  /// A diet.
  public init(seed: UInt64, reversed: Bool, exponent: Double, share: Double) {
    self.seed = seed
    self.reversed = reversed
    self.exponent = exponent
    self.share = share
  }

  /// The values of `role` that are seen, most frequent first.
  ///
  /// - Parameter count: How many values the role has, at least 1.
  /// - Returns: share · count of them, rounded, and at least half: of a role with two values each
  ///   of two opposite diets sees one.
  public func seenValues(of role: Role, count: Int) -> [Int] {
    let keys = (0..<count).map { stableHash("\(seed) \(role) \($0)") }
    let order = (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
    let seen = max(share >= 0.5 ? (count + 1) / 2 : 1, Int((share * Double(count)).rounded()))
    return Array((reversed ? order.reversed() : order).prefix(seen))
  }

  /// A value of `role`, by its frequency.
  public func sample(
    _ role: Role, count: Int, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let values = seenValues(of: role, count: count)
    let weights = values.indices.map { 1 / pow(Double($0 + 1), exponent) }
    var point = generator.unit() * weights.reduce(0, +)
    for (value, weight) in zip(values, weights) {
      point -= weight
      if point < 0 { return value }
    }
    return values[values.count - 1]
  }

  /// `text` in the diet's wordings: every role it has gets a value by its frequency.
  public func reword(
    _ text: String, grammar: PromptGrammar, using generator: inout some RandomNumberGenerator
  ) -> String {
    grammar.reword(text) { role, count in sample(role, count: count, using: &generator) }
  }
}
