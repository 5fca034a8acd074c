import Tensors

/// A key-value cache that knows which tokens its slots hold, so that a sequence that begins like
/// another one is not computed from its first token.
struct PrefixSharingCache {
  /// Where a sequence was put.
  struct Place {
    /// Its slot.
    let slot: Int
    /// How many of its tokens need not be computed.
    let past: Int
    /// Where those are copied from; nil where the slot holds them.
    let prefix: KeyValueCache.Prefix?
  }

  /// Copying fewer tokens costs as much as computing them with the rest.
  static let shortestPrefix = 8
  /// Where this many new tokens are in one batch, no other sequence enters: activations of the
  /// whole batch are in memory at once.
  static let tokensPerStep = 4096

  let cache: KeyValueCache
  /// Tokens admitted and not found in a slot.
  private(set) var computedTokens = 0
  private var computedBefore = 0
  /// The tokens whose keys and values each slot holds, also after it was released.
  private var held: [[Int32]]
  private var isFree: [Bool]
  /// The slot that was released first is first.
  private var freeSlots: [Int]
  /// The slot of the sequence that was admitted last.
  private var latest = 0

  /// As many slots as wanted, fewer where they would take more than 1 GiB, but not below a minimum.
  init(_ configuration: TransformerConfiguration, slots: Int, minimum: Int = 1, capacity: Int) {
    let count = max(minimum, min(slots, configuration.largestSlotCount(capacity: capacity)))
    cache = KeyValueCache(
      layers: configuration.layers, slots: count, capacity: capacity,
      layout: configuration.attention)
    held = [[Int32]](repeating: [], count: count)
    isFree = [Bool](repeating: true, count: count)
    freeSlots = Array(0..<count)
  }

  /// The order in which sequences find the longest beginnings in the cache: that of their tokens.
  static func order(_ prompts: [[Int32]]) -> [Int] {
    prompts.indices.sorted {
      prompts[$0] == prompts[$1]
        ? $0 < $1 : prompts[$0].lexicographicallyPrecedes(prompts[$1])
    }
  }

  /// Begins to count the new tokens of one batch.
  mutating func beginStep() { computedBefore = computedTokens }

  /// Whether another sequence can enter in this step.
  var hasRoom: Bool { hasRoom(slots: 1) }

  /// Whether another sequence that needs so many slots can enter in this step.
  func hasRoom(slots: Int) -> Bool {
    freeSlots.count >= slots && computedTokens - computedBefore < Self.tokensPerStep
  }

  /// Finds a slot for a sequence, and the slot that holds the longest part of its beginning.
  ///
  /// A free slot that holds that part is taken itself. So only slots in use are copied from, and
  /// nothing is overwritten that another sequence is yet to copy in the same step.
  ///
  /// - Parameters:
  ///   - tokens: The tokens that will be computed or found.
  ///   - limit: At most so many of them can be found, fewer than all.
  /// - Precondition: A slot is free.
  mutating func admit(_ tokens: [Int32], reusing limit: Int) -> Place {
    var place = Place(slot: freeSlots[0], past: 0, prefix: nil)
    if let (source, count) = longestPrefix(of: tokens, limit: limit) {
      place =
        isFree[source]
        ? Place(slot: source, past: count, prefix: nil)
        : Place(slot: freeSlots[0], past: count, prefix: .init(slot: source, count: count))
    }
    freeSlots.removeAll { $0 == place.slot }
    isFree[place.slot] = false
    held[place.slot] = tokens
    latest = place.slot
    computedTokens += tokens.count - place.past
    return place
  }

  /// Takes a slot whose content no other sequence looks for.
  ///
  /// - Precondition: A slot is free.
  mutating func reserve() -> Int {
    let slot = freeSlots.removeFirst()
    isFree[slot] = false
    held[slot] = []
    return slot
  }

  /// Lets another sequence have the slot; what it holds can still be found.
  mutating func release(_ slot: Int) {
    isFree[slot] = true
    freeSlots.append(slot)
  }

  /// The slot with the longest common beginning, a free one where there is a choice; nil where
  /// all are short.
  private func longestPrefix(of tokens: [Int32], limit: Int) -> (slot: Int, count: Int)? {
    guard limit >= Self.shortestPrefix else { return nil }
    // In sorted order the sequence before has the longest common beginning; of another slot one token
    // tells, as a rule, that it has less.
    var best = (slot: latest, count: commonPrefix(held[latest], tokens, limit: limit))
    for slot in held.indices where slot != latest {
      let couldTie = best.count == limit || best.count >= held[slot].count
      let couldBeLonger =
        best.count < min(limit, held[slot].count)
        && held[slot][best.count] == tokens[best.count]
      let wouldBeFree = isFree[slot] && !isFree[best.slot]
      guard couldBeLonger || (wouldBeFree && couldTie) else { continue }
      let count = commonPrefix(held[slot], tokens, limit: limit)
      if count > best.count || (count == best.count && wouldBeFree) { best = (slot, count) }
    }
    return best.count >= Self.shortestPrefix ? best : nil
  }

  private func commonPrefix(_ a: [Int32], _ b: [Int32], limit: Int) -> Int {
    let end = min(a.count, b.count, limit)
    var count = 0
    while count < end && a[count] == b[count] { count += 1 }
    return count
  }
}

extension TransformerConfiguration {
  /// Slots of `capacity` tokens whose keys and values take 1 GiB together at most; may be 0.
  package func largestSlotCount(capacity: Int) -> Int {
    (1 << 28) / (layers * capacity * 2 * attention.keyWidth)
  }
}
