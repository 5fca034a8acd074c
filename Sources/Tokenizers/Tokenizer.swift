import Foundation

/// A byte-level byte-pair encoding: text to token ids and back.
///
/// Every text can be encoded, because all 256 bytes are tokens, and decoding gives it back exactly.
/// Special tokens (end of text, padding, …) have ids but no text: encoding never produces them,
/// whatever the text says, so that a text from outside cannot end a prompt or start a new turn.
///
/// Sources: Sennrich et al. 2016, arXiv:1508.07909 (byte-pair encoding); Radford et al. 2019 (bytes
/// as the alphabet, and how text is cut into words).
public struct Tokenizer: Sendable, Equatable {
  /// The special tokens and their ids.
  public let specialTokens: [String: Int32]

  /// Bytes of each token by id; empty for special tokens.
  let tokens: [[UInt8]]
  /// Merges by rank: the first is applied first.
  let merges: [Merge]

  private let byteIds: [Int32]
  private let mergeTable: MergeTable

  /// A tokenizer of checked parts.
  ///
  /// - Precondition: Ids are below `tokens.count`, and each of the 256 bytes is a token.
  init(tokens: [[UInt8]], specialTokens: [String: Int32], merges: [Merge]) {
    self.tokens = tokens
    self.specialTokens = specialTokens
    self.merges = merges
    mergeTable = MergeTable(merges)
    var byteIds = [Int32](repeating: -1, count: 256)
    for (id, bytes) in tokens.enumerated() where bytes.count == 1 {
      byteIds[Int(bytes[0])] = Int32(id)
    }
    precondition(!byteIds.contains(-1), "tokenizer: a byte is not in the vocabulary")
    self.byteIds = byteIds
  }

  /// Number of ids; they are `0..<vocabularySize`.
  public var vocabularySize: Int { tokens.count }

  /// Id of a special token, or nil where the tokenizer has none of that name.
  public func id(ofSpecial name: String) -> Int32? { specialTokens[name] }

  /// Token ids of `text`, without any special token, even where the text spells one out.
  public func encode(_ text: String) -> [Int32] {
    var text = text
    text.makeContiguousUTF8()
    let bytes = text.utf8.span
    let scanner = WordScanner.standard
    var encoder = WordEncoder(byteIds: byteIds, merges: mergeTable, byteCount: bytes.count)
    var start = 0
    while start < bytes.count {
      let end = scanner.wordEnd(in: bytes, from: start)
      encoder.append(start..<end, of: bytes)
      start = end
    }
    return encoder.ids
  }

  /// Text of `ids`. Special tokens, and ids that are no token, add nothing; bytes that are not
  /// UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>) -> String {
    var result: [UInt8] = []
    for id in ids { result += bytes(of: id) }
    return String(decoding: result, as: UTF8.self)
  }

  /// Bytes of one token: a part of a character at times, and none for a special token or an id
  /// that is no token.
  public func bytes(of id: Int32) -> [UInt8] {
    tokens.indices.contains(Int(id)) ? tokens[Int(id)] : []
  }
}
