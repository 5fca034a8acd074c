import Tensors
import TestSupport
import Testing

@Suite struct DropoutTests {
  @Test func zeroProbabilityChangesNothingAndDrawsNothing() {
    var random = SplitMix64(seed: 1)
    let input = Tensor([1, 2, 3], shape: [3])
    #expect(input.dropout(0, using: &random) === input)
    #expect(random == SplitMix64(seed: 1))
  }

  @Test(arguments: [Float(0.1), 0.5, 0.9])
  func dropsTheShareAndKeepsTheMean(probability: Float) {
    var random = SplitMix64(seed: 2)
    let count = 40_000
    let ones = Tensor([Float](repeating: 1, count: count), shape: [count])
    let values = ones.dropout(probability, using: &random).values
    let dropped = Double(values.filter { $0 == 0 }.count) / Double(count)
    // Five standard deviations of a share of 40,000 draws.
    let p = Double(probability)
    #expect(abs(dropped - p) < 5 * (p * (1 - p) / Double(count)).squareRoot())
    let kept = Set(values).subtracting([0])
    #expect(kept.count == 1 && abs((kept.first ?? 0) - 1 / (1 - probability)) < 1e-3)
  }

  @Test(arguments: [[1, 1], [3, 5], [0, 2], [1, 2], [2, 15], [1, 16], [3, 17], [2, 130]])
  func gradient(shape: [Int]) {
    var random = SeededGenerator(seed: 3)
    expectGradient(at: random.symmetric(shape[0] * shape[1]), shape: shape) {
      var same = SplitMix64(seed: 7)
      return $0.dropout(0.5, using: &same)
    }
  }

  @Test func probabilityOneStops() async {
    await #expect(processExitsWith: .failure) {
      var random = SplitMix64(seed: 0)
      _ = Tensor([1], shape: [1]).dropout(1, using: &random)
    }
  }
}
