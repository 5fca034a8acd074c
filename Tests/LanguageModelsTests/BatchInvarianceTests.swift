import LanguageModels
import Tensors
import TestSupport
import Testing

/// What a sequence gives does not depend, bit for bit, on the batch, the slot or the threads.
@Suite struct BatchInvarianceTests {
  /// Wide enough that threads share products, rows and heads.
  private let model = Transformer(
    seeded: 21,
    TransformerConfiguration(
      vocabularySize: 1003, width: 64, layers: 2, heads: 4, keyValueHeads: 2, feedForward: 96,
      maximumLength: 300))

  /// Logits after the prompt of each sequence and after each further token, all in one batch.
  private func logits(_ sequences: [[Int32]], slots: [Int]) -> [[Float]] {
    let (packed, vocabulary) = (model.packedWeights(), model.configuration.vocabularySize)
    let cache = KeyValueCache(
      layers: 2, slots: 8, capacity: 200, layout: model.configuration.attention)
    var past = sequences.map { _ in 0 }
    var result = sequences.map { _ in [Float]() }
    for step in 0..<4 {
      var tokens: [Int32] = []
      let segments = sequences.indices.map { index in
        let next = sequences[index][past[index]..<sequences[index].count - 3 + step]
        let rows = tokens.count..<tokens.count + next.count
        tokens += next
        defer { past[index] += next.count }
        return KeyValueCache.Segment(slot: slots[index], past: past[index], rows: rows)
      }
      let hidden = model.hiddenStates(
        continuing: cache, tokens: tokens, segments: segments,
        rows: segments.map { $0.rows.upperBound - 1 }, packed: packed)
      let values = hidden.logits(head: packed.head).values
      for index in sequences.indices {
        result[index] += values[index * vocabulary..<(index + 1) * vocabulary]
      }
    }
    return result
  }

  @Test func logitsAreTheSameAloneAndInABatch() {
    var random = SeededGenerator(seed: 22)
    let sequences = [4, 140, 5, 70, 20].map { randomTokens($0, below: 1003, using: &random) }
    let alone = withComputeThreads(1) {
      sequences.map { logits([$0], slots: [0])[0] }
    }
    for (threads, slots) in [(1, [0, 1, 2, 3, 4]), (2, [7, 3, 0, 5, 1]), (3, [4, 3, 2, 1, 0])] {
      let found = withComputeThreads(threads) { logits(sequences, slots: slots) }
      for (found, expected) in zip(found, alone) {
        expectSame(found, expected, rounding: 1e-4, "\(threads) threads")
      }
    }
  }

  @Test(arguments: [Float(0), 1])
  func tokensAreTheSameAloneAndInABatch(temperature: Float) {
    var random = SeededGenerator(seed: 23)
    let requests = (0..<20).map { index in
      GenerationRequest(
        prompt: randomTokens(1 + index * 37 % 90, below: 1003, using: &random),
        maximumNewTokens: 3 + index % 7, temperature: temperature, seed: UInt64(index))
    }
    let alone = withComputeThreads(1) {
      requests.map { model.generate([$0], endToken: 0)[0] }
    }
    for (threads, slots) in [(1, 3), (1, 64), (2, 1), (2, 7), (2, 64), (5, 64)] {
      let found = withComputeThreads(threads) {
        model.generate(requests, endToken: 0, slots: slots)
      }
      #expect(found == alone, "\(threads) threads, \(slots) slots")
    }
  }

  @Test func likelihoodsAreTheSameAloneAndInABatch() {
    var random = SeededGenerator(seed: 24)
    let requests = (0..<12).map { index in
      ScoringRequest(
        prompt: randomTokens(1 + index * 31 % 60, below: 1003, using: &random),
        answers: [randomTokens(1 + index % 4, below: 1003, using: &random)])
    }
    let alone = withComputeThreads(1) { requests.map { model.score([$0])[0][0].logLikelihood } }
    for threads in [1, 2, 3] {
      let found = withComputeThreads(threads) { model.score(requests).map { $0[0].logLikelihood } }
      // In whole batches a prompt that is one token is one row, with another product.
      expectClose(found.map { Float($0) }, to: alone, within: 1e-6, "\(threads) threads")
    }
  }
}
