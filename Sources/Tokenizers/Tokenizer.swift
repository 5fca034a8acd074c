/// A byte-level byte-pair encoding: text to token ids and back.
///
/// Where all 256 bytes are tokens, as in every trained vocabulary of ours, any text can be encoded,
/// and decoding gives it back exactly (its normal form C where the tokenizer normalizes). Some
/// vocabularies of others lack bytes (SmolLM2's a few control characters): these are left out, as
/// Hugging Face's library does.
///
/// Special tokens (end of text, padding, …) have ids but no text: `encode(_:)` never produces them,
/// whatever the text says, so that a text from outside cannot end a prompt or start a new turn.
/// `encode(markup:)` is for templates, which spell them out.
///
/// Sources: Sennrich et al. 2016, arXiv:1508.07909 (byte-pair encoding); Radford et al. 2019 (bytes
/// as the alphabet, and how text is cut into words).
public struct Tokenizer: Sendable, Equatable {
  static let largestVocabulary = 1 << 20

  /// The special tokens and their ids.
  public let specialTokens: [String: Int32]
  /// Special tokens and other tokens that markup spells, by ascending id.
  public let addedTokens: [AddedToken]
  /// How text is cut into words.
  public let preTokenizer: PreTokenizer
  /// Whether text is brought into normal form C before anything else.
  public let normalizesNFC: Bool
  /// What belongs before a text by the file's post-processor (Llama 3's `<|begin_of_text|>`).
  /// Encoding does not add it: whoever lays out a prompt does.
  public let prefixTokens: [Int32]

  let vocabulary: Vocabulary
  let ignoresMerges: Bool
  let markup: MarkupSplitter

  /// A tokenizer of checked parts.
  init(
    vocabulary: Vocabulary, added: [AddedToken], preTokenizer: PreTokenizer = .gpt2,
    normalizesNFC: Bool = false, ignoresMerges: Bool = false, prefixTokens: [Int32] = []
  ) {
    self.vocabulary = vocabulary
    addedTokens = added
    self.preTokenizer = preTokenizer
    self.normalizesNFC = normalizesNFC
    self.ignoresMerges = ignoresMerges
    self.prefixTokens = prefixTokens
    let special = added.filter(\.isSpecial).map { ($0.content, $0.id) }
    specialTokens = Dictionary(special) { first, _ in first }
    markup = MarkupSplitter(added, normalizesNFC: normalizesNFC)
  }

  /// Number of ids; they are `0..<vocabularySize`.
  public var vocabularySize: Int { vocabulary.table.count }

  /// Id of a special token, or nil where the tokenizer has none of that name.
  public func id(ofSpecial name: String) -> Int32? { specialTokens[name] }

  /// Token ids of `text`, without any special token, even where the text spells one out.
  public func encode(_ text: String) -> [Int32] {
    var text = normalizesNFC ? text.normalFormC : text
    text.makeContiguousUTF8()
    let bytes = text.utf8.span
    var encoder = WordEncoder(vocabulary: vocabulary, byteCount: bytes.count)
    encode(0..<bytes.count, of: bytes, with: &encoder)
    return encoder.ids
  }

  /// Token ids of the text that `bytes` hold. What is not UTF-8 becomes U+FFFD, one for each
  /// longest part of a character, as Python's `errors="replace"` does.
  public func encode(utf8 bytes: some Collection<UInt8>) -> [Int32] {
    encode(String(decoding: bytes, as: UTF8.self))
  }

  /// Appends the ids of a part of a normalized text, which is cut into words on its own.
  func encode(_ range: Range<Int>, of text: Span<UInt8>, with encoder: inout WordEncoder) {
    let scanner = preTokenizer.scanner
    let part = text.extracting(range)
    var start = 0
    while start < part.count {
      let end = scanner.wordEnd(in: part, from: start)
      encoder.append(range.lowerBound + start..<range.lowerBound + end, of: text)
      start = end
    }
  }

  /// Text of `ids`. Special tokens, and ids that are no token, add nothing; bytes that are not
  /// UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>) -> String {
    var result: [UInt8] = []
    for id in ids where isToken(id) { result += vocabulary.table[id] }
    return String(decoding: result, as: UTF8.self)
  }

  /// Bytes of one token: a part of a character at times, and none for a special token or an id
  /// that is no token.
  public func bytes(of id: Int32) -> [UInt8] {
    isToken(id) ? Array(vocabulary.table[id]) : []
  }

  private func isToken(_ id: Int32) -> Bool { id >= 0 && id < vocabulary.table.count }
}
