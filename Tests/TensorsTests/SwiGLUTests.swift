import Tensors
import TestSupport
import Testing

@Suite struct SwiGLUTests {
  static let shapes = [
    [1, 1], [3, 5], [2, 35], [0, 4], [3, 2], [2, 15], [2, 16], [2, 17], [1, 130],
  ]

  @Test func agreesWithGolden() throws {
    try expectGolden("swiGLU") { $0[0].swiGLU() }
  }

  @Test(arguments: shapes + [[200, 100]])
  func agreesWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let x = random.symmetric(shape[0] * 2 * shape[1], scale: 8)
    let found = Tensor(x, shape: [shape[0], 2 * shape[1]]).swiGLU()
    #expect(found.shape == shape)
    expectClose(found.values, to: Reference.swiGLU(x, width: shape[1]))
  }

  @Test(arguments: shapes)
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 2)
    let x = random.symmetric(shape[0] * 2 * shape[1], scale: 2)
    expectGradient(at: x, shape: [shape[0], 2 * shape[1]]) { $0.swiGLU() }
  }

  @Test func largeGatesNeitherOverflowNorVanish() {
    let x = Tensor([100, -100, 1e4, -1e4, 1, 1, 1, 1], shape: [1, 8], requiresGradient: true)
    let result = x.swiGLU()
    expectClose(result.values, to: [100, 0, 1e4, 0] as [Double])
    result.backward([1, 1, 1, 1])
    expectClose(x.gradient ?? [], to: [1, 0, 1, 0, 100, 0, 1e4, 0] as [Double])
  }
}
