/// Shares of train, dev and test.
public struct SplitFractions: Sendable, Equatable, Codable {
  /// Share of the training part, in 0...1.
  public let train: Double
  /// Share of the development part, in 0...1.
  public let dev: Double
  /// Share of the test part: the rest.
  public var test: Double { 1 - train - dev }

  /// Shares of train and dev; the rest is test.
  /// - Precondition: Neither is negative, and their sum is at most 1.
  public init(train: Double, dev: Double) {
    precondition(train >= 0 && dev >= 0 && train + dev <= 1, "fractions \(train) and \(dev)")
    self.train = train
    self.dev = dev
  }
}

/// The split of a family, by a hash of its name: the same on every machine and in every run, and
/// untouched by what other families there are.
///
/// - Parameters:
///   - family: Name of the family.
///   - salt: Drawn into the hash, so that two tasks or two studies can split differently.
///   - fractions: Expected shares.
public func split(
  of family: String, salt: String = "", fractions: SplitFractions
) -> Split {
  // The 53 high bits, as a number in 0..<1.
  let position = Double(stableHash(salt + "\u{0}" + family) >> 11) * 0x1p-53
  if position < fractions.train { return .train }
  return position < fractions.train + fractions.dev ? .dev : .test
}

/// FNV-1a over the UTF-8 bytes, 64 bits, then the finalizer of splitmix64: FNV alone leaves the
/// high bits of short strings close together.
public func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in text.utf8 {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }
  hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
  hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
  return hash ^ (hash >> 31)
}
