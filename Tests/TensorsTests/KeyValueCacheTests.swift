import Tensors
import TestSupport
import Testing

@Suite struct KeyValueCacheTests {
  private static let layout = AttentionLayout(heads: 4, keyValueHeads: 2, headWidth: 5)

  /// Feeds one sequence in pieces into a slot; the results, one after another.
  private func feed(
    _ x: [Float], pieces: [Int], cache: KeyValueCache, layer: Int, slot: Int
  ) -> [Float] {
    let width = Self.layout.projectionWidth
    var past = 0
    return pieces.flatMap { count in
      let part = Array(x[past * width..<(past + count) * width])
      let segment = KeyValueCache.Segment(slot: slot, past: past, rows: 0..<count)
      past += count
      return cache.attend(
        Tensor(part, shape: [count, width]), layer: layer, segments: [segment]
      ).values
    }
  }

  @Test(arguments: [[9], [1, 1, 1], [4, 1, 1, 3], [70, 1, 65, 1], [1, 130]])
  func piecesGiveWhatTheWholeGives(pieces: [Int]) {
    var random = SeededGenerator(seed: 1)
    let count = pieces.reduce(0, +)
    let x = random.symmetric(count * Self.layout.projectionWidth)
    let whole = Tensor(x, shape: [count, Self.layout.projectionWidth])
      .causalAttention(Self.layout, offsets: [0, count])
    let cache = KeyValueCache(layers: 2, slots: 3, capacity: count, layout: Self.layout)
    for (layer, slot) in [(0, 0), (1, 2)] {
      let found = feed(x, pieces: pieces, cache: cache, layer: layer, slot: slot)
      expectClose(found, to: whole.values)
    }
  }

  @Test func slotsAndLayersDoNotMix() {
    var random = SeededGenerator(seed: 2)
    let width = Self.layout.projectionWidth
    let cache = KeyValueCache(layers: 2, slots: 6, capacity: 4, layout: Self.layout)
    let first = random.symmetric(6 * width)
    let second = random.symmetric(6 * width)
    for layer in 0..<2 {
      let segments = { (past: Int) in
        (0..<6).map { KeyValueCache.Segment(slot: 5 - $0, past: past, rows: $0..<$0 + 1) }
      }
      let factor = Float(layer + 1)
      let rows = [first, second].map { values in
        Tensor(values.map { $0 * factor }, shape: [6, width])
      }
      _ = cache.attend(rows[0], layer: layer, segments: segments(0))
      let found = cache.attend(rows[1], layer: layer, segments: segments(1)).values
      for row in 0..<6 {
        let line = row * width..<(row + 1) * width
        let pair = (first[line] + second[line]).map { $0 * factor }
        let expected = Reference.causalAttention(Array(pair), Self.layout, offsets: [0, 2])
        let own = found[row * Self.layout.queryWidth..<(row + 1) * Self.layout.queryWidth]
        expectClose(Array(own), to: Array(expected[Self.layout.queryWidth...]))
      }
    }
  }

  /// Three sequences with common beginnings, the second and third in the same batch as the first
  /// or later; the third copies from the second what that one copied itself.
  @Test(arguments: [true, false])
  func prefixesAreCopiedFromOtherSlots(inOneBatch: Bool) {
    var random = SeededGenerator(seed: 3)
    let width = Self.layout.projectionWidth
    let first = random.symmetric(9 * width)
    let second = Array(first[..<(6 * width)]) + random.symmetric(4 * width)
    let third = Array(second[..<(8 * width)]) + random.symmetric(1 * width)
    let sequences = [first, second, third]
    let pasts = [0, 6, 8]
    let cache = KeyValueCache(layers: 2, slots: 4, capacity: 10, layout: Self.layout)
    var found: [[Float]] = []
    for batch in inOneBatch ? [[0, 1, 2]] : [[0], [1], [2]] {
      var x: [Float] = []
      let segments = batch.map { index in
        let start = x.count / width
        x += sequences[index][(pasts[index] * width)...]
        return KeyValueCache.Segment(
          slot: index, past: pasts[index], rows: start..<x.count / width,
          prefix: index == 0 ? nil : .init(slot: index - 1, count: pasts[index]))
      }
      let rows = Tensor(x, shape: [x.count / width, width])
      let output = cache.attend(rows, layer: 1, segments: segments).values
      found += segments.map {
        let queryWidth = Self.layout.queryWidth
        return Array(output[$0.rows.lowerBound * queryWidth..<$0.rows.upperBound * queryWidth])
      }
    }
    for (index, sequence) in sequences.enumerated() {
      let count = sequence.count / width
      let whole = Tensor(sequence, shape: [count, width])
        .causalAttention(Self.layout, offsets: [0, count]).values
      expectClose(found[index], to: Array(whole[(pasts[index] * Self.layout.queryWidth)...]))
    }
  }

  @Test func prefixesThatDoNotFitStop() async {
    await #expect(processExitsWith: .success) { attendCopying([(0, 0, nil), (1, 1, 0)]) }
    // More than the past, from no slot, and from a slot that is filled later.
    await #expect(processExitsWith: .failure) { attendCopying([(0, 0, nil), (1, 0, 0)]) }
    await #expect(processExitsWith: .failure) { attendCopying([(0, 0, nil), (1, 1, 3)]) }
    await #expect(processExitsWith: .failure) { attendCopying([(1, 1, 0), (0, 1, 2)]) }
  }

  @Test func whatDoesNotFitStops() async {
    await #expect(processExitsWith: .failure) { attendOnce(slot: 0, past: 1, rows: 0..<1) }
    await #expect(processExitsWith: .failure) { attendOnce(slot: 1, past: 0, rows: 0..<1) }
    await #expect(processExitsWith: .failure) { attendOnce(slot: 0, past: 0, rows: 1..<2) }
    await #expect(processExitsWith: .failure) {
      attendOnce(layer: 1, slot: 0, past: 0, rows: 0..<1)
    }
    await #expect(processExitsWith: .failure) {
      let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 1)
      let cache = KeyValueCache(layers: 1, slots: 2, capacity: 2, layout: layout)
      let segments = [0..<1, 1..<2].map { KeyValueCache.Segment(slot: 1, past: 0, rows: $0) }
      _ = cache.attend(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), layer: 0, segments: segments)
    }
    await #expect(processExitsWith: .success) { attendOnce(slot: 0, past: 0, rows: 0..<1) }
  }
}

/// One row in a cache of one layer, one slot and one token.
private func attendOnce(layer: Int = 0, slot: Int, past: Int, rows: Range<Int>) {
  let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 1)
  let cache = KeyValueCache(layers: 1, slots: 1, capacity: 1, layout: layout)
  let segment = KeyValueCache.Segment(slot: slot, past: past, rows: rows)
  _ = cache.attend(Tensor([1, 2, 3], shape: [1, 3]), layer: layer, segments: [segment])
}

/// One row in each of some slots of a small cache, of which one token may come from another slot.
private func attendCopying(_ segments: [(slot: Int, past: Int, source: Int?)]) {
  let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 1)
  let cache = KeyValueCache(layers: 1, slots: 3, capacity: 2, layout: layout)
  let rows = Tensor([Float](repeating: 1, count: 3 * segments.count), shape: [segments.count, 3])
  _ = cache.attend(
    rows, layer: 0,
    segments: segments.enumerated().map { index, segment in
      KeyValueCache.Segment(
        slot: segment.slot, past: segment.past, rows: index..<index + 1,
        prefix: segment.source.map { .init(slot: $0, count: 1) })
    })
}
