/// The CRC-32C of some bytes: polynomial 0x1EDC6F41 (Castagnoli), bits reflected, start and end
/// inverted.
///
/// Source: RFC 3720, section 12.1 and appendix B.4. No bytes give 0.
public func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    crc >> 8 ^ remainders[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
  }
}

/// The remainder of each byte.
private let remainders: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(byte) { remainder, _ in
    remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78
  }
}
