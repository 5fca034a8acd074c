import Tensors
import TestSupport
import Testing

@Suite struct ComputeThreadsTests {
  /// Result and gradients of a block with every operation, large enough to be shared by threads.
  private func run() -> [[Float]] {
    var random = SeededGenerator(seed: 1)
    let layout = AttentionLayout(heads: 4, keyValueHeads: 2, headWidth: 16)
    let leaf = { (shape: [Int], random: inout SeededGenerator) in
      Tensor(
        random.symmetric(shape.reduce(1, *), scale: 0.25), shape: shape, requiresGradient: true)
    }
    let x = leaf([301, 64], &random)
    let norm = leaf([64], &random)
    let projection = leaf([layout.projectionWidth, 64], &random)
    let output = leaf([64, 64], &random)
    let gate = leaf([256, 64], &random)
    let down = leaf([64, 128], &random)
    let head = leaf([999, 64], &random)
    let offsets = [0, 100, 100, 101, 301]
    let positions = zip(offsets, offsets.dropFirst()).flatMap { 0..<($1 - $0) }
    let table = RotaryTable(headWidth: 16, base: 10_000, length: 200)
    let attended = x.rmsNorm(norm, epsilon: 1e-5)
      .rotatedLinear(projection, table, positions: positions, heads: 6)
      .causalAttention(layout, offsets: offsets).linear(output, addedTo: x)
    let result = attended.linear(gate).swiGLU().linear(down, addedTo: attended)
      .tokenLogProbs(head: head, targets: (0..<301).map { Int32($0) })
    result.backward(random.symmetric(result.count))
    return [result.values]
      + [x, norm, projection, output, gate, down, head].map { $0.gradient ?? [] }
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    let single = withComputeThreads(1, run)
    for count in [2, 5] {
      for (found, expected) in zip(withComputeThreads(count, run), single) {
        expectSame(found, expected, "\(count) threads")
      }
    }
  }

  @Test func thereIsAlwaysOneThread() async {
    await #expect(processExitsWith: .success) {
      ComputeThreads.count = -3
      precondition(ComputeThreads.count == 1)
    }
  }

  @Test func theLibraryIsThere() throws {
    let library = try OpenBLAS.shared()
    #expect(!library.coreName.isEmpty && library.library.contains("openblas"))
  }
}
