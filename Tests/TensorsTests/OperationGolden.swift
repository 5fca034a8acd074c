import Tensors
import TestSupport
import Testing

/// One operation's case in `Golden/operations.json`.
private struct OperationCase: Decodable {
  let seed: UInt64
  let scale: Float
  let shapes: [[Int]]
  let output: [Double]
  let gradients: [[Double]]
}

private struct OperationGolden: Decodable {
  let cases: [String: OperationCase]
}

/// Compares result and gradients with those of numpy in float64, element by element.
func expectGolden(
  _ name: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: ([Tensor]) -> Tensor
) throws {
  let golden = try readGolden("operations", as: OperationGolden.self)
  let expected = try #require(golden.cases[name], sourceLocation: sourceLocation)
  var random = SeededGenerator(seed: expected.seed)
  let inputs = expected.shapes.map { shape in
    Tensor(
      random.symmetric(shape.reduce(1, *), scale: expected.scale), shape: shape,
      requiresGradient: true)
  }
  let result = operation(inputs)
  expectClose(result.values, to: expected.output, "result", sourceLocation: sourceLocation)
  result.backward(random.symmetric(result.count))
  for (input, gradient) in zip(inputs, expected.gradients) {
    expectClose(
      input.gradient ?? [], to: gradient, within: 5e-6, "gradient of \(input.shape)",
      sourceLocation: sourceLocation)
  }
}
