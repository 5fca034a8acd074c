/// A hash that is the same in every process and on every machine: FNV-1a, 64 bits.
///
/// For fingerprints and seeds, not against an adversary.
///
/// Source: Fowler, Noll and Vo, "The FNV non-cryptographic hash algorithm".
public struct StableHash: Sendable {
  /// The hash so far.
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of nothing.
  public init() {}

  /// Adds bytes.
  public mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
