import Alignment
import LanguageModels
import Tensors
import TestSupport
import Testing

/// The same seed gives the same bits; our own matrix product gives them for any number of threads.
@Suite struct ReproducibilityTests {
  /// Losses of five steps and the weights after them, of a model large enough to be shared by threads.
  private func train(threads: Int) -> (losses: [Float], norms: [Float], weights: [Float]) {
    withComputeThreads(threads) {
      var random = SplitMix64(seed: 31)
      let model = Transformer(
        TransformerConfiguration(
          vocabularySize: 257, width: 64, layers: 2, heads: 4, keyValueHeads: 2, feedForward: 100,
          maximumLength: 128), random: &random)
      let trainer = SupervisedTrainer(
        model, config: Toy.supervised(rate: 1e-2, dropout: 0.1), seed: 32)
      let statistics = (0..<5).map { _ in
        trainer.step(
          (0..<9).map { index in
            let words = (0..<20 + 11 * index).map { _ in
              Int32.random(in: 0..<257, using: &random)
            }
            return SequenceExample(
              prompt: Array(words.prefix(1 + index)), response: Array(words.dropFirst(1 + index)))
          })
      }
      return (
        statistics.map(\.loss), statistics.map(\.gradientNorm), model.parameters.snapshot
      )
    }
  }

  @Test func trainingIsReproducibleBitForBit() {
    let first = train(threads: 2)
    #expect(first.losses.allSatisfy { $0.isFinite } && Set(first.losses).count == 5)
    let second = train(threads: 2)
    #expect(first.losses == second.losses && first.norms == second.norms)
    #expect(first.weights == second.weights)
  }

  @Test(arguments: [2, 3])
  func threadsChangeNothing(threads: Int) {
    let (single, several) = (train(threads: 1), train(threads: threads))
    expectSame(several.losses, single.losses, rounding: 1e-4, "losses")
    expectSame(several.norms, single.norms, rounding: 1e-4, "norms")
    expectSame(several.weights, single.weights, rounding: 1e-3, "weights")
  }
}
