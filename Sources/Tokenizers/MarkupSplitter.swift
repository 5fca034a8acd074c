/// Finds the added tokens that a text spells out.
///
/// As in Hugging Face's library there are two passes: tokens that are not normalized are found in
/// the text as it is, the others in what lies between, after normalization. In each pass the
/// leftmost token is taken, of those at the same place the longest.
struct MarkupSplitter: Equatable, Sendable {
  /// U+FDD0 in UTF-8. Before a token it says that this is text; it is no character, and never will
  /// be one (Unicode, section 23.7).
  private static let shield: [UInt8] = [0xEF, 0xB7, 0x90]

  /// Whether what starts at `index` is text, whatever it spells.
  static func isShielded(_ text: [UInt8], at index: Int) -> Bool {
    text[..<index].suffix(shield.count) == shield[...]
  }

  private let literal: TokenFinder
  private let normalized: TokenFinder
  private let normalizesNFC: Bool

  init(_ tokens: [AddedToken], normalizesNFC: Bool) {
    self.normalizesNFC = normalizesNFC
    literal = TokenFinder(tokens.filter { !$0.isNormalized }.map { ($0, $0.content) })
    normalized = TokenFinder(
      tokens.filter(\.isNormalized).map {
        ($0, normalizesNFC ? $0.content.normalFormC : $0.content)
      })
  }

  /// A part of a text.
  enum Piece: Equatable {
    case token(Int32)
    /// A place in the bytes.
    case text(Range<Int>)
  }

  /// The tokens of `text` and what lies between them: places in `bytes`, which are normalized and
  /// without shields.
  func split(_ text: String) -> (bytes: [UInt8], pieces: [Piece]) {
    let literalBytes = Array(text.utf8)
    var (bytes, pieces) = ([UInt8](), [Piece]())
    bytes.reserveCapacity(literalBytes.count)
    for piece in literal.pieces(of: literalBytes) {
      guard case .text(let range) = piece else {
        pieces.append(piece)
        continue
      }
      let normalBytes = normalForm(literalBytes[range])
      for piece in normalized.pieces(of: normalBytes) {
        guard case .text(let range) = piece else {
          pieces.append(piece)
          continue
        }
        let start = bytes.count
        bytes += unshielded(normalBytes[range])
        pieces.append(.text(start..<bytes.count))
      }
    }
    return (bytes, pieces)
  }

  /// `text` with a shield before every token in it, and with none elsewhere.
  func shielded(_ text: String) -> String {
    let bytes = normalForm(withoutShields(Array(text.utf8)[...])[...])
    var result: [UInt8] = []
    for index in bytes.indices {
      if literal.findsToken(in: bytes, at: index) || normalized.findsToken(in: bytes, at: index) {
        result += Self.shield
      }
      result.append(bytes[index])
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func withoutShields(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes {
      result.append(byte)
      if byte == Self.shield.last, result.suffix(Self.shield.count) == Self.shield[...] {
        result.removeLast(Self.shield.count)
      }
    }
    return result
  }

  /// A shield keeps what is around it from combining; so the form is made again without.
  private func unshielded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(Self.shield[0]) else { return Array(bytes) }
    let rest = withoutShields(bytes)
    return rest.count == bytes.count ? rest : normalForm(rest[...])
  }

  private func normalForm(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    normalizesNFC
      ? Array(String(decoding: bytes, as: UTF8.self).normalFormC.utf8) : Array(bytes)
  }
}
