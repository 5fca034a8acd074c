import Tensors
import TestSupport
import Testing

@Suite struct CausalAttentionTests {
  /// Heads, key heads, head width; then the lengths of the sequences.
  struct Shape: Sendable, CustomTestStringConvertible {
    let heads, keyHeads, width: Int
    let lengths: [Int]

    var layout: AttentionLayout {
      AttentionLayout(heads: heads, keyValueHeads: keyHeads, headWidth: width)
    }
    var offsets: [Int] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }
    var rows: Int { lengths.reduce(0, +) }
    var testDescription: String { "\(heads)/\(keyHeads)×\(width), \(lengths)" }
  }

  static let small = [
    Shape(heads: 1, keyHeads: 1, width: 2, lengths: [1]),
    Shape(heads: 2, keyHeads: 2, width: 3, lengths: [0, 3, 0, 1]),
    Shape(heads: 4, keyHeads: 2, width: 5, lengths: [2, 4]),
    Shape(heads: 3, keyHeads: 1, width: 17, lengths: [3]),
    Shape(heads: 2, keyHeads: 1, width: 4, lengths: []),
  ]
  static let long = [
    Shape(heads: 2, keyHeads: 1, width: 4, lengths: [63, 64, 65]),
    Shape(heads: 4, keyHeads: 2, width: 33, lengths: [130, 0, 1, 200]),
  ]

  /// Lengths around the blocks of queries and keys, widths around those of vectors, one key head to
  /// all.
  static let wide = [
    Shape(heads: 1, keyHeads: 1, width: 8, lengths: [1, 2]),
    Shape(heads: 4, keyHeads: 2, width: 12, lengths: [63, 64, 65]),
    Shape(heads: 4, keyHeads: 4, width: 16, lengths: [127, 0, 128, 129]),
    Shape(heads: 6, keyHeads: 3, width: 20, lengths: [65, 1, 0]),
    Shape(heads: 8, keyHeads: 1, width: 64, lengths: [128, 3]),
    Shape(heads: 3, keyHeads: 3, width: 128, lengths: [129]),
    Shape(heads: 2, keyHeads: 1, width: 8, lengths: [255, 256, 257, 320]),
    Shape(heads: 3, keyHeads: 1, width: 12, lengths: [1000]),
    Shape(heads: 1, keyHeads: 1, width: 8, lengths: [4096]),
  ]

  @Test func agreesWithGolden() throws {
    let layout = AttentionLayout(heads: 4, keyValueHeads: 2, headWidth: 6)
    try expectGolden("causalAttention") { $0[0].causalAttention(layout, offsets: [0, 3, 3, 4, 9]) }
  }

  @Test(arguments: small + long + wide)
  func agreesWithReference(shape: Shape) {
    var random = SeededGenerator(seed: 1)
    let x = random.symmetric(shape.rows * shape.layout.projectionWidth, scale: 2)
    let input = Tensor(
      x, shape: [shape.rows, shape.layout.projectionWidth], requiresGradient: true)
    let found = input.causalAttention(shape.layout, offsets: shape.offsets)
    #expect(found.shape == [shape.rows, shape.layout.queryWidth])
    expectClose(
      found.values, to: Reference.causalAttention(x, shape.layout, offsets: shape.offsets))
    let upstream = random.symmetric(found.count)
    found.backward(upstream)
    let expected = Reference.causalAttentionGradient(
      x, shape.layout, offsets: shape.offsets, upstream: upstream)
    // Sums of as many terms as there are rows.
    expectClose(input.gradient ?? [], to: expected, within: 1e-5)
  }

  @Test func threadsChangeNothing() {
    let shape = Self.wide[1]
    let results = [1, 2, 3, 5].map { threads in
      withComputeThreads(threads) {
        var random = SeededGenerator(seed: 4)
        let width = shape.layout.projectionWidth
        let x = Tensor(
          random.symmetric(shape.rows * width), shape: [shape.rows, width], requiresGradient: true)
        let result = x.causalAttention(shape.layout, offsets: shape.offsets)
        result.backward(random.symmetric(result.count))
        return [result.values, x.gradient ?? []]
      }
    }
    for other in results.dropFirst() {
      for (found, expected) in zip(other, results[0]) { expectSame(found, expected) }
    }
  }

  @Test(arguments: small + long)
  func gradient(shape: Shape) {
    var random = SeededGenerator(seed: 2)
    let x = random.symmetric(shape.rows * shape.layout.projectionWidth)
    let result = shape.rows * shape.layout.queryWidth
    // A weighted sum over thousands of results would drown the slope in their rounding.
    let upstream = random.symmetric(result).enumerated()
      .map { $0.offset % max(1, result / 200) == 0 ? $0.element : 0 }
    expectGradient(
      at: x, shape: [shape.rows, shape.layout.projectionWidth], upstream: upstream, limit: 100
    ) { $0.causalAttention(shape.layout, offsets: shape.offsets) }
  }

  @Test func largeScoresStayFinite() {
    let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 2)
    let x = Tensor(
      [300, 300, 300, 300, 1, 2, -300, 300, 0, 300, 3, 4], shape: [2, 6], requiresGradient: true)
    let result = x.causalAttention(layout, offsets: [0, 2])
    expectClose(result.values, to: [1, 2, 3, 4] as [Double])
    result.backward([1, 1, 1, 1])
    #expect(x.gradient?.allSatisfy { $0.isFinite } == true)
  }

  @Test func laterTokensAndOtherSequencesChangeNothing() {
    var random = SeededGenerator(seed: 3)
    let layout = AttentionLayout(heads: 2, keyValueHeads: 1, headWidth: 4)
    let x = random.symmetric(7 * 16)
    let both = Tensor(x, shape: [7, 16]).causalAttention(layout, offsets: [0, 5, 7]).values
    let alone = Tensor(Array(x[..<48]), shape: [3, 16])
      .causalAttention(layout, offsets: [0, 3]).values
    expectClose(Array(both[..<24]), to: alone, within: 1e-6)
  }

  @Test func offsetsThatMissRowsStop() async {
    await #expect(processExitsWith: .failure) {
      let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 1)
      _ = Tensor([1, 2, 3], shape: [1, 3]).causalAttention(layout, offsets: [0, 2])
    }
    await #expect(processExitsWith: .failure) {
      let layout = AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: 1)
      _ = Tensor([1, 2, 3], shape: [1, 3]).causalAttention(layout, offsets: [0, 9, 1])
    }
  }
}
