import Tensors
import TestSupport
import Testing

@Suite struct RotaryTests {
  @Test func agreesWithGolden() throws {
    let table = RotaryTable(headWidth: 6, base: 10_000, length: 101)
    try expectGolden("rotary") { $0[0].rotary(table, positions: [0, 5, 100], heads: 2) }
  }

  @Test(arguments: [[1, 1, 2, 0], [5, 3, 8, 3], [0, 2, 4, 1], [130, 4, 32, 64]])
  func agreesWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let (rows, heads, headWidth, rest) = (shape[0], shape[1], shape[2], shape[3])
    let positions = (0..<rows).map { _ in Int.random(in: 0..<500, using: &random) }
    let width = heads * headWidth + rest
    let x = random.symmetric(rows * width)
    let table = RotaryTable(headWidth: headWidth, base: 500, length: 500)
    let found = Tensor(x, shape: [rows, width]).rotary(table, positions: positions, heads: heads)
    let expected = Reference.rotary(
      x, headWidth: headWidth, base: 500, positions: positions, heads: heads)
    expectClose(found.values, to: expected)
  }

  @Test(arguments: [[1, 1, 2, 0], [3, 2, 6, 5], [0, 2, 4, 1]])
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 2)
    let (rows, heads, headWidth) = (shape[0], shape[1], shape[2])
    let width = heads * headWidth + shape[3]
    let table = RotaryTable(headWidth: headWidth, base: 100, length: 10)
    let positions = (0..<rows).map { 3 * $0 }
    let x = random.symmetric(rows * width)
    expectGradient(at: x, shape: [rows, width]) {
      $0.rotary(table, positions: positions, heads: heads)
    }
    // A second use, so that the gradient meets one that is already there.
    let second = Tensor(random.symmetric(width * width), shape: [width, width])
    expectGradient(at: x, shape: [rows, width]) {
      $0.linear(second, addedTo: $0.rotary(table, positions: positions, heads: heads))
    }
  }

  @Test func scoresDependOnTheDistanceAlone() {
    var random = SeededGenerator(seed: 3)
    let table = RotaryTable(headWidth: 8, base: 10_000, length: 60)
    let (q, k) = (random.symmetric(8), random.symmetric(8))
    let scores = [0, 7, 40].map { shift in
      let rows = Tensor(q + k, shape: [2, 8])
        .rotary(table, positions: [shift + 11, shift], heads: 1).values
      return Array(rows[0..<8]).weightedSum(Array(rows[8...]))
    }
    #expect(abs(scores[0] - scores[1]) < 1e-6 && abs(scores[0] - scores[2]) < 1e-6)
  }

  @Test func aPositionOutsideStops() async {
    await #expect(processExitsWith: .failure) {
      let table = RotaryTable(headWidth: 2, base: 10, length: 4)
      _ = Tensor([1, 2], shape: [1, 2]).rotary(table, positions: [4], heads: 1)
    }
  }
}
