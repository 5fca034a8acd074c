import Tensors
import TestSupport
import Testing

@Suite struct AutogradTests {
  private let weight = Tensor([1, 2, 3, 4], shape: [2, 2])

  @Test func gradientsOfTwoUsesOfOneTensorAdd() {
    // y = x + W x, so that dx = g + Wᵀ g.
    let x = Tensor([5, 6], shape: [1, 2], requiresGradient: true)
    x.linear(weight, addedTo: x).backward([1, 10])
    #expect(x.gradient == [1 + 31, 10 + 42])
  }

  @Test func gradientsOfTwoGraphsAdd() {
    let x = Tensor([5, 6], shape: [1, 2], requiresGradient: true)
    x.linear(weight).backward([1, 0])
    x.linear(weight).backward([0, 1])
    #expect(x.gradient == [1 + 3, 2 + 4])
  }

  @Test func gradientsMeetBehindABranch() {
    // The two branches have different depths, and both end in the same intermediate result.
    var random = SeededGenerator(seed: 1)
    let first = Tensor(random.symmetric(25), shape: [5, 5])
    expectGradient(at: random.symmetric(15), shape: [3, 5]) { x in
      let shared = x.linear(first)
      let long = shared.linear(first).linear(first)
      return shared.rows([2, 0, 1]).linear(first, addedTo: long).linear(first, addedTo: shared)
    }
  }

  @Test func aSecondCallOnTheSameTensorDoesNothing() {
    let x = Tensor([5, 6], shape: [1, 2], requiresGradient: true)
    let y = x.linear(weight)
    y.backward([1, 0])
    y.backward([1, 0])
    #expect(x.gradient == [1, 2])
  }

  @Test func withoutGradientRecordsNothing() {
    let x = Tensor([5, 6], shape: [1, 2], requiresGradient: true)
    let y = withoutGradient { x.linear(weight) }
    #expect(!y.requiresGradient)
    y.backward([1, 1])
    #expect(x.gradient == [0, 0])
    #expect(x.linear(weight).requiresGradient)
  }

  @Test func aLeafWithoutGradientCollectsNone() {
    let x = Tensor([5, 6], shape: [1, 2])
    #expect(x.gradient == nil && !x.linear(weight).requiresGradient)
  }

  @Test func aLongChainDoesNotOverflowTheStack() {
    let x = Tensor([1], shape: [1, 1], requiresGradient: true)
    let one = Tensor([1], shape: [1, 1])
    var y = x
    for _ in 0..<20_000 { y = y.linear(one) }
    y.backward([3])
    #expect(x.gradient == [3])
  }

  @Test func aWrongCountStops() async {
    await #expect(processExitsWith: .failure) {
      Tensor([1, 2], shape: [2], requiresGradient: true).backward([1])
    }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [3]) }
  }
}
