import Tensors
import TestSupport
import Testing

/// Gradients reach memory that holds anything, zeros, or earlier terms: each operation writes or adds
/// as it should, for widths around those of vectors.
@Suite struct AccumulationTests {
  /// An operation of tensors of the given shapes.
  struct Operation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [[Int]]
    let apply: @Sendable ([Tensor]) -> Tensor

    init(_ name: String, _ shapes: [[Int]], _ apply: @escaping @Sendable ([Tensor]) -> Tensor) {
      testDescription = "\(name) \(shapes)"
      self.shapes = shapes
      self.apply = apply
    }
  }

  static let operations = [0, 1, 3, 70].flatMap { rows in
    [1, 2, 15, 16, 17, 130].flatMap { operations(rows: rows, width: $0) }
  }

  private static func operations(rows: Int, width: Int) -> [Operation] {
    let (x, square) = ([rows, width], [width, width])
    return [
      Operation("rmsNorm", [x, [width]]) { $0[0].rmsNorm($0[1], epsilon: 0.1) },
      Operation("swiGLU", [[rows, 2 * width]]) { $0[0].swiGLU() },
      Operation("linear", [x, square, x]) { $0[0].linear($0[1], addedTo: $0[2]) },
      Operation("scaled linear", [x, square, x]) {
        $0[0].linear($0[1], scale: 0.5, addedTo: $0[2])
      },
      Operation("rotatedLinear with residual", [x, [2 * width, width], [rows, 2 * width]]) {
        $0[0].rotatedLinear(
          $0[1], RotaryTable(headWidth: 2 * width, base: 100, length: 70),
          positions: Array(0..<rows), heads: 1, addedTo: $0[2])
      },
      Operation("rotatedLinear", [x, [2 * width, width]]) {
        $0[0].rotatedLinear(
          $0[1], RotaryTable(headWidth: 2 * width, base: 100, length: 70),
          positions: Array(0..<rows), heads: 1)
      },
      Operation("linear with bias", [x, square, [width], x]) {
        $0[0].linear($0[1], bias: $0[2], addedTo: $0[3])
      },
      Operation("rotatedNormalizedHeads", [[rows, 8 * width], [2 * width], [2 * width]]) {
        $0[0].rotatedNormalizedHeads(
          AttentionLayout(heads: 2, keyValueHeads: 1, headWidth: 2 * width), queryNorm: $0[1],
          keyNorm: $0[2], epsilon: 0.1, RotaryTable(headWidth: 2 * width, base: 100, length: 70),
          positions: Array(0..<rows))
      },
      Operation("rows", [[4, width]]) { input in
        input[0].rows((0..<rows).map { $0 * $0 % 4 })
      },
      Operation("dropout", [x]) {
        var random = SplitMix64(seed: 5)
        return $0[0].dropout(0.5, using: &random)
      },
      Operation("causalAttention", [[rows, 3 * width]]) {
        $0[0].causalAttention(
          AttentionLayout(heads: 1, keyValueHeads: 1, headWidth: width),
          offsets: [0, rows / 3, rows / 3, rows])
      },
      Operation("tokenLogProbs", [x, [width + 3, width]]) {
        $0[0].tokenLogProbs(
          head: $0[1], targets: (0..<rows).map { Int32($0 % (width + 3)) }, temperature: 0.75)
      },
    ]
  }

  private func values(_ operation: Operation) -> [[Float]] {
    var random = SeededGenerator(seed: 1)
    return operation.shapes.map { random.symmetric($0.reduce(1, *)) }
  }

  private func leaves(_ operation: Operation) -> [Tensor] {
    zip(values(operation), operation.shapes).map {
      Tensor($0, shape: $1, requiresGradient: true)
    }
  }

  private func upstream(_ result: Tensor, seed: UInt64) -> [Float] {
    var random = SeededGenerator(seed: seed)
    return random.symmetric(result.count)
  }

  /// The gradients of fresh leaves, whose memory was used before.
  private func gradients(_ operation: Operation, seed: UInt64) -> [[Float]] {
    for shape in operation.shapes { leaveUsedMemory(count: shape.reduce(1, *)) }
    let leaves = leaves(operation)
    let result = operation.apply(leaves)
    result.backward(upstream(result, seed: seed))
    return leaves.map { $0.gradient ?? [] }
  }

  private func sums(_ a: [[Float]], _ b: [[Float]]) -> [[Double]] {
    zip(a, b).map { zip($0, $1).map { Double($0) + Double($1) } }
  }

  private func expectGradients(
    _ found: [[Float]], _ expected: [[Double]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      expectClose(
        found, to: expected, within: 1e-5, "input \(index)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: operations)
  func aSecondGradientAddsToTheFirst(operation: Operation) {
    let leaves = leaves(operation)
    for seed: UInt64 in [2, 3] {
      let result = operation.apply(leaves)
      result.backward(upstream(result, seed: seed))
    }
    expectGradients(
      leaves.map { $0.gradient ?? [] },
      sums(gradients(operation, seed: 2), gradients(operation, seed: 3)))
  }

  @Test(arguments: operations)
  func gradientsInParameterStorageAreTheSame(operation: Operation) {
    let storage = ParameterStorage(operation.shapes.enumerated().map { ("\($0)", $1) })
    storage.snapshot = Array(values(operation).joined())
    let parameters = operation.shapes.indices.map { storage["\($0)"] }
    let result = operation.apply(parameters)
    result.backward(upstream(result, seed: 2))
    let expected = gradients(operation, seed: 2).map { $0.map(Double.init) }
    expectGradients(parameters.map { $0.gradient ?? [] }, expected)
  }

  /// Two uses of results within one record: y + y by a residual, whose gradient changes hands.
  @Test(arguments: operations)
  func twoUsesInOneRecordAdd(operation: Operation) {
    let leaves = leaves(operation)
    let inputs = leaves.map { leaf in
      leaf.shape.count == 2 ? leaf.rows(Array(0..<leaf.shape[0])) : leaf
    }
    let (first, second) = (operation.apply(inputs), operation.apply(inputs))
    let width = first.shape[1]
    let identity = (0..<width * width).map { $0 % (width + 1) == 0 ? Float(1) : 0 }
    let sum = first.linear(Tensor(identity, shape: [width, width]), addedTo: second)
    for shape in operation.shapes { leaveUsedMemory(count: shape.reduce(1, *)) }
    sum.backward(upstream(sum, seed: 2))
    let once = gradients(operation, seed: 2)
    expectGradients(leaves.map { $0.gradient ?? [] }, sums(once, once))
  }
}
