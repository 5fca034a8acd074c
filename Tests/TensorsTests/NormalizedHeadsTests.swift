import Tensors
import TestSupport
import Testing

@Suite struct NormalizedHeadsTests {
  /// Rows, heads, key heads, head width.
  static let shapes = [
    [1, 1, 1, 2], [3, 2, 1, 6], [0, 2, 2, 4], [70, 4, 2, 16], [5, 3, 3, 34],
  ]

  private struct Case {
    let layout: AttentionLayout
    let positions: [Int]
    let table: RotaryTable
    let x, query, key: [Float]
    var shape: [Int] { [positions.count, layout.projectionWidth] }

    init(_ shape: [Int]) {
      var random = SeededGenerator(seed: 1)
      layout = AttentionLayout(heads: shape[1], keyValueHeads: shape[2], headWidth: shape[3])
      positions = (0..<shape[0]).map { _ in Int.random(in: 0..<50, using: &random) }
      table = RotaryTable(headWidth: shape[3], base: 100, length: 50)
      x = random.symmetric(shape[0] * layout.projectionWidth)
      (query, key) = (random.symmetric(shape[3]), random.symmetric(shape[3]))
    }

    func apply(_ x: Tensor, _ query: Tensor, _ key: Tensor) -> Tensor {
      x.rotatedNormalizedHeads(
        layout, queryNorm: query, keyNorm: key, epsilon: 0.1, table, positions: positions)
    }
  }

  @Test(arguments: shapes)
  func agreesWithReference(shape: [Int]) {
    let c = Case(shape)
    let width = c.layout.headWidth
    let heads = c.layout.heads + 2 * c.layout.keyValueHeads
    var normalized: [Double] = []
    for index in 0..<shape[0] * heads {
      let head = Array(c.x[index * width..<(index + 1) * width])
      switch index % heads {
      case ..<c.layout.heads: normalized += Reference.rmsNorm(head, c.query, epsilon: 0.1)
      case ..<(c.layout.heads + c.layout.keyValueHeads):
        normalized += Reference.rmsNorm(head, c.key, epsilon: 0.1)
      default: normalized += head.map(Double.init)
      }
    }
    let expected = Reference.rotary(
      normalized, headWidth: width, base: 100, positions: c.positions,
      heads: c.layout.heads + c.layout.keyValueHeads)
    let weights = [c.query, c.key].map { Tensor($0, shape: [width]) }
    for threads in [1, 3] {
      withComputeThreads(threads) {
        let found = c.apply(Tensor(c.x, shape: c.shape), weights[0], weights[1])
        expectClose(found.values, to: expected)
      }
    }
  }

  @Test(arguments: shapes)
  func gradient(shape: [Int]) {
    let c = Case(shape)
    let width = [c.layout.headWidth]
    let x = Tensor(c.x, shape: c.shape)
    let (query, key) = (Tensor(c.query, shape: width), Tensor(c.key, shape: width))
    expectGradient(at: c.x, shape: c.shape) { c.apply($0, query, key) }
    expectGradient(at: c.query, shape: width) { c.apply(x, $0, key) }
    expectGradient(at: c.key, shape: width) { c.apply(x, query, $0) }
  }

  @Test func wrongShapesStop() async {
    await #expect(processExitsWith: .failure) {
      let c = Case([3, 2, 1, 6])
      let norm = Tensor([1, 1], shape: [2])
      _ = c.apply(Tensor(c.x, shape: c.shape), norm, norm)
    }
  }
}
