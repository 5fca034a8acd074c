import Tensors
import TestSupport
import Testing

@Suite struct RecomputingTests {
  /// Result and gradients of a block that reads its input twice, computed once or twice.
  private func run(isRecomputed: Bool, inputIsLeaf: Bool) -> [[Float]] {
    var random = SeededGenerator(seed: 1)
    let leaves = [[5, 8], [8], [16, 8], [8, 8]].map { shape in
      Tensor(random.symmetric(shape.reduce(1, *)), shape: shape, requiresGradient: true)
    }
    let (norm, gate, down) = (leaves[1], leaves[2], leaves[3])
    let block = { (x: Tensor) in
      x.rmsNorm(norm, epsilon: 0.1).linear(gate).swiGLU().linear(down, addedTo: x)
    }
    let input = inputIsLeaf ? leaves[0] : leaves[0].linear(down)
    let result =
      isRecomputed ? input.recomputing(with: [norm, gate, down], block) : block(input)
    // The input and the parameters have another use, before and after.
    let output = result.linear(down, addedTo: input)
    output.backward(random.symmetric(output.count))
    return [output.values] + leaves.map { $0.gradient ?? [] }
  }

  @Test(arguments: [true, false])
  func gradientsAreTheSame(inputIsLeaf: Bool) {
    let plain = run(isRecomputed: false, inputIsLeaf: inputIsLeaf)
    let recomputed = run(isRecomputed: true, inputIsLeaf: inputIsLeaf)
    for (found, expected) in zip(recomputed, plain) { expectClose(found, to: expected) }
    #expect(plain[1].contains { abs($0) > 0.1 })
  }

  @Test func nothingIsRecordedWithoutGradient() {
    let x = Tensor([1, 2], shape: [1, 2], requiresGradient: true)
    let result = withoutGradient { x.recomputing(with: []) { $0.swiGLU() } }
    #expect(!result.requiresGradient)
  }

  @Test func blocksWithinBlocks() {
    var random = SeededGenerator(seed: 2)
    let weight = Tensor(random.symmetric(36), shape: [6, 6])
    expectGradient(at: random.symmetric(12), shape: [2, 6]) { x in
      x.recomputing(with: []) { outer in
        outer.linear(weight).recomputing(with: []) { inner in
          inner.linear(weight, addedTo: inner)
        }
      }
    }
  }
}
