import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct LoRATests {
  private static let everything = LoRAConfig(rank: 3, alpha: 6, layers: AdaptedLayer.allCases)
  private let base = Transformer(seeded: 1)
  private let batch: PackedBatch
  private let responses: ResponseTokens

  init() {
    var random = SeededGenerator(seed: 2)
    batch = PackedBatch([7, 1, 12].map { randomTokens($0, using: &random) })
    responses = ResponseTokens(batch, promptCounts: [3, 1, 5])
  }

  /// An adapter whose every number is random.
  private func adapted(
    _ config: LoRAConfig = everything, head: TransformerHead? = nil, seed: UInt64 = 3
  ) -> Transformer {
    var initial = SplitMix64(seed: seed)
    let model = base.adapted(config, head: head, random: &initial)
    var random = SeededGenerator(seed: seed)
    model.trainable.snapshot = random.symmetric(model.trainable.count, scale: 0.5)
    return model
  }

  private func logits(_ model: Transformer) -> [Float] {
    withoutGradient { model.hiddenStates(batch).logits(head: model.headWeights) }.values
  }

  /// The result that a head is for, recorded.
  private func result(_ model: Transformer) -> Tensor {
    switch model.head {
    case .tokens: model.logProbs(batch, of: responses)
    case .scalar: model.scalars(batch, at: responses.rows)
    }
  }

  // MARK: What it computes

  @Test(arguments: AdaptedLayer.allCases)
  func anUntrainedAdapterChangesNothing(layer: AdaptedLayer) {
    var random = SplitMix64(seed: 1)
    let model = base.adapted(LoRAConfig(rank: 4, alpha: 8, layers: [layer]), random: &random)
    #expect(logits(model) == logits(base))
    model.recomputesLayers = true
    #expect(logits(model) == logits(base))
    #expect(model.merged().parameters.snapshot == base.parameters.snapshot)
  }

  @Test(arguments: AdaptedLayer.allCases.map { [$0] } + [AdaptedLayer.allCases])
  func mergedWeightsComputeTheSame(layers: [AdaptedLayer]) {
    let model = adapted(LoRAConfig(rank: 3, alpha: 6, layers: layers))
    let merged = model.merged()
    #expect(merged.adapterConfig == nil && merged.parameters !== base.parameters)
    expectClose(logits(merged), to: logits(model), within: 1e-5)
    let largest = zip(logits(model), logits(base)).map { abs($0 - $1) }.max() ?? 0
    #expect(largest > 0.1, "the adapter changes the result")
  }

  @Test func mergingKeepsTheHead() {
    let scalar = adapted(head: .scalar)
    expectClose(
      withoutGradient { result(scalar.merged()) }.values,
      to: withoutGradient { result(scalar) }.values, within: 1e-5)
  }

  /// A of ones on its diagonal, so that B is the change itself.
  @Test func fullRankReachesAnyChange() {
    let config = LoRAConfig(rank: 24, alpha: 12, layers: AdaptedLayer.allCases)
    var random = SplitMix64(seed: 1)
    let model = base.adapted(config, random: &random)
    let changed = Transformer(seeded: 9)
    for entry in base.parameters.entries where entry.shape.count == 1 || entry.name == "embedding" {
      changed.parameters.set(entry.name, base.parameters[entry.name].values)
    }
    for entry in model.trainable.entries where entry.name.hasSuffix(".A") {
      let name = String(entry.name.dropLast(2))
      let width = entry.shape[1]
      model.trainable.set(
        entry.name, (0..<24 * width).map { $0 / width == $0 % width ? 1 : 0 })
      let change = zip(changed.parameters[name].values, base.parameters[name].values)
        .map { 2 * ($0 - $1) }
      let rows = change.count / width
      model.trainable.set(
        "\(name).B",
        (0..<rows).flatMap { row in
          change[row * width..<(row + 1) * width] + [Float](repeating: 0, count: 24 - width)
        })
    }
    expectClose(logits(model), to: logits(changed), within: 1e-4)
  }

  // MARK: Training

  @Test(arguments: [TransformerHead.tokens, .scalar], [true, false])
  func gradient(head: TransformerHead, isRecomputed: Bool) {
    var random = SeededGenerator(seed: 4)
    let model = adapted(head: head)
    model.recomputesLayers = isRecomputed
    let output = result(model)
    let upstream = random.symmetric(output.count, scale: 0.125)
    output.backward(upstream)
    let weights = model.trainable.snapshot
    for entry in model.trainable.entries {
      let gradient = model.trainable[entry.name].gradient ?? []
      for _ in 0..<4 {
        let index = Int.random(in: 0..<gradient.count, using: &random)
        let slope = centralDifference(
          of: { point in
            model.trainable.snapshot = point
            return withoutGradient { result(model) }.values.weightedSum(upstream)
          }, at: weights, index: entry.range.lowerBound + index, step: 4e-3)
        // As for the whole model: its third derivative is larger than that of one operation.
        #expect(
          abs(Double(gradient[index]) - slope) <= 3e-3 * max(1, abs(slope)),
          "\(entry.name)[\(index)]: gradient \(gradient[index]), slope \(slope)")
      }
      model.trainable.snapshot = weights
    }
    #expect(!base.parameters.hasGradients, "the base takes no memory for gradients")
  }

  @Test func trainingLeavesTheBaseAsItIs() {
    let before = base.parameters.snapshot
    let (policy, other) = (adapted(seed: 5), adapted(head: .scalar, seed: 6))
    let untouched = other.trainable.snapshot
    let optimizer = AdamW(
      policy.trainable,
      config: AdamWConfig(
        beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maximumGradientNorm: 1))
    let start = policy.trainable.snapshot
    for _ in 0..<3 {
      let logProbs = policy.logProbs(batch, of: responses)
      logProbs.backward([Float](repeating: -1, count: logProbs.count))
      optimizer.step(learningRate: 0.01)
    }
    #expect(policy.trainable.snapshot != start)
    #expect(policy.parameters === base.parameters && other.parameters === base.parameters)
    #expect(base.parameters.snapshot == before)
    #expect(other.trainable.snapshot == untouched)
  }

  // MARK: Copies and heads

  @Test func copiesShareTheBase() {
    let model = adapted()
    let copy = model.copy()
    #expect(copy.parameters === base.parameters && copy.trainable !== model.trainable)
    #expect(copy.adapterConfig == model.adapterConfig)
    #expect(logits(copy) == logits(model))
    let critic = model.copy(head: .scalar)
    #expect(critic.parameters === base.parameters)
    #expect(critic.headWeights.values == [Float](repeating: 0, count: 24))
    #expect(
      critic.trainable["layers.1.down.B"].values == model.trainable["layers.1.down.B"].values)
  }

  @Test func theScalarHeadIsTheAdapters() {
    let reward = adapted(head: .scalar)
    let before = withoutGradient { result(reward) }.values
    let copy = reward.copy()
    reward.scaleHead(by: 2)
    #expect(withoutGradient { result(reward) }.values == before.map { 2 * $0 })
    #expect(withoutGradient { result(copy) }.values == before)
    let whole = Transformer(seeded: 7, head: .scalar)
    var random = SplitMix64(seed: 1)
    let head = whole.adapted(Self.everything, random: &random)
    #expect(head.head == .scalar && head.trainable["score"] !== whole.parameters["score"])
    #expect(head.headWeights.values == whole.headWeights.values)
  }

  // MARK: Generation

  @Test func generationEqualsRecomputation() {
    var random = SeededGenerator(seed: 8)
    let model = adapted()
    let requests = [1, 9, 4].map {
      GenerationRequest(prompt: randomTokens($0, using: &random), maximumNewTokens: 8)
    }
    let found = model.generate(requests, endToken: -1, slots: 2).map(\.tokens)
    for (request, tokens) in zip(requests, found) {
      for (index, token) in tokens.enumerated() {
        let last = model.allLogits([request.prompt + tokens[..<index]]).suffix(37)
        let best = last.indices.max { last[$0] < last[$1] }
        #expect(best.map { Int32($0 - last.startIndex) } == token)
      }
    }
  }

  @Test func cachedStatesEqualThoseOfTheWhole() {
    var random = SeededGenerator(seed: 9)
    let model = adapted()
    let tokens = randomTokens(20, using: &random)
    let cache = KeyValueCache(
      layers: 2, slots: 1, capacity: 20, layout: model.configuration.attention)
    for packed in [nil, model.packedWeights()] {
      let found = tokens.indices.flatMap { index in
        model.hiddenStates(
          continuing: cache, tokens: [tokens[index]],
          segments: [.init(slot: 0, past: index, rows: 0..<1)], packed: packed
        ).logits(head: model.headWeights).values
      }
      expectClose(found, to: model.allLogits([tokens]), within: 1e-4)
    }
  }

  // MARK: Size, start, settings

  @Test func theAdapterIsSmall() {
    let shape = TransformerConfiguration(
      vocabularySize: 1024, width: 128, layers: 4, heads: 4, keyValueHeads: 4, feedForward: 320,
      maximumLength: 256)
    let config = LoRAConfig(rank: 8, alpha: 16, layers: AdaptedLayer.allCases)
    var random = SplitMix64(seed: 1)
    let whole = Transformer(shape)
    let reads = 8 * (128 + 128 + 128 + 320)
    let writes = 8 * (3 * 128 + 128 + 2 * 320 + 128)
    let policy = whole.adapted(config, random: &random)
    #expect(policy.trainable.count == 4 * (reads + writes))
    #expect(14 * policy.trainable.count <= whole.parameters.count + policy.trainable.count)
    let reward = whole.adapted(config, head: .scalar, random: &random)
    #expect(reward.trainable.count == 4 * (reads + writes) + 128)
  }

  @Test func readingFactorsStartUniform() {
    let draw = { (seed: UInt64) in
      var random = SplitMix64(seed: seed)
      return base.adapted(Self.everything, random: &random).trainable
    }
    let storage = draw(1)
    for entry in storage.entries {
      let values = storage[entry.name].values
      if entry.name.hasSuffix(".B") {
        #expect(values.allSatisfy { $0 == 0 })
      } else {
        let limit = 1 / Float(entry.shape[1]).squareRoot()
        #expect(values.allSatisfy { abs($0) <= limit })
        #expect(values.contains { $0 > limit / 2 } && values.contains { $0 < -limit / 2 })
      }
    }
    #expect(draw(1).snapshot == storage.snapshot && draw(2).snapshot != storage.snapshot)
  }

  @Test(arguments: [
    (LoRAConfig(rank: 0, alpha: 1, layers: [.down]), "rank is 0, outside 1...4096"),
    (LoRAConfig(rank: 1, alpha: 0, layers: [.down]), "alpha is 0.0, not a number above 0"),
    (LoRAConfig(rank: 1, alpha: 1, layers: []), "layers is empty: nothing would be trained"),
    (
      LoRAConfig(rank: 1, alpha: 1, layers: [.gateUp, .down, .gateUp]), "layers names gateUp twice"
    ),
    (everything, nil),
  ])
  func problemsAreNamed(config: LoRAConfig, problem: String?) {
    #expect(config.problem == problem)
  }

  @Test func anAdapterOnAnAdapterStops() async {
    await #expect(processExitsWith: .failure) {
      var random = SplitMix64(seed: 1)
      let config = LoRAConfig(rank: 1, alpha: 1, layers: [.down])
      let model = Transformer(.tiny()).adapted(config, random: &random)
      _ = model.adapted(config, random: &random)
    }
  }
}

extension ParameterStorage {
  /// Replaces one parameter.
  fileprivate func set(_ name: String, _ values: [Float]) {
    withWeights { weights in
      for entry in entries where entry.name == name {
        _ = weights[entry.range].update(fromContentsOf: values)
      }
    }
  }
}
