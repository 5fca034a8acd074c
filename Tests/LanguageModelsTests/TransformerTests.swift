import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct TransformerTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let seed: UInt64
      let tied: Bool
      let logits: [Double]
    }
    let sequences: [[Int32]]
    let cases: [Case]
  }

  @Test func agreesWithGolden() throws {
    let golden = try readGolden("transformer", as: Golden.self)
    for expected in golden.cases {
      let model = Transformer(seeded: expected.seed, .tiny(tied: expected.tied))
      // Two layers of sums of 24 terms: some ten roundings of 6e-8 at logits of order 10.
      expectClose(
        model.allLogits(golden.sequences), to: expected.logits, within: 1e-5,
        "tied: \(expected.tied)")
    }
  }

  @Test func aBatchEqualsItsRows() {
    var random = SeededGenerator(seed: 1)
    let model = Transformer(seeded: 2)
    let sequences = [5, 1, 0, 130, 17].map { randomTokens($0, using: &random) }
    expectClose(
      model.allLogits(sequences), to: sequences.flatMap { model.allLogits([$0]) }, within: 1e-5)
  }

  /// What comes later changes nothing, and 4096 tokens are read as few are.
  @Test func aLongSequenceBeginsLikeAShortOne() {
    var random = SeededGenerator(seed: 8)
    let model = Transformer(seeded: 9, .tiny(maximumLength: 4096))
    let tokens = randomTokens(4096, using: &random)
    let long = model.allLogits([tokens])
    for count in [1, 65, 300] {
      expectClose(
        Array(long[..<(count * 37)]), to: model.allLogits([Array(tokens[..<count])]), within: 1e-5)
    }
    #expect(long.allSatisfy { $0.isFinite })
  }

  /// Heads, key heads, head width. The cache gives what the whole sequence gives.
  @Test(arguments: [[1, 1, 8], [3, 1, 12], [4, 4, 16], [6, 2, 20], [2, 1, 64], [1, 1, 128]])
  func tokenByTokenEqualsTheWhole(shape: [Int]) {
    var random = SeededGenerator(seed: 10)
    let configuration = TransformerConfiguration(
      vocabularySize: 257, width: shape[0] * shape[2], layers: 2, heads: shape[0],
      keyValueHeads: shape[1], feedForward: 33, maximumLength: 70)
    let model = Transformer(seeded: 11, configuration)
    // Sums as long as the model is wide stay as large as those of a narrow one.
    model.parameters.snapshot = model.parameters.snapshot.map { $0 / 2 }
    let tokens = randomTokens(70, below: 257, using: &random)
    let cache = KeyValueCache(
      layers: 2, slots: 1, capacity: 70, layout: configuration.attention)
    let found = tokens.indices.flatMap { index in
      model.hiddenStates(
        continuing: cache, tokens: [tokens[index]],
        segments: [.init(slot: 0, past: index, rows: 0..<1)]
      ).logits(head: model.headWeights).values
    }
    expectClose(found, to: model.allLogits([tokens]), within: 1e-4)
  }

  @Test func logProbsAreThoseOfTheLogits() {
    var random = SeededGenerator(seed: 2)
    let model = Transformer(seeded: 3)
    let sequences = [9, 4].map { randomTokens($0, using: &random) }
    let batch = PackedBatch(sequences)
    let responses = ResponseTokens(batch, promptCounts: [4, 1])
    #expect(responses.rows == [3, 4, 5, 6, 7, 9, 10, 11])
    #expect(responses.targets == Array(sequences[0][4...] + sequences[1][1...]))
    #expect(responses.offsets == [0, 5, 8])
    let logits = model.allLogits(sequences).map(Double.init)
    let chosen = responses.rows.flatMap { logits[$0 * 37..<($0 + 1) * 37] }
    let expected = Reference.tokenLogProbs(
      logits: chosen, targets: responses.targets, temperature: 0.5)
    expectClose(
      model.logProbs(batch, of: responses, temperature: 0.5).values, to: expected, within: 1e-5)
  }

  /// Gradients of some elements of every parameter, through the whole model.
  @Test(arguments: [true, false], [TransformerHead.tokens, .scalar])
  func gradient(tied: Bool, head: TransformerHead) {
    var random = SeededGenerator(seed: 4)
    let model = Transformer(seeded: 5, .tiny(tied: tied), head: head)
    let batch = PackedBatch([7, 1, 12].map { randomTokens($0, using: &random) })
    let responses = ResponseTokens(batch, promptCounts: [3, 1, 5])
    let compute = {
      head == .tokens
        ? model.logProbs(batch, of: responses) : model.scalars(batch, at: responses.rows)
    }
    let result = compute()
    let upstream = random.symmetric(result.count, scale: 0.125)
    result.backward(upstream)
    expectGradients(of: model, compute, upstream: upstream, elements: 6, using: &random)
  }

  @Test func aScalarHeadStartsAtZero() {
    var random = SplitMix64(seed: 1)
    let model = Transformer(.tiny(), head: .scalar, random: &random)
    let batch = PackedBatch([[1, 2, 3], [4]])
    let scalars = model.scalars(batch, at: [2, 3, 0])
    #expect(scalars.shape == [3, 1] && scalars.values == [0, 0, 0])
    #expect(scalars.requiresGradient)
  }

  @Test func copiesHaveTheirOwnWeights() {
    let model = Transformer(seeded: 6, .tiny(tied: false))
    let copy = model.copy()
    #expect(copy.parameters.snapshot == model.parameters.snapshot)
    copy.parameters["norm"].backward([Float](repeating: 1, count: 24))
    copy.parameters.withBuffers { weights, _ in weights[0] += 1 }
    #expect(copy.parameters.snapshot != model.parameters.snapshot)
    #expect(model.parameters.squaredGradientNorm == 0)
    let scalar = model.copy(head: .scalar)
    #expect(scalar.headWeights.shape == [1, 24])
    #expect(scalar.headWeights.values.allSatisfy { $0 == 0 })
    #expect(scalar.parameters["layers.1.down"].values == model.parameters["layers.1.down"].values)
  }

  @Test func initialWeightsFollowTheirDeviation() {
    var random = SplitMix64(seed: 2)
    let model = Transformer(.tiny(), random: &random)
    for entry in model.parameters.entries {
      let values = model.parameters[entry.name].values
      if entry.shape.count == 1 {
        #expect(values.allSatisfy { $0 == 1 })
        continue
      }
      let residual = entry.name.hasSuffix("attentionOutput") || entry.name.hasSuffix("down")
      let expected = 0.02 * (residual ? 0.5 : 1)
      let square = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
      // The deviation of 480 numbers or more is known to 3 %: five of these.
      #expect(abs(square.squareRoot() / expected - 1) < 0.16, "\(entry.name)")
    }
  }

  @Test func dropoutFollowsItsGenerator() {
    let model = Transformer(seeded: 7)
    let batch = PackedBatch([[1, 2, 3, 4]])
    let run = { (seed: UInt64) in
      var dropout = Dropout(probability: 0.3, random: SplitMix64(seed: seed))
      return model.hiddenStates(batch, dropout: &dropout).values
    }
    #expect(run(1) == run(1) && run(1) != run(2))
    #expect(run(1) != model.hiddenStates(batch).values)
  }

  @Test(arguments: [
    (TransformerConfiguration.tiny(vocabulary: 0), "vocabularySize is 0, outside 1 to 1000000"),
    (.tiny(maximumLength: -1), "maximumLength is -1, outside 1 to 10000000"),
    (
      TransformerConfiguration(
        vocabularySize: 9, width: 10, layers: 1, heads: 4, keyValueHeads: 2, feedForward: 4,
        maximumLength: 9), "width 10 is not a multiple of heads 4"
    ),
    (
      TransformerConfiguration(
        vocabularySize: 9, width: 12, layers: 1, heads: 4, keyValueHeads: 4, feedForward: 4,
        maximumLength: 9), "the head width is 3, which is odd"
    ),
    (
      TransformerConfiguration(
        vocabularySize: 9, width: 12, layers: 1, heads: 3, keyValueHeads: 2, feedForward: 4,
        maximumLength: 9), "heads 3 is not a multiple of keyValueHeads 2"
    ),
  ])
  func problemsAreNamed(configuration: TransformerConfiguration, problem: String) {
    #expect(configuration.problem == problem)
  }
}
