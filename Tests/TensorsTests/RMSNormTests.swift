import Tensors
import TestSupport
import Testing

@Suite struct RMSNormTests {
  static let shapes = [
    [1, 1], [3, 5], [2, 37], [4, 16], [0, 3], [5, 1], [3, 2], [2, 15], [2, 17], [65, 3], [1, 130],
  ]

  @Test func agreesWithGolden() throws {
    try expectGolden("rmsNorm") { $0[0].rmsNorm($0[1], epsilon: 1e-5) }
  }

  @Test(arguments: shapes + [[300, 129]])
  func agreesWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let x = random.symmetric(shape[0] * shape[1], scale: 4)
    let weight = random.symmetric(shape[1], scale: 2)
    let found = Tensor(x, shape: shape).rmsNorm(Tensor(weight, shape: [shape[1]]), epsilon: 1e-5)
    #expect(found.shape == shape)
    expectClose(found.values, to: Reference.rmsNorm(x, weight, epsilon: 1e-5))
  }

  @Test(arguments: shapes)
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 2)
    // Away from zero: around a row of zeros the third derivative is of order 1/ε.
    let x = random.symmetric(shape[0] * shape[1]).map { $0 < 0 ? $0 - 1 : $0 + 1 }
    let weight = random.symmetric(shape[1])
    let (input, w) = (Tensor(x, shape: shape), Tensor(weight, shape: [shape[1]]))
    expectGradient(at: x, shape: shape) { $0.rmsNorm(w, epsilon: 0.1) }
    expectGradient(at: weight, shape: [shape[1]]) { input.rmsNorm($0, epsilon: 0.1) }
  }

  @Test func aRowOfZerosStaysZero() {
    let weight = Tensor([1, 2, 3], shape: [3])
    let x = Tensor([0, 0, 0], shape: [1, 3], requiresGradient: true)
    let result = x.rmsNorm(weight, epsilon: 1e-5)
    #expect(result.values == [0, 0, 0])
    result.backward([1, 1, 1])
    #expect(x.gradient?.allSatisfy { $0.isFinite } == true)
  }
}
