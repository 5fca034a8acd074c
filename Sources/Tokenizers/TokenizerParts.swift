/// All that decides about ids, as files hold it: what formats other than `tokenizer.json` read and
/// write a tokenizer by.
package struct TokenizerParts: Sendable {
  /// The tokens by id: in the byte alphabet, added tokens as they are spelled.
  package var texts: [String]
  /// By rank, both sides in the byte alphabet.
  package var merges: [(left: String, right: String)]
  /// The tokens that merges have no part in.
  package var added: [AddedToken]
  /// How text is cut into words.
  package var preTokenizer: PreTokenizer
  /// Whether text is brought into normal form C first.
  package var normalizesNFC: Bool
  /// Whether a word that is a token becomes it even where merges do not lead there.
  package var ignoresMerges: Bool
  /// What the file says belongs before a text.
  package var prefixTokens: [Int32]

  /// Takes the parts as they are; `Tokenizer.init(_:file:)` checks them.
  package init(
    texts: [String], merges: [(left: String, right: String)], added: [AddedToken] = [],
    preTokenizer: PreTokenizer = .gpt2, normalizesNFC: Bool = false, ignoresMerges: Bool = false,
    prefixTokens: [Int32] = []
  ) {
    (self.texts, self.merges, self.added) = (texts, merges, added)
    (self.preTokenizer, self.normalizesNFC) = (preTokenizer, normalizesNFC)
    (self.ignoresMerges, self.prefixTokens) = (ignoresMerges, prefixTokens)
  }
}

extension Tokenizer {
  /// A tokenizer of parts from a file.
  ///
  /// - Parameter file: The name for errors.
  /// - Throws: `TokenizerError.malformed` or `.tooLarge`, with the field as `tokenizer.json` names
  ///   it: ids that contradict each other, a vocabulary without the bytes of text, merges that do not
  ///   join two tokens into a third or that spell a special token.
  package init(_ parts: TokenizerParts, file: String) throws(TokenizerError) {
    for (field, size) in [
      ("model.vocab", parts.texts.count), ("model.merges", parts.merges.count),
      ("added_tokens", parts.added.count),
    ]
    where size > Self.largestVocabulary {
      throw .tooLarge(file: file, field: field, size: size, limit: Self.largestVocabulary)
    }
    let check = PartsCheck(file: file, parts: parts)
    let added = try check.addedTokens()
    var table = TokenTable(capacity: parts.texts.count)
    for (id, text) in parts.texts.enumerated() {
      table.append(try check.bytes(of: text, id: id, added: added[Int32(id)]))
    }
    try check.index(&table, added)
    let vocabulary = Vocabulary(
      table: table, merges: try check.merges(table), byteIds: try check.byteIds(table),
      ordinary: parts.ignoresMerges
        ? parts.texts.indices.map { added[Int32($0)] == nil } : nil)
    guard parts.prefixTokens.allSatisfy({ parts.texts.indices.contains(Int($0)) }) else {
      throw check.malformed("post_processor", "names a token that is not there")
    }
    self.init(
      vocabulary: vocabulary, added: parts.added.sorted { $0.id < $1.id },
      preTokenizer: parts.preTokenizer, normalizesNFC: parts.normalizesNFC,
      ignoresMerges: parts.ignoresMerges, prefixTokens: parts.prefixTokens)
  }

  /// What a file needs to hold to give this tokenizer back.
  package var parts: TokenizerParts {
    let contents = Dictionary(uniqueKeysWithValues: addedTokens.map { ($0.id, $0.content) })
    let texts = (0..<Int32(vocabularySize)).map { id in
      contents[id] ?? ByteAlphabet.text(of: vocabulary.table[id])
    }
    return TokenizerParts(
      texts: texts,
      merges: vocabulary.rankedMerges.map { (texts[Int($0.left)], texts[Int($0.right)]) },
      added: addedTokens, preTokenizer: preTokenizer, normalizesNFC: normalizesNFC,
      ignoresMerges: ignoresMerges, prefixTokens: prefixTokens)
  }
}

/// Checks the parts of a file against each other.
private struct PartsCheck {
  let file: String
  let parts: TokenizerParts

  private static let longestContent = 4096

  /// Added tokens by id.
  func addedTokens() throws(TokenizerError) -> [Int32: AddedToken] {
    var result: [Int32: AddedToken] = [:]
    var contents: Set<[UInt8]> = []
    for (index, token) in parts.added.enumerated() {
      let field = "added_tokens.\(index)"
      guard parts.texts.indices.contains(Int(token.id)), parts.texts[Int(token.id)] == token.content
      else { throw malformed(field + ".id", "is \(token.id), which does not fit the vocabulary") }
      guard !token.content.isEmpty, token.content.utf8.count <= Self.longestContent else {
        throw malformed(field + ".content", "is empty or longer than \(Self.longestContent) bytes")
      }
      guard contents.insert(Array(token.content.utf8)).inserted,
        result.updateValue(token, forKey: token.id) == nil
      else { throw malformed(field + ".content", "is there twice") }
    }
    return result
  }

  func bytes(of text: String, id: Int, added: AddedToken?) throws(TokenizerError) -> [UInt8] {
    if let added { return added.isSpecial ? [] : Array(text.utf8) }
    guard let bytes = ByteAlphabet.bytes(of: text), !bytes.isEmpty else {
      throw malformed("model.vocab", "has token \(id) that is not in the byte alphabet")
    }
    return bytes
  }

  /// Makes the tokens found by their bytes; ordinary ones come before added ones of the same text.
  func index(
    _ table: inout TokenTable, _ added: [Int32: AddedToken]
  ) throws(TokenizerError) {
    for id in 0..<Int32(table.count) where added[id] == nil {
      guard table.index(id) else { throw malformed("model.vocab", "has token \(id) twice") }
    }
    for token in parts.added where !token.isSpecial { table.index(token.id) }
  }

  /// Published vocabularies lack bytes that their corpus did not have: control characters, and
  /// those that no assigned character needs.
  func byteIds(_ table: TokenTable) throws(TokenizerError) -> [Int32] {
    let ids = (UInt8.min...UInt8.max).map { table.id(of: [$0]) ?? Vocabulary.missing }
    for byte in [0x0A...0x0A, 0x20...0x7E, 0x80...0xBF, 0xC2...0xF0].joined()
    where ids[byte] == Vocabulary.missing {
      throw malformed("model.vocab", "does not have byte \(byte)")
    }
    return ids
  }

  func merges(_ table: TokenTable) throws(TokenizerError) -> [Merge] {
    var seen: Set<TokenPair> = []
    seen.reserveCapacity(parts.merges.count)
    var merges: [Merge] = []
    merges.reserveCapacity(parts.merges.count)
    for (rank, merge) in parts.merges.enumerated() {
      guard let leftBytes = ByteAlphabet.bytes(of: merge.left),
        let rightBytes = ByteAlphabet.bytes(of: merge.right),
        let left = table.id(of: leftBytes), let right = table.id(of: rightBytes),
        let result = table.id(of: leftBytes + rightBytes)
      else { throw malformed("model.merges.\(rank)", "does not join two tokens into a third") }
      guard seen.insert(TokenPair(left, right)).inserted else {
        throw malformed("model.merges.\(rank)", "is there twice")
      }
      merges.append(Merge(left: left, right: right, result: result))
    }
    return merges
  }

  func malformed(_ field: String, _ reason: String) -> TokenizerError {
    .malformed(file: file, field: field, reason: reason)
  }
}
