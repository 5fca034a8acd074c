/// Applies the merges to the words of one text.
///
/// A word that is a token is looked up whole. Any other one that came before in the same text is
/// copied from the ids already found; there is nothing to lock or to grow, and a tokenizer stays a
/// plain value.
struct WordEncoder {
  /// Ids of the words so far.
  private(set) var ids: [Int32] = []

  private let vocabulary: Vocabulary
  private var cache: [CachedWord]
  /// Merge entry of each token of the word at hand with the next one.
  private var entries: [UInt64] = []

  /// The place of a word in the text, and of its ids.
  private struct CachedWord {
    var start = 0
    var length = 0
    var firstId = 0
    var idCount = 0
  }

  /// Above this many bytes the search for the next merge would grow with the square of the length.
  private static let shortWordLength = 48
  private static let largestCache = 1 << 13

  init(vocabulary: Vocabulary, byteCount: Int) {
    self.vocabulary = vocabulary
    var size = 16
    while size < byteCount / 4, size < Self.largestCache { size *= 2 }
    cache = Array(repeating: CachedWord(), count: size)
    ids.reserveCapacity(byteCount / 3)
  }

  /// Appends an id as it is.
  mutating func append(_ id: Int32) { ids.append(id) }

  /// Appends the ids of the word at `range` of `text`, which is the same text in every call.
  mutating func append(_ range: Range<Int>, of text: Span<UInt8>) {
    let hash = vocabulary.table.hash(of: range, in: text)
    if let id = vocabulary.wholeWord(at: range, of: text, hash: hash) {
      ids.append(id)
      return
    }
    guard range.count <= Self.shortWordLength else {
      mergeLong(range, of: text)
      return
    }
    let slot = Int(truncatingIfNeeded: hash) & (cache.count - 1)
    let known = cache[slot]
    if known.length == range.count, isEqual(known.start, range, in: text) {
      for index in known.firstId..<known.firstId + known.idCount { ids.append(ids[index]) }
      return
    }
    let firstId = ids.count
    mergeShort(range, of: text)
    cache[slot] = CachedWord(
      start: range.lowerBound, length: range.count, firstId: firstId, idCount: ids.count - firstId)
  }

  /// Appends the ids that merges alone lead to.
  mutating func merge(_ range: Range<Int>, of text: Span<UInt8>) {
    if range.count <= Self.shortWordLength {
      mergeShort(range, of: text)
    } else {
      mergeLong(range, of: text)
    }
  }

  /// Looks at all neighbours for the merge of the lowest rank, the leftmost of equals.
  private mutating func mergeShort(_ range: Range<Int>, of text: Span<UInt8>) {
    let first = ids.count
    for index in range {
      let id = vocabulary.byteIds[Int(text[index])]
      if id != Vocabulary.missing { ids.append(id) }
    }
    guard ids.count > first + 1 else { return }
    entries.removeAll(keepingCapacity: true)
    for index in first..<ids.count - 1 {
      entries.append(vocabulary.merges.entry(ids[index], ids[index + 1]))
    }
    while let (position, entry) = lowestEntry() {
      let token = first + position
      ids[token] = MergeTable.result(of: entry)
      ids.remove(at: token + 1)
      entries.remove(at: position)
      if position > 0 {
        entries[position - 1] = vocabulary.merges.entry(ids[token - 1], ids[token])
      }
      if position < entries.count {
        entries[position] = vocabulary.merges.entry(ids[token], ids[token + 1])
      }
    }
  }

  private func lowestEntry() -> (position: Int, entry: UInt64)? {
    var lowest = MergeTable.none
    var position = 0
    for index in entries.indices where entries[index] < lowest {
      lowest = entries[index]
      position = index
    }
    return lowest == MergeTable.none ? nil : (position, lowest)
  }

  /// The same merges in the same order from a heap, in O(n log n).
  ///
  /// Tokens stay at their first byte; `next` and `previous` link those that are left. A heap
  /// element is rank and position; it is out of date if the entry at the position has changed.
  private mutating func mergeLong(_ range: Range<Int>, of text: Span<UInt8>) {
    var tokens = range.map { vocabulary.byteIds[Int(text[$0])] }
    tokens.removeAll { $0 == Vocabulary.missing }
    let count = tokens.count
    guard count > 0 else { return }
    var next = Array(1...count)
    var previous = Array(-1..<count - 1)
    var entries = (0..<count).map {
      $0 + 1 < count ? vocabulary.merges.entry(tokens[$0], tokens[$0 + 1]) : MergeTable.none
    }
    func element(_ position: Int) -> UInt64 {
      entries[position] & ~UInt64(UInt32.max) | UInt64(position)
    }
    var heap = MinimumHeap((0..<count).filter { entries[$0] != MergeTable.none }.map(element))
    func update(_ position: Int) {
      let follower = next[position]
      entries[position] =
        follower < count
        ? vocabulary.merges.entry(tokens[position], tokens[follower]) : MergeTable.none
      if entries[position] != MergeTable.none { heap.push(element(position)) }
    }
    while let lowest = heap.popMinimum() {
      let position = Int(UInt32(truncatingIfNeeded: lowest))
      let entry = entries[position]
      guard entry != MergeTable.none, entry >> 32 == lowest >> 32 else { continue }
      let removed = next[position]
      tokens[position] = MergeTable.result(of: entry)
      entries[removed] = MergeTable.none
      next[position] = next[removed]
      if next[position] < count { previous[next[position]] = position }
      update(position)
      if previous[position] >= 0 { update(previous[position]) }
    }
    var position = 0
    while position < count {
      ids.append(tokens[position])
      position = next[position]
    }
  }

  private func isEqual(_ start: Int, _ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    for offset in 0..<range.count where text[start + offset] != text[range.lowerBound + offset] {
      return false
    }
    return true
  }
}
