/// What the patterns of pre-tokenizers tell apart.
enum ScalarClass: UInt8 {
  case other, letter, number, space
  /// Carriage return and line feed, which are spaces too.
  case lineEnd
}

/// The class of every scalar, as the `tokenizers` library of Hugging Face sees it.
///
/// Its patterns (`\p{L}`, `\p{N}`, `\s`) are matched by Oniguruma with the tables of Unicode 16;
/// its `Digits` asks Rust's newer ones. Swift's library has Unicode 17, so that the letters and
/// numbers that came since are held back for the patterns. `Golden/styles.py` proves the tables
/// with every scalar there is.
struct ScalarClasses: Sendable {
  private static let patternVersion = 16
  /// Latin to kana; scripts above are looked up when met.
  private static let tableSize: UInt32 = 0x3100

  private let table: [ScalarClass]
  private let knowsNewNumbers: Bool

  /// - Parameter knowsNewNumbers: Whether numbers newer than the patterns' tables count as numbers.
  init(knowsNewNumbers: Bool) {
    self.knowsNewNumbers = knowsNewNumbers
    table = (0..<Self.tableSize).map {
      Unicode.Scalar($0).map { Self.classify($0, knowsNewNumbers) } ?? .other
    }
  }

  /// Class of the scalar with this value.
  @inline(__always)
  func ofScalar(_ value: UInt32) -> ScalarClass {
    if value < Self.tableSize { return table[Int(value)] }
    return Unicode.Scalar(value).map { Self.classify($0, knowsNewNumbers) } ?? .other
  }

  private static func classify(
    _ scalar: Unicode.Scalar, _ knowsNewNumbers: Bool
  ) -> ScalarClass {
    if scalar == "\r" || scalar == "\n" { return .lineEnd }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return isKnown(scalar) ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber:
      return knowsNewNumbers || isKnown(scalar) ? .number : .other
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }

  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.age.map { $0.major <= patternVersion } ?? false
  }
}
