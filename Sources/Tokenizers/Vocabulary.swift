/// The tokens, the merges that lead to them, and what follows from both.
struct Vocabulary: Equatable, Sendable {
  /// Bytes of each token; none for special tokens.
  let table: TokenTable
  /// Merges by rank: the first is applied first.
  let rankedMerges: [Merge]
  let merges: MergeTable
  /// Token of each byte, or `missing`; such a byte is left out, as Hugging Face's library does.
  let byteIds: [Int32]
  static let missing: Int32 = -1
  /// Whether a word with the bytes of a token is that token.
  private var isWholeWord: [Bool]

  /// - Parameters:
  ///   - table: The tokens, found by their bytes but for special ones.
  ///   - merges: By rank.
  ///   - ordinary: Which tokens are words of the vocabulary itself, where `ignoresMerges` is set:
  ///     a word that is one of them becomes it, whether or not merges lead there.
  ///   - byteIds: Token of each byte, or `missing`.
  init(table: TokenTable, merges: [Merge], byteIds: [Int32], ordinary: [Bool]?) {
    (self.table, rankedMerges, self.byteIds) = (table, merges, byteIds)
    self.merges = MergeTable(merges)
    isWholeWord = ordinary ?? Array(repeating: false, count: table.count)
    for id in byteIds where id != Self.missing { isWholeWord[Int(id)] = true }
    for merge in merges where !isWholeWord[Int(merge.result)] {
      isWholeWord[Int(merge.result)] = mergesLead(to: merge.result)
    }
  }

  /// The token that the word at `range` of `text` is, where it is a single one.
  @inline(__always)
  func wholeWord(at range: Range<Int>, of text: Span<UInt8>, hash: UInt64) -> Int32? {
    guard let id = table.id(of: range, in: text, hash: hash), isWholeWord[Int(id)] else {
      return nil
    }
    return id
  }

  /// Whether merging the bytes of a token ends with this token: mostly so, but other merges may
  /// come first.
  private func mergesLead(to id: Int32) -> Bool {
    let token = Array(table[id])
    var encoder = WordEncoder(vocabulary: self, byteCount: 0)
    encoder.merge(0..<token.count, of: token.span)
    return encoder.ids == [id]
  }
}
