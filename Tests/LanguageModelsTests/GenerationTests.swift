import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct GenerationTests {
  private let model = Transformer(seeded: 11)
  private let endToken: Int32 = 0

  private func requests(
    _ count: Int, temperature: Float, newTokens: Int = 20
  ) -> [GenerationRequest] {
    var random = SeededGenerator(seed: 12)
    return (0..<count).map { index in
      let length = Int.random(in: 1...30, using: &random)
      return GenerationRequest(
        prompt: randomTokens(length, using: &random), maximumNewTokens: newTokens,
        temperature: temperature, seed: UInt64(index))
    }
  }

  /// What generation is by definition: the whole sequence is read again for each token.
  private func recompute(_ request: GenerationRequest) -> (tokens: [Int32], ended: Bool) {
    var tokens: [Int32] = []
    while tokens.count < request.maximumNewTokens {
      let last = model.allLogits([request.prompt + tokens]).suffix(37)
      let best = last.indices.max { last[$0] < last[$1] } ?? 0
      let token = Int32(best - last.startIndex)
      if token == endToken { return (tokens, true) }
      tokens.append(token)
    }
    return (tokens, false)
  }

  @Test func greedyGenerationEqualsRecomputation() {
    let requests = requests(24, temperature: 0)
    let found = model.generate(requests, endToken: endToken, slots: 5)
    let expected = requests.map(recompute)
    #expect(found.map(\.tokens) == expected.map(\.tokens))
    #expect(found.map(\.ended) == expected.map(\.ended))
    #expect(found.contains { $0.ended } && found.contains { !$0.ended })
  }

  @Test func cachedLogitsEqualThoseOfTheWhole() {
    var random = SeededGenerator(seed: 13)
    let sequences = [40, 1, 90].map { randomTokens($0, using: &random) }
    let cache = KeyValueCache(
      layers: 2, slots: 3, capacity: 100, layout: model.configuration.attention)
    var found: [[Float]] = [[], [], []]
    var past = [0, 0, 0]
    while past != sequences.map(\.count) {
      var tokens: [Int32] = []
      var segments: [KeyValueCache.Segment] = []
      for (slot, sequence) in sequences.enumerated() where past[slot] < sequence.count {
        // Pieces of one token and longer ones in turn.
        let count = min(
          [1, 7, 1, 70][segments.count + past[slot] % 2], sequence.count - past[slot])
        let rows = tokens.count..<tokens.count + count
        segments.append(KeyValueCache.Segment(slot: slot, past: past[slot], rows: rows))
        tokens += sequence[past[slot]..<past[slot] + count]
        past[slot] += count
      }
      let hidden = model.hiddenStates(continuing: cache, tokens: tokens, segments: segments)
      #expect(!hidden.requiresGradient)
      let logits = hidden.logits(head: model.headWeights).values
      for segment in segments {
        found[segment.slot] += logits[segment.rows.lowerBound * 37..<segment.rows.upperBound * 37]
      }
    }
    for (own, sequence) in zip(found, sequences) {
      expectClose(own, to: model.allLogits([sequence]), within: 1e-5)
    }
  }

  @Test(arguments: [Float(0.7), 1, 2])
  func aSampleDoesNotDependOnItsNeighbours(temperature: Float) {
    let requests = requests(30, temperature: temperature)
    let alone = requests.map { model.generate([$0], endToken: endToken)[0] }
    for slots in [1, 4, 64] {
      #expect(model.generate(requests, endToken: endToken, slots: slots) == alone)
    }
    let reversed = model.generate(requests.reversed(), endToken: endToken, slots: 7)
    #expect(reversed == alone.reversed())
  }

  @Test func aTruncatedSampleDoesNotDependOnItsNeighbours() {
    let requests = requests(30, temperature: 2).enumerated().map { index, request in
      var request = request
      request.topK = [0, 5, 12][index % 3]
      request.topP = [0.5, 0.9, 1][index / 3 % 3]
      return request
    }
    let alone = requests.map { model.generate([$0], endToken: endToken)[0] }
    for slots in [4, 64] {
      #expect(model.generate(requests, endToken: endToken, slots: slots) == alone)
    }
    // The most probable token alone is the greedy choice.
    var one = requests[0]
    (one.topK, one.topP) = (1, 1)
    var greedy = one
    greedy.temperature = 0
    let found = model.generate([one, greedy], endToken: endToken)
    #expect(found[0] == found[1])
  }

  @Test func seedsAndTemperatureAreHonoured() {
    var request = requests(1, temperature: 2)[0]
    let results = (UInt64(0)..<20).map { seed in
      request.seed = seed
      return model.generate([request], endToken: endToken)[0].tokens
    }
    #expect(Set(results).count > 15)
    request.temperature = 0
    let greedy = model.generate([request], endToken: endToken)
    request.seed = 77
    #expect(model.generate([request], endToken: endToken) == greedy)
  }

  @Test func samplesFollowTheDistribution() {
    let prompt: [Int32] = [5, 6, 7]
    let count = 20_000
    let temperature: Float = 4
    let found = model.generate(
      (0..<count).map {
        GenerationRequest(
          prompt: prompt, maximumNewTokens: 1, temperature: temperature,
          seed: UInt64($0) &* 0x9E37_79B9)
      }, endToken: -1, slots: 1000)
    let logits = model.allLogits([prompt]).suffix(37).map { Double($0) / Double(temperature) }
    var counts = [Double](repeating: 0, count: 37)
    for result in found { counts[Int(result.tokens[0])] += 1 }
    for (token, p) in Reference.softmax(logits).enumerated() {
      let deviation = (p * (1 - p) * Double(count)).squareRoot()
      #expect(abs(counts[token] - p * Double(count)) <= 5 * deviation + 1, "token \(token)")
    }
  }

  @Test func limitsAreKept() {
    #expect(model.generate([], endToken: endToken).isEmpty)
    var requests = requests(3, temperature: 1, newTokens: 5)
    requests[1].maximumNewTokens = 0
    let found = model.generate(requests, endToken: -1, slots: 2)
    #expect(found.map(\.tokens.count) == [5, 0, 5])
    #expect(found.allSatisfy { !$0.ended })
    // Exactly as long as the model reads.
    let full = GenerationRequest(
      prompt: [Int32](repeating: 1, count: 150), maximumNewTokens: 10)
    #expect(model.generate([full], endToken: -1)[0].tokens.count == 10)
  }

  /// Two layers, keys and values of twelve numbers each: 192 bytes a token.
  @Test func theCacheIsBounded() {
    let configuration = TransformerConfiguration.tiny()
    #expect(configuration.largestSlotCount(capacity: 1 << 20) == 5)
    #expect(configuration.largestSlotCount(capacity: 1 << 23) == 0)
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      let request = GenerationRequest(prompt: [1], maximumNewTokens: 1)
      _ = Transformer(.tiny(), head: .scalar).generate([request], endToken: 0)
    }
    await #expect(processExitsWith: .failure) {
      let request = GenerationRequest(prompt: [1, 2], maximumNewTokens: 159)
      _ = Transformer(.tiny()).generate([request], endToken: 0)
    }
  }
}
