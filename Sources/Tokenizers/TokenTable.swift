/// The bytes of all tokens, one after the other, and the way from bytes back to an id.
///
/// The hash begins with a number of the process, and so does the way from a hash to a slot: a file
/// cannot hold tokens that were chosen to meet in one place. No id depends on that number.
struct TokenTable: Equatable, Sendable {
  private var bytes: [UInt8] = []
  /// Where each token starts; the last is where the last token ends.
  private var starts: [Int32] = [0]
  /// Open addressing, at most half full: the hash in the upper and the id in the lower 32 bits.
  private var slots: [UInt64]
  private let shift: UInt64
  private let seed = Self.seed
  private static let free = UInt64.max
  /// Odd, and another one in each process.
  static let seed = UInt64.random(in: 0...UInt64.max) | 1

  /// A table without tokens.
  ///
  /// - Parameter capacity: The most ids that `index` will be called for.
  init(capacity: Int) {
    var bits = 4
    while 1 << bits < 2 * capacity { bits += 1 }
    shift = UInt64(64 - bits)
    slots = Array(repeating: Self.free, count: 1 << bits)
    starts.reserveCapacity(capacity + 1)
  }

  /// Number of tokens.
  var count: Int { starts.count - 1 }

  /// Adds a token under the next id, without a way back to it.
  mutating func append(_ token: some Sequence<UInt8>) {
    bytes.append(contentsOf: token)
    starts.append(Int32(bytes.count))
  }

  /// The bytes of a token.
  subscript(id: Int32) -> ArraySlice<UInt8> {
    bytes[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])]
  }

  /// Makes a token found by its bytes.
  ///
  /// - Returns: Whether it is found now; not if another token with these bytes was there before.
  @discardableResult
  mutating func index(_ id: Int32) -> Bool {
    let token = Array(self[id])
    let hash = hash(of: 0..<token.count, in: token.span)
    var slot = firstSlot(of: hash)
    while slots[slot] != Self.free {
      if matches(slots[slot], hash, token.span, 0..<token.count) { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = hash & ~0xFFFF_FFFF | UInt64(UInt32(bitPattern: id))
    return true
  }

  /// The token with the bytes at `range` of `text`, whose hash is given.
  @inline(__always)
  func id(of range: Range<Int>, in text: Span<UInt8>, hash: UInt64) -> Int32? {
    var slot = firstSlot(of: hash)
    while slots[slot] != Self.free {
      if matches(slots[slot], hash, text, range) {
        return Int32(truncatingIfNeeded: slots[slot])
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The token with these bytes.
  func id(of token: [UInt8]) -> Int32? {
    id(of: 0..<token.count, in: token.span, hash: hash(of: 0..<token.count, in: token.span))
  }

  /// The hash that the table goes by: FNV-1a from a seed, its upper bits mixed into the lower ones.
  @inline(__always)
  func hash(of range: Range<Int>, in text: Span<UInt8>) -> UInt64 {
    var hash = seed
    for index in range { hash = (hash ^ UInt64(text[index])) &* 0x0000_0100_0000_01B3 }
    return hash ^ hash >> 32
  }

  /// Where the search for a hash begins: multiply-shift hashing (Dietzfelbinger et al. 1997).
  @inline(__always)
  private func firstSlot(of hash: UInt64) -> Int { Int((hash &* seed) >> shift) }

  @inline(__always)
  private func matches(
    _ slot: UInt64, _ hash: UInt64, _ text: Span<UInt8>, _ range: Range<Int>
  ) -> Bool {
    guard (slot ^ hash) >> 32 == 0 else { return false }
    let id = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF)
    let start = Int(starts[id])
    guard Int(starts[id + 1]) - start == range.count else { return false }
    for offset in 0..<range.count where bytes[start + offset] != text[range.lowerBound + offset] {
      return false
    }
    return true
  }
}
