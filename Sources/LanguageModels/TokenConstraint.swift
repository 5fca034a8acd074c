/// What one sequence may go on with: a state that follows its tokens.
///
/// A token is chosen as if there were no constraint. Only where that token is refused, another one is
/// chosen from those that are allowed: the most probable one, or one drawn from the distribution over
/// them. Greedy sequences are those of a mask over the whole vocabulary, and so is the distribution
/// of samples that are not truncated; top k, top p and min p are applied to the whole vocabulary
/// first, and to the allowed tokens after a refusal. Steps without a refusal cost next to nothing.
public protocol TokenConstraint: Sendable {
  /// Whether the sequence may go on with a token.
  func allows(_ token: Int32) -> Bool

  /// All tokens that the sequence may go on with: at least one, in rising order.
  func allowedTokens() -> [Int32]

  /// Says that the choice without the constraint was a token that is not allowed; what is allowed
  /// may follow from that.
  mutating func refuse(_ token: Int32)

  /// Follows a token that was added to the sequence.
  ///
  /// - Parameter remaining: How many more tokens may come, the end token among them.
  mutating func append(_ token: Int32, remaining: Int)
}
