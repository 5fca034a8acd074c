import Tensors
import TestSupport
import Testing

/// Attention of one new token to what the cache holds.
@Suite struct DecodingAttentionTests {
  /// Heads, key heads, head width.
  static let shapes = [
    [1, 1, 1], [4, 2, 8], [6, 1, 12], [4, 4, 16], [3, 1, 20], [2, 1, 64], [2, 2, 128],
  ]

  private func layout(_ shape: [Int]) -> AttentionLayout {
    AttentionLayout(heads: shape[0], keyValueHeads: shape[1], headWidth: shape[2])
  }

  /// The last row of a sequence, whose other rows were read before in one piece.
  private func lastRow(
    _ x: [Float], _ layout: AttentionLayout, cache: KeyValueCache, slot: Int
  ) -> [Float] {
    let count = x.count / layout.projectionWidth
    let rows = Tensor(x, shape: [count, layout.projectionWidth])
    if count > 1 {
      _ = cache.attend(
        rows.rows(Array(0..<count - 1)), layer: 0,
        segments: [.init(slot: slot, past: 0, rows: 0..<count - 1)])
    }
    return cache.attend(
      rows.rows([count - 1]), layer: 0,
      segments: [.init(slot: slot, past: count - 1, rows: 0..<1)]
    ).values
  }

  @Test(arguments: shapes)
  func agreesWithReference(shape: [Int]) {
    let layout = layout(shape)
    var random = SeededGenerator(seed: 1)
    let lengths = [1, 2, 3, 4, 5, 16, 63, 64, 65, 129] + (layout.headWidth <= 8 ? [1000] : [])
    for count in lengths {
      let x = random.symmetric(count * layout.projectionWidth, scale: 2)
      let cache = KeyValueCache(layers: 1, slots: 2, capacity: count, layout: layout)
      let expected = Reference.causalAttention(x, layout, offsets: [0, count])
      expectClose(
        lastRow(x, layout, cache: cache, slot: 1), to: expected.suffix(layout.queryWidth),
        "length \(count)")
    }
  }

  /// Tokens of sequences of different lengths in one batch, for any number of threads.
  @Test(arguments: shapes)
  func aRowDoesNotDependOnTheOthers(shape: [Int]) {
    let layout = layout(shape)
    var random = SeededGenerator(seed: 2)
    let width = layout.projectionWidth
    let sequences = [300, 1, 65, 2, 129].map { random.symmetric($0 * width) }
    let slots = KeyValueCache(layers: 1, slots: 5, capacity: 300, layout: layout)
    let alone = withComputeThreads(1) {
      sequences.enumerated().flatMap { lastRow($1, layout, cache: slots, slot: $0) }
    }
    let last = Tensor(sequences.flatMap { $0.suffix(width) }, shape: [5, width])
    let segments = sequences.enumerated().map { slot, sequence in
      KeyValueCache.Segment(slot: slot, past: sequence.count / width - 1, rows: slot..<slot + 1)
    }
    for threads in [1, 2, 3] {
      withComputeThreads(threads) {
        expectSame(slots.attend(last, layer: 0, segments: segments).values, alone)
      }
    }
  }
}
