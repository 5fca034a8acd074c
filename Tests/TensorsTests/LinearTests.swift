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
    expectGradient(at: x, shape: [rows, inputs]) { $0.linear(w, scale: -0.5, addedTo: r) }
    expectGradient(at: weight, shape: [outputs, inputs]) { input.linear($0, scale: 2) }
    expectGradient(at: residual, shape: [rows, outputs]) {
      input.linear(w, scale: 2, addedTo: $0)
    }
  }

  @Test(arguments: shapes + [[33, 65, 129]])
  func aBiasIsAddedToEachRow(shape: [Int]) {
    var random = SeededGenerator(seed: 8)
    let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
    let (x, weight) = (random.symmetric(rows * inputs), random.symmetric(outputs * inputs))
    let (bias, residual) = (random.symmetric(outputs), random.symmetric(rows * outputs))
    let product = Reference.linear(x, weight, rows: rows, inputs: inputs, outputs: outputs)
    let expected = product.indices.map { -1.5 * product[$0] + Double(bias[$0 % outputs]) }
    let input = Tensor(x, shape: [rows, inputs])
    let (w, b) = (Tensor(weight, shape: [outputs, inputs]), Tensor(bias, shape: [outputs]))
    let r = Tensor(residual, shape: [rows, outputs])
    for matrix in [w, w.packedForProducts()] {
      expectClose(
        input.linear(matrix, bias: b, scale: -1.5).values, to: expected, within: 1e-5)
      expectClose(
        input.linear(matrix, bias: b, scale: -1.5, addedTo: r).values,
        to: zip(expected, residual).map { $0 + Double($1) }, within: 1e-5)
    }
    guard rows <= 5 else { return }
    expectGradient(at: bias, shape: [outputs]) { input.linear(w, bias: $0) }
    expectGradient(at: bias, shape: [outputs]) { input.linear(w, bias: $0, scale: 2, addedTo: r) }
    expectGradient(at: x, shape: [rows, inputs]) { $0.linear(w, bias: b, addedTo: r) }
    expectGradient(at: residual, shape: [rows, outputs]) { input.linear(w, bias: b, addedTo: $0) }
  }

  @Test(arguments: shapes + [[33, 65, 129]])
  func theScaleIsThatOfTheProductAlone(shape: [Int]) {
    var random = SeededGenerator(seed: 5)
    let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
    let (x, weight) = (random.symmetric(rows * inputs), random.symmetric(outputs * inputs))
    let residual = random.symmetric(rows * outputs)
    let product = Reference.linear(x, weight, rows: rows, inputs: inputs, outputs: outputs)
    let expected = zip(product, residual).map { -1.5 * $0 + Double($1) }
    let (input, r) = (
      Tensor(x, shape: [rows, inputs]), Tensor(residual, shape: [rows, outputs])
    )
    let w = Tensor(weight, shape: [outputs, inputs])
    for matrix in [w, w.packedForProducts()] {
      expectClose(
        input.linear(matrix, scale: -1.5, addedTo: r).values, to: expected, within: 1e-5)
    }
  }

  /// (W + s B A) x is W x + s B (A x).
  @Test(arguments: [[1, 1, 1], [5, 3, 2], [40, 33, 8], [7, 9, 0]])
  func addingAProductOfMatrices(shape: [Int]) {
    var random = SeededGenerator(seed: 6)
    let (outputs, inputs, rank) = (shape[0], shape[1], shape[2])
    let w = Tensor(random.symmetric(outputs * inputs), shape: [outputs, inputs])
    let a = Tensor(random.symmetric(rank * inputs), shape: [rank, inputs])
    let b = Tensor(random.symmetric(outputs * rank), shape: [outputs, rank])
    let x = Tensor(random.symmetric(4 * inputs), shape: [4, inputs])
    let before = w.values
    let sum = w.adding(b, times: a, scale: 0.25)
    expectClose(
      x.linear(sum).values, to: x.linear(a, scale: 0.25).linear(b, addedTo: x.linear(w)).values,
      within: 1e-5)
    #expect(w.values == before && !sum.requiresGradient)
  }

  @Test func nothingIsRecordedForDetachedWeights() {
    let weight = Tensor([1, 2, 3, 4], shape: [2, 2], requiresGradient: true)
    let x = Tensor([5, 6], shape: [1, 2], requiresGradient: true)
    #expect(!Tensor([5, 6], shape: [1, 2]).linear(weight.detached).requiresGradient)
    x.linear(weight.detached).backward([1, 1])
    #expect(x.gradient == [4, 6] && weight.gradient == [0, 0, 0, 0])
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
      let bias = Tensor([1, 2], shape: [2])
      _ = Tensor([1, 2], shape: [1, 2]).linear(Tensor([1, 2], shape: [1, 2]), bias: bias)
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2], shape: [1, 2]).linear(Tensor([1, 2, 3], shape: [1, 3]))
    }
    await #expect(processExitsWith: .failure) {
      let residual = Tensor([1, 2], shape: [1, 2])
      _ = Tensor([1, 2], shape: [1, 2]).linear(Tensor([1, 2], shape: [1, 2]), addedTo: residual)
    }
  }
}
