import Tensors
import TestSupport
import Testing

@Suite struct LinearTests {
  static let shapes = [[1, 1, 1], [3, 5, 2], [2, 17, 33], [0, 3, 4], [5, 1, 19]]

  @Test func agreesWithGolden() throws {
    try expectGolden("linear") { $0[0].linear($0[1], addedTo: $0[2]) }
  }

  @Test(arguments: [[1, 1, 1], [33, 65, 129], [257, 300, 70], [3, 1, 500], [0, 4, 4]])
  func agreesWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
    let (x, weight) = (random.symmetric(rows * inputs), random.symmetric(outputs * inputs))
    let found = Tensor(x, shape: [rows, inputs]).linear(Tensor(weight, shape: [outputs, inputs]))
    #expect(found.shape == [rows, outputs])
    let expected = Reference.linear(x, weight, rows: rows, inputs: inputs, outputs: outputs)
    expectClose(found.values, to: expected, within: 1e-5)
  }

  @Test(arguments: shapes)
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 2)
    let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
    let x = random.symmetric(rows * inputs)
    let weight = random.symmetric(outputs * inputs)
    let residual = random.symmetric(rows * outputs)
    let w = Tensor(weight, shape: [outputs, inputs])
    let r = Tensor(residual, shape: [rows, outputs])
    expectGradient(at: x, shape: [rows, inputs]) { $0.linear(w) }
    expectGradient(at: x, shape: [rows, inputs]) { $0.linear(w, addedTo: r) }
    let input = Tensor(x, shape: [rows, inputs])
    expectGradient(at: weight, shape: [outputs, inputs]) { input.linear($0) }
    expectGradient(at: weight, shape: [outputs, inputs]) { input.linear($0, addedTo: r) }
    expectGradient(at: residual, shape: [rows, outputs]) { input.linear(w, addedTo: $0) }
  }

  @Test func emptySumIsZeroInReusedMemory() {
    leaveUsedMemory(count: 12)
    let empty = Tensor([], shape: [3, 0]).linear(Tensor([], shape: [4, 0]))
    #expect(empty.values == [Float](repeating: 0, count: 12))
    leaveUsedMemory(count: 12)
    let packed = Tensor([], shape: [4, 0]).packedForProducts()
    #expect(Tensor([], shape: [3, 0]).linear(packed).values == empty.values)
    leaveUsedMemory(count: 12)
    let weight = Tensor([Float](repeating: 1, count: 12), shape: [4, 3], requiresGradient: true)
    Tensor([], shape: [0, 3]).linear(weight).backward([])
    #expect(weight.gradient == [Float](repeating: 0, count: 12))
  }

  /// Rows, inputs, outputs. A row is the same with packed weights, with other rows beside it, and
  /// for any number of threads.
  @Test(
    arguments: [
      [1, 1, 1], [0, 5, 3], [100, 96, 64], [100, 300, 97], [9, 64, 2050], [130, 513, 33],
      [3, 0, 5],
    ], [true, false])
  func aRowDoesNotDependOnTheOthers(shape: [Int], hasResidual: Bool) {
    var random = SeededGenerator(seed: 4)
    let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
    let x = random.symmetric(rows * inputs)
    let weight = Tensor(random.symmetric(outputs * inputs), shape: [outputs, inputs])
    let residual = random.symmetric(rows * outputs)
    let map = { (range: Range<Int>, weight: Tensor) in
      let part = { (values: [Float], width: Int) in
        Tensor(
          Array(values[range.lowerBound * width..<range.upperBound * width]),
          shape: [range.count, width])
      }
      return part(x, inputs)
        .linear(weight, addedTo: hasResidual ? part(residual, outputs) : nil).values
    }
    let packed = withComputeThreads(1) { weight.packedForProducts() }
    let whole = withComputeThreads(1) { map(0..<rows, weight) }
    for threads in [1, 2, 3] {
      withComputeThreads(threads) {
        expectSame(map(0..<rows, weight), whole, "\(threads) threads")
        expectSame(map(0..<rows, weight.packedForProducts()), whole, "packed, \(threads) threads")
        for row in Set([0, rows / 2, rows - 1]) where row >= 0 && row < rows {
          let expected = Array(whole[row * outputs..<(row + 1) * outputs])
          expectSame(map(row..<row + 1, weight), expected, "row \(row)")
          expectSame(map(row..<row + 1, packed), expected, "packed, row \(row)")
        }
      }
    }
  }

  @Test func residualThatIsAlsoTheInput() {
    var random = SeededGenerator(seed: 3)
    let weight = Tensor(random.symmetric(49), shape: [7, 7])
    expectGradient(at: random.symmetric(21), shape: [3, 7]) { $0.linear(weight, addedTo: $0) }
  }

  @Test func wrongShapesStop() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2], shape: [1, 2]).linear(Tensor([1, 2, 3], shape: [1, 3]))
    }
    await #expect(processExitsWith: .failure) {
      let residual = Tensor([1, 2], shape: [1, 2])
      _ = Tensor([1, 2], shape: [1, 2]).linear(Tensor([1, 2], shape: [1, 2]), addedTo: residual)
    }
  }
}
