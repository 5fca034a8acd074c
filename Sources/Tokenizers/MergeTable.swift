/// One learnt merge: the token `result` replaces `left` followed by `right`.
struct Merge: Equatable, Sendable {
  let left: Int32
  let right: Int32
  let result: Int32
}

/// Two neighbouring tokens as one integer.
struct TokenPair: Hashable {
  let key: UInt64

  init(_ left: Int32, _ right: Int32) {
    key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  var left: Int32 { Int32(truncatingIfNeeded: key >> 32) }
  var right: Int32 { Int32(truncatingIfNeeded: key) }
}

/// The merge of each pair of tokens: an open-addressing hash table, at most half full.
///
/// An entry holds the rank in its upper and the resulting token in its lower 32 bits, so that the
/// smallest entry is the merge to apply first.
struct MergeTable: Equatable, Sendable {
  /// The entry of a pair that does not merge.
  static let none = UInt64.max

  private var keys: [UInt64]
  private var entries: [UInt64]
  private let shift: UInt64
  /// As in `TokenTable`.
  private let seed = TokenTable.seed

  /// The table of `merges`, ranked by their order; of equal pairs the first one counts.
  init(_ merges: [Merge]) {
    var bits = 4
    while 1 << bits < 2 * merges.count { bits += 1 }
    shift = UInt64(64 - bits)
    keys = Array(repeating: 0, count: 1 << bits)
    entries = Array(repeating: Self.none, count: 1 << bits)
    for (rank, merge) in merges.enumerated() {
      let pair = TokenPair(merge.left, merge.right)
      let slot = slot(of: pair.key)
      if entries[slot] != Self.none { continue }
      keys[slot] = pair.key
      entries[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.result))
    }
  }

  /// Rank and result of the merge of `left` and `right`, or `none`.
  @inline(__always)
  func entry(_ left: Int32, _ right: Int32) -> UInt64 {
    entries[slot(of: TokenPair(left, right).key)]
  }

  /// The token that an entry leads to.
  @inline(__always)
  static func result(of entry: UInt64) -> Int32 { Int32(truncatingIfNeeded: entry) }

  /// The slot that holds `key`, or the free one where it belongs.
  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mixed = (key ^ key >> 29) &* seed
    var slot = Int(mixed >> shift)
    while entries[slot] != Self.none, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }
}
