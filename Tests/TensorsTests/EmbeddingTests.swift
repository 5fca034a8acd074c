import Tensors
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  @Test func agreesWithGolden() throws {
    try expectGolden("rows") { $0[0].rows([4, 0, 4, 2]) }
  }

  @Test func takesRowsInTheOrderAsked() {
    let table = Tensor([0, 1, 10, 11, 20, 21], shape: [3, 2])
    #expect(table.rows([2, 0, 2]).values == [20, 21, 0, 1, 20, 21])
    #expect(table.rows([Int32]()).shape == [0, 2])
  }

  @Test(arguments: [
    [1, 1, 1], [5, 19, 7], [3, 4, 0], [40, 33, 100], [4, 2, 3], [3, 15, 4], [2, 16, 9],
    [9, 17, 1], [3, 130, 3],
  ])
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 1)
    let values = random.symmetric(shape[0] * shape[1])
    let indices = (0..<shape[2]).map { _ in Int.random(in: 0..<shape[0], using: &random) }
    expectGradient(at: values, shape: [shape[0], shape[1]]) { $0.rows(indices) }
  }

  @Test func gradientOfARepeatedRowIsTheSum() {
    let table = Tensor([1, 2, 3], shape: [3, 1], requiresGradient: true)
    table.rows([1, 1, 2]).backward([1, 10, 100])
    #expect(table.gradient == [0, 11, 100])
  }

  @Test func anIndexOutsideStops() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [2, 1]).rows([2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [2, 1]).rows([-1]) }
  }
}
