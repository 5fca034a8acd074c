import Foundation

/// A seeded random generator whose whole state is one number: a copy repeats its sequence.
///
/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
public struct SplitMix64: RandomNumberGenerator, Sendable, Codable, Equatable {
  /// Where the sequence is.
  public private(set) var state: UInt64

  /// The sequence of `seed`; every seed is honoured as given, 0 among them.
  public init(seed: UInt64) { state = seed }

  /// A generator of its own for one use of `seed`: streams of different names do not overlap in
  /// practice, so adding a use does not shift the numbers of another.
  public init(seed: UInt64, stream: String) {
    var hash = StableHash()
    hash.combine(stream.utf8)
    var mixer = SplitMix64(seed: seed ^ hash.value)
    state = mixer.next()
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from the normal distribution with mean 0 and deviation 1 (Box and Muller 1958).
  public mutating func nextNormal() -> Float {
    // In (0, 1], so that the logarithm is finite.
    let u = 1 - Double.random(in: 0..<1, using: &self)
    let v = Double.random(in: 0..<1, using: &self)
    return Float((-2 * log(u)).squareRoot() * cos(2 * Double.pi * v))
  }
}
