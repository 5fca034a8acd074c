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

  @Test func agreesWithGolden() throws {
    let layout = AttentionLayout(heads: 4, keyValueHeads: 2, headWidth: 6)
    try expectGolden("causalAttention") { $0[0].causalAttention(layout, offsets: [0, 3, 3, 4, 9]) }
  }

  @Test(arguments: small + long)
  func agreesWithReference(shape: Shape) {
    var random = SeededGenerator(seed: 1)
    let x = random.symmetric(shape.rows * shape.layout.projectionWidth, scale: 2)
    let found = Tensor(x, shape: [shape.rows, shape.layout.projectionWidth])
      .causalAttention(shape.layout, offsets: shape.offsets)
    #expect(found.shape == [shape.rows, shape.layout.queryWidth])
    expectClose(
      found.values, to: Reference.causalAttention(x, shape.layout, offsets: shape.offsets))
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
