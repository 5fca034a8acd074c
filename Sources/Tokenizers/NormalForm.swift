// The standard library has normal form C under this name only; Foundation's is of no use (see
// below), and tables of our own would be the larger risk. Should the name go, this file no longer
// compiles: nothing changes in silence.
@_spi(_Unicode) import Swift

extension String {
  /// Normal form C, as the `tokenizers` library of Hugging Face makes it.
  ///
  /// Its tables are those of Unicode 9: scalars that came later stay where they are and combine
  /// with nothing. Foundation's `precomposedStringWithCanonicalMapping` is of no use here: on Linux
  /// it takes some scalars above U+FFFF for those with the same lower 16 bits.
  var normalFormC: String {
    // Below U+0300 nothing combines.
    if utf8.allSatisfy({ $0 < 0xCC }) { return self }
    var result = UnicodeScalarView()
    var known = UnicodeScalarView()
    for scalar in unicodeScalars {
      if let age = scalar.properties.age, age.major <= 9 {
        if let parts = scalar.vowelSigns {
          known.append(contentsOf: parts)
        } else {
          known.append(scalar)
        }
        continue
      }
      result.append(contentsOf: String(known)._nfc)
      result.append(scalar)
      known = UnicodeScalarView()
    }
    result.append(contentsOf: String(known)._nfc)
    return String(result)
  }
}

extension Unicode.Scalar {
  /// The parts of Tibetan vowel signs, which Swift's library puts into their order only where they
  /// are written apart.
  fileprivate var vowelSigns: [Unicode.Scalar]? {
    switch self {
    case "\u{F73}": ["\u{F71}", "\u{F72}"]
    case "\u{F75}": ["\u{F71}", "\u{F74}"]
    case "\u{F81}": ["\u{F71}", "\u{F80}"]
    default: nil
    }
  }
}
