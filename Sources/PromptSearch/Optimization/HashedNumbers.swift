import Tasks

/// Random numbers by name: the n-th is a hash of the name and of n.
///
/// What is drawn for one request so depends on that request alone, and not on what was drawn before:
/// a search that is begun again finds the same texts.
package struct HashedNumbers: RandomNumberGenerator, Sendable {
  private let name: UInt64
  private var count = 0

  /// The numbers of one use of `seed`.
  package init(seed: UInt64, _ use: String...) {
    name = stableHash(([String(seed)] + use).joined(separator: "\u{1F}"))
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    count += 1
    return stableHash("\(name) \(count)")
  }
}
