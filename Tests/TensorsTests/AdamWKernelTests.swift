import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct AdamWKernelTests {
  /// Weights, their gradients and their moments.
  private struct State: Equatable {
    var weights, gradients, firstMoments, secondMoments: [Float]

    init(weights: [Float]) {
      self.weights = weights
      gradients = weights.map { _ in 0 }
      (firstMoments, secondMoments) = (gradients, gradients)
    }

    mutating func step(_ coefficients: AdamWCoefficients, in range: Range<Int>? = nil) {
      weights.withUnsafeMutableBufferPointer { weights in
        gradients.withUnsafeMutableBufferPointer { gradients in
          firstMoments.withUnsafeMutableBufferPointer { first in
            secondMoments.withUnsafeMutableBufferPointer { second in
              adamWStep(
                weights: weights, gradients: gradients, firstMoments: first,
                secondMoments: second, range: range ?? weights.indices,
                coefficients: coefficients)
            }
          }
        }
      }
    }
  }

  private func coefficients(step: Int) -> AdamWCoefficients {
    AdamWCoefficients(
      learningRate: 0.01 / Float(step), betas: (0.9, 0.95), epsilon: 1e-8,
      weightDecay: step % 2 == 0 ? 0.1 : 0,
      biasCorrections: (Float(1 - pow(0.9, Double(step))), Float(1 - pow(0.95, Double(step)))),
      gradientScale: step == 3 ? 0.25 : 1)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000, 50_001])
  func agreesWithTheFormula(count: Int) {
    var random = SeededGenerator(seed: 1)
    var state = State(weights: random.symmetric(count))
    var expected = Reference.AdamW(state.weights)
    for step in 1...4 {
      state.gradients = random.symmetric(count, scale: step == 2 ? 1024 : 1)
      expected.step(state.gradients, coefficients(step: step))
      state.step(coefficients(step: step))
      expectClose(state.weights, to: expected.weights)
      expectClose(state.firstMoments, to: expected.firstMoments)
      expectClose(state.secondMoments, to: expected.secondMoments)
      #expect(state.gradients.allSatisfy { $0 == 0 }, "gradients are forgotten")
    }
  }

  @Test func onlyTheRangeMoves() {
    var random = SeededGenerator(seed: 2)
    var state = State(weights: random.symmetric(40))
    state.gradients = random.symmetric(40)
    let before = state
    state.step(coefficients(step: 1), in: 3..<20)
    for index in 0..<40 {
      let isInside = (3..<20).contains(index)
      #expect((state.weights[index] != before.weights[index]) == isInside)
      #expect((state.gradients[index] == 0) == isInside)
      #expect((state.firstMoments[index] != 0) == isInside)
    }
    state.step(coefficients(step: 1), in: 7..<7)
    #expect(state.weights[..<3] == before.weights[..<3])
  }

  /// Without gradients moments decay to zero, and no number on the way is a slow one.
  @Test func momentsVanishInsteadOfBecomingSubnormal() {
    var random = SeededGenerator(seed: 3)
    var state = State(weights: random.symmetric(33))
    state.gradients = random.symmetric(33)
    for step in 1...2000 {
      state.step(coefficients(step: step))
      #expect(!(state.firstMoments + state.secondMoments).contains { $0.isSubnormal })
    }
    #expect((state.firstMoments + state.secondMoments).allSatisfy { $0 == 0 })
    // Subnormal moments from elsewhere vanish as well.
    state.firstMoments = state.firstMoments.map { _ in -.leastNonzeroMagnitude }
    state.secondMoments = state.secondMoments.map { _ in .leastNonzeroMagnitude }
    let before = state.weights
    state.step(coefficients(step: 1))
    #expect((state.firstMoments + state.secondMoments).allSatisfy { $0 == 0 })
    #expect(state.weights == before)
  }

  @Test func threadsChangeNothing() {
    let states = [1, 2, 5].map { threads in
      var random = SeededGenerator(seed: 4)
      var state = State(weights: random.symmetric(70_001))
      state.gradients = random.symmetric(70_001)
      withComputeThreads(threads) { state.step(coefficients(step: 2)) }
      return state
    }
    #expect(states[0] == states[1] && states[1] == states[2])
  }

  @Test func aRangeOutsideStops() async {
    await #expect(processExitsWith: .failure) {
      var state = State(weights: [1, 2])
      state.step(
        AdamWCoefficients(
          learningRate: 1, betas: (0, 0), epsilon: 1, weightDecay: 0, biasCorrections: (1, 1),
          gradientScale: 1), in: 0..<3)
    }
  }
}
