extension Tokenizer {
  /// Learns a vocabulary from `texts`.
  ///
  /// Ids are: the special tokens in the given order, the 256 bytes, then one token for each merge.
  /// Each step merges the most frequent pair of neighbours within words; of equally frequent ones
  /// the pair whose left bytes, then right bytes, come first. The same texts give the same
  /// vocabulary. Pairs seen once are not merged, so that a small corpus gives fewer tokens than
  /// asked for. No merge spells a special token.
  ///
  /// - Precondition: `specialTokens` are distinct, of two characters at least, and
  ///   `vocabularySize` has room for them and the bytes.
  public static func train(
    on texts: some Sequence<String>, vocabularySize: Int, specialTokens: [String]
  ) -> Tokenizer {
    precondition(
      Set(specialTokens).count == specialTokens.count
        && specialTokens.allSatisfy { $0.unicodeScalars.count > 1 },
      "tokenizer: special tokens must differ and have two characters at least")
    precondition(
      vocabularySize >= specialTokens.count + 256,
      "tokenizer: \(vocabularySize) tokens have no room for \(specialTokens.count) and 256 bytes")
    var trainer = TokenizerTrainer(specialTokens: specialTokens)
    for text in texts { trainer.count(text) }
    trainer.learn(upTo: vocabularySize)
    return trainer.tokenizer
  }
}

/// The state of training: distinct words as tokens, and how often each pair of neighbours occurs.
private struct TokenizerTrainer {
  private(set) var tokens: [[UInt8]]
  private(set) var merges: [Merge] = []

  private let specialTokens: [String]
  private let firstByteId: Int32
  private let reserved: Set<[UInt8]>
  private var ids: [[UInt8]: Int32] = [:]
  private var wordIndex: [[UInt8]: Int] = [:]
  private var words: [Word] = []
  private var pairCounts: [TokenPair: Int] = [:]
  /// Words that held a pair when it was last counted up; some no longer do.
  private var pairWords: [TokenPair: [Int]] = [:]

  private struct Word {
    var tokens: [Int32]
    var count: Int
  }

  /// A pair to merge; the smallest is the most frequent one.
  private struct Candidate: Comparable {
    let pair: TokenPair
    let count: Int
    let left: [UInt8]
    let right: [UInt8]

    static func < (a: Candidate, b: Candidate) -> Bool {
      if a.count != b.count { return a.count > b.count }
      if a.left != b.left { return a.left.lexicographicallyPrecedes(b.left) }
      return a.right.lexicographicallyPrecedes(b.right)
    }
  }

  init(specialTokens: [String]) {
    self.specialTokens = specialTokens
    firstByteId = Int32(specialTokens.count)
    reserved = Set(specialTokens.compactMap(ByteAlphabet.bytes(of:)))
    let bytes = (UInt8.min...UInt8.max).map { [$0] }
    tokens = specialTokens.map { _ in [] } + bytes
    for (id, byte) in zip(firstByteId..., bytes) { ids[byte] = id }
  }

  /// What has been learnt.
  var tokenizer: Tokenizer {
    var table = TokenTable(capacity: tokens.count)
    for token in tokens { table.append(token) }
    for id in firstByteId..<Int32(table.count) { table.index(id) }
    return Tokenizer(
      vocabulary: Vocabulary(
        table: table, merges: merges, byteIds: Array(firstByteId..<firstByteId + 256),
        ordinary: nil),
      added: zip(Int32(0)..., specialTokens).map {
        AddedToken(id: $0, content: $1, isSpecial: true)
      })
  }

  /// Adds the words of `text`.
  mutating func count(_ text: String) {
    var text = text
    text.makeContiguousUTF8()
    let bytes = text.utf8.span
    let scanner = PreTokenizer.gpt2.scanner
    var start = 0
    while start < bytes.count {
      let end = scanner.wordEnd(in: bytes, from: start)
      let word = (start..<end).map { bytes[$0] }
      if let index = wordIndex[word] {
        words[index].count += 1
      } else {
        wordIndex[word] = words.count
        words.append(Word(tokens: word.map { firstByteId + Int32($0) }, count: 1))
      }
      start = end
    }
  }

  /// Merges until there are `vocabularySize` tokens or no pair is left that occurs twice.
  mutating func learn(upTo vocabularySize: Int) {
    for (index, word) in words.enumerated() {
      for pair in Self.pairs(of: word.tokens) { add(pair, word.count, in: index) }
    }
    var heap = MinimumHeap(pairCounts.map { candidate($0.key, $0.value) })
    while tokens.count < vocabularySize, let best = heap.popMinimum() {
      let count = pairCounts[best.pair, default: 0]
      guard count == best.count else {
        // Counted down since; where it was counted up, a newer candidate came before this one.
        if count < best.count { heap.push(candidate(best.pair, count)) }
        continue
      }
      guard count > 1 else { return }
      if reserved.contains(best.left + best.right) { continue }
      for pair in apply(best) { heap.push(candidate(pair, pairCounts[pair, default: 0])) }
    }
  }

  private func candidate(_ pair: TokenPair, _ count: Int) -> Candidate {
    Candidate(
      pair: pair, count: count, left: tokens[Int(pair.left)], right: tokens[Int(pair.right)])
  }

  private mutating func add(_ pair: TokenPair, _ count: Int, in word: Int) {
    pairCounts[pair, default: 0] += count
    pairWords[pair, default: []].append(word)
  }

  /// Merges one pair in all words.
  ///
  /// - Returns: The pairs that became more frequent.
  private mutating func apply(_ best: Candidate) -> Set<TokenPair> {
    let merge = Merge(
      left: best.pair.left, right: best.pair.right, result: token(best.left + best.right))
    merges.append(merge)
    var grown: Set<TokenPair> = []
    for index in pairWords.removeValue(forKey: best.pair) ?? [] {
      let old = words[index].tokens
      let new = Self.merged(old, by: merge)
      if new.count == old.count { continue }
      words[index].tokens = new
      let count = words[index].count
      for pair in Self.pairs(of: old) { pairCounts[pair, default: 0] -= count }
      for pair in Self.pairs(of: new) {
        pairCounts[pair, default: 0] += count
        guard pair.left == merge.result || pair.right == merge.result else { continue }
        pairWords[pair, default: []].append(index)
        grown.insert(pair)
      }
    }
    pairCounts[best.pair] = nil
    return grown
  }

  /// The token of `bytes`: a new one, unless other merges led to the same bytes.
  private mutating func token(_ bytes: [UInt8]) -> Int32 {
    if let id = ids[bytes] { return id }
    let id = Int32(tokens.count)
    ids[bytes] = id
    tokens.append(bytes)
    return id
  }

  private static func pairs(of tokens: [Int32]) -> some Sequence<TokenPair> {
    zip(tokens, tokens.dropFirst()).lazy.map { TokenPair($0, $1) }
  }

  private static func merged(_ tokens: [Int32], by merge: Merge) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(tokens.count)
    var index = 0
    while index < tokens.count {
      let isPair =
        index + 1 < tokens.count && tokens[index] == merge.left && tokens[index + 1] == merge.right
      result.append(isPair ? merge.result : tokens[index])
      index += isPair ? 2 : 1
    }
    return result
  }
}
