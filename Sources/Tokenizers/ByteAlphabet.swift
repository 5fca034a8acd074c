/// The printable characters that byte-level tokenizer files write in place of raw bytes.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 bytes become U+0100 and following, in
/// ascending order, so that a space is written `Ġ` and a line feed `Ċ`. The mapping is GPT-2's.
enum ByteAlphabet {
  /// The scalar of each byte.
  private static let scalars: [Unicode.Scalar] = {
    var substitutes = (UInt16(0x100)...).makeIterator()
    return (UInt8.min...UInt8.max).map { byte in
      if isPrintable(byte) { return Unicode.Scalar(byte) }
      return substitutes.next().flatMap(Unicode.Scalar.init) ?? Unicode.Scalar(byte)
    }
  }()

  /// The byte of each scalar up to the last one in the alphabet.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (scalar, byte) in zip(scalars, UInt8.min...UInt8.max) { bytes[Int(scalar.value)] = byte }
    return bytes
  }()

  /// `bytes` as a file writes them.
  static func text(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// The bytes that `text` stands for, or nil where a character is outside of the alphabet.
  static func bytes(of text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
    }
    return result
  }

  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }
}
