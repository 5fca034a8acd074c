import Tensors
import TestSupport
import Testing

@Suite struct RotaryTests {
  /// Rows, rotated heads, head width, columns that stay.
  static let shapes = [
    [1, 1, 2, 0], [3, 2, 6, 5], [0, 2, 4, 1], [2, 0, 4, 3], [5, 3, 16, 1], [2, 1, 34, 15],
  ]

  @Test func agreesWithGolden() throws {
    let table = RotaryTable(headWidth: 6, base: 10_000, length: 101)
    try expectGolden("rotary") { $0[0].rotated(table, positions: [0, 5, 100], heads: 2) }
  }

  /// Positions are computed when they are first asked for, in any order.
  @Test func aLongTableGrows() {
    let (short, long) = (
      RotaryTable(headWidth: 4, base: 100, length: 3_000),
      RotaryTable(headWidth: 4, base: 100, length: 10_000_000)
    )
    var random = SeededGenerator(seed: 6)
    for last in [0, 255, 256, 2_999, 7, 1_024] {
      let x = Tensor(random.symmetric(8), shape: [2, 4])
      let found = x.rotated(long, positions: [last, 0], heads: 1)
      expectSame(found.values, x.rotated(short, positions: [last, 0], heads: 1).values)
      expectClose(
        found.values,
        to: Reference.rotary(
          x.values, headWidth: 4, base: 100, positions: [last, 0], heads: 1))
    }
  }

  @Test func frequenciesAreTakenAsTheyAre() {
    let table = RotaryTable(frequencies: [0.5, 0.05], length: 10)
    let usual = RotaryTable(headWidth: 4, base: 100, length: 10)
    let x = Tensor([1, 2, 3, 4], shape: [1, 4])
    // Half the speed at twice the position.
    expectClose(
      x.rotated(table, positions: [8], heads: 1).values,
      to: x.rotated(usual, positions: [4], heads: 1).values)
  }

  @Test(arguments: shapes + [[130, 4, 32, 64], [65, 1, 130, 0]])
  func agreesWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let (rows, heads, headWidth, rest) = (shape[0], shape[1], shape[2], shape[3])
    let positions = (0..<rows).map { _ in Int.random(in: 0..<500, using: &random) }
    let width = heads * headWidth + rest
    let x = random.symmetric(rows * width)
    let table = RotaryTable(headWidth: headWidth, base: 500, length: 500)
    let input = Tensor(x, shape: [rows, width])
    let found = input.rotated(table, positions: positions, heads: heads)
    let expected = Reference.rotary(
      x, headWidth: headWidth, base: 500, positions: positions, heads: heads)
    expectClose(found.values, to: expected)
    let weight = random.symmetric(width * width)
    let mapped = input.rotatedLinear(
      Tensor(weight, shape: [width, width]), table, positions: positions, heads: heads)
    let linear = Reference.linear(x, weight, rows: rows, inputs: width, outputs: width)
    expectClose(
      mapped.values,
      to: Reference.rotary(
        linear, headWidth: headWidth, base: 500, positions: positions, heads: heads),
      within: 1e-5)
    let residual = random.symmetric(rows * width)
    let added = input.rotatedLinear(
      Tensor(weight, shape: [width, width]), table, positions: positions, heads: heads,
      addedTo: Tensor(residual, shape: [rows, width]))
    expectClose(
      added.values,
      to: Reference.rotary(
        zip(linear, residual).map { $0 + Double($1) }, headWidth: headWidth, base: 500,
        positions: positions, heads: heads), within: 1e-5)
  }

  @Test(arguments: shapes)
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 2)
    let (rows, heads, headWidth) = (shape[0], shape[1], shape[2])
    let width = heads * headWidth + shape[3]
    let table = RotaryTable(headWidth: headWidth, base: 100, length: 20)
    let positions = (0..<rows).map { 3 * $0 }
    let x = random.symmetric(rows * width)
    expectGradient(at: x, shape: [rows, width]) {
      $0.rotated(table, positions: positions, heads: heads)
    }
    let weight = random.symmetric(width * width)
    let w = Tensor(weight, shape: [width, width])
    // A second use, so that the gradient meets one that is already there.
    expectGradient(at: x, shape: [rows, width]) {
      $0.linear(w, addedTo: $0.rotatedLinear(w, table, positions: positions, heads: heads))
    }
    let input = Tensor(x, shape: [rows, width])
    expectGradient(at: weight, shape: [width, width]) {
      input.rotatedLinear($0, table, positions: positions, heads: heads)
    }
    // The residual alone, and one that is also the input.
    expectGradient(at: x, shape: [rows, width]) {
      input.rotatedLinear(w, table, positions: positions, heads: heads, addedTo: $0)
    }
    expectGradient(at: x, shape: [rows, width]) {
      $0.rotatedLinear(w, table, positions: positions, heads: heads, addedTo: $0)
    }
  }

  @Test func scoresDependOnTheDistanceAlone() {
    var random = SeededGenerator(seed: 3)
    let table = RotaryTable(headWidth: 8, base: 10_000, length: 60)
    let (q, k) = (random.symmetric(8), random.symmetric(8))
    let scores = [0, 7, 40].map { shift in
      let rows = Tensor(q + k, shape: [2, 8])
        .rotated(table, positions: [shift + 11, shift], heads: 1).values
      return Array(rows[0..<8]).weightedSum(Array(rows[8...]))
    }
    #expect(abs(scores[0] - scores[1]) < 1e-6 && abs(scores[0] - scores[2]) < 1e-6)
  }

  @Test func aPositionOutsideStops() async {
    await #expect(processExitsWith: .failure) {
      let table = RotaryTable(headWidth: 2, base: 10, length: 4)
      _ = Tensor([1, 2], shape: [1, 2]).rotated(table, positions: [4], heads: 1)
    }
  }
}

extension Tensor {
  /// The rotation alone: the map is the identity.
  fileprivate func rotated(_ table: RotaryTable, positions: [Int], heads: Int) -> Tensor {
    let width = shape[1]
    let identity = (0..<width * width).map { $0 % (width + 1) == 0 ? Float(1) : 0 }
    return rotatedLinear(
      Tensor(identity, shape: [width, width]), table, positions: positions, heads: heads)
  }
}
