import LanguageModels
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Each token differs from the one before it by a multiple of three; after a refusal of the end token
/// 0, seven comes before it.
private struct Steps: TokenConstraint {
  var last: Int32
  var owesSeven = false

  func allows(_ token: Int32) -> Bool {
    owesSeven ? token == 7 : (token - last) % 3 == 0
  }

  func allowedTokens() -> [Int32] { (0..<37).filter(allows) }

  mutating func refuse(_ token: Int32) { owesSeven = owesSeven || token == 0 }

  mutating func append(_ token: Int32, remaining: Int) {
    last = token
    owesSeven = false
  }
}

@Suite struct TokenConstraintTests {
  private let model = Transformer(seeded: 11)

  private func requests(temperature: Float = 0) -> [GenerationRequest] {
    (0..<Int32(30)).map { index in
      let constraint = index % 3 == 2 ? nil : Steps(last: index / 2)
      return GenerationRequest(
        prompt: [index, 5, index / 2], maximumNewTokens: 12, temperature: temperature,
        seed: UInt64(index), constraint: constraint)
    }
  }

  /// By definition: the most probable of all tokens that are allowed, from the whole sequence.
  @Test func greedyTakesTheMostProbableAllowedToken() {
    for (request, found) in zip(requests(), model.generate(requests(), endToken: 0)) {
      var constraint = request.constraint
      var tokens: [Int32] = []
      while tokens.count < 12, tokens.last != 0 {
        let logits = Array(model.allLogits([request.prompt + tokens]).suffix(37))
        let order = (0..<Int32(37)).sorted { logits[Int($0)] > logits[Int($1)] }
        if constraint?.allows(order[0]) == false { constraint?.refuse(order[0]) }
        let token = order.first { constraint?.allows($0) ?? true } ?? 0
        tokens.append(token)
        constraint?.append(token, remaining: 12 - tokens.count)
      }
      #expect(found.tokens == tokens.filter { $0 != 0 })
      #expect(found.ended == (tokens.last == 0))
    }
  }

  @Test func aConstrainedSampleDoesNotDependOnItsNeighbours() {
    let together = model.generate(requests(temperature: 2), endToken: 0, slots: 7)
    let alone = requests(temperature: 2).map { model.generate([$0], endToken: 0)[0] }
    #expect(together == alone)
  }

  /// Samples follow the distribution over the allowed tokens; instead of 0 comes 7.
  @Test func samplesFollowTheRestOfTheDistribution() {
    let count = 20_000
    let found = model.generate(
      (0..<count).map {
        GenerationRequest(
          prompt: [5, 6, 7], maximumNewTokens: 1, temperature: 4, seed: UInt64($0),
          constraint: Steps(last: 1))
      }, endToken: -1, slots: 1000)
    let logits = model.allLogits([[5, 6, 7]]).suffix(37).map { Double($0) / 4 }
    let all = Reference.softmax(logits)
    let total = all.indices.filter { $0 % 3 == 1 }.reduce(0) { $0 + all[$1] }
    var counts = [Double](repeating: 0, count: 37)
    for result in found { counts[Int(result.tokens[0])] += 1 }
    for (token, p) in all.enumerated() {
      let share =
        (token % 3 == 1 ? p + (1 - total - all[0]) * p / total : 0) + (token == 7 ? all[0] : 0)
      let deviation = (share * (1 - share) * Double(count)).squareRoot()
      #expect(abs(counts[token] - share * Double(count)) <= 5 * deviation)
    }
  }

  @Test func beamsHoldTheConstraint() {
    let requests = (0..<12).map {
      BeamSearchRequest(
        prompt: [Int32($0), 4], maximumNewTokens: 8, beams: 5, best: 5,
        constraint: Steps(last: 4))
    }
    for results in model.beamSearch(requests, endTokens: [31]) {
      #expect(results.count == 5 && Set(results.map(\.tokens)).count == 5)
      for result in results {
        let whole = [4] + result.tokens + (result.endToken.map { [$0] } ?? [])
        for (last, next) in zip(whole, whole.dropFirst()) {
          #expect((next - last) % 3 == 0)
        }
      }
    }
  }

  @Test func eachEndTokenEnds() {
    let free = model.generate(
      requests().map { GenerationRequest(prompt: $0.prompt, maximumNewTokens: 30) },
      endTokens: [])
    let found = model.generate(
      requests().map { GenerationRequest(prompt: $0.prompt, maximumNewTokens: 30) },
      endTokens: [31, 34, 14])
    #expect(Set(found.compactMap(\.endToken)).count > 1)
    for (whole, result) in zip(free, found) {
      let end = whole.tokens.firstIndex { [31, 34, 14].contains($0) }
      #expect(result.tokens == Array(whole.tokens.prefix(end ?? 30)))
      #expect(result.endToken == end.map { whole.tokens[$0] })
    }
  }

  /// By definition, from the whole sequence for each token.
  @Test func repetitionIsPenalised() {
    let found = model.generate(
      requests().map {
        GenerationRequest(prompt: $0.prompt, maximumNewTokens: 12, repetitionPenalty: 1.4)
      }, endToken: -1, slots: 7)
    for (request, result) in zip(requests(), found) {
      var sequence = request.prompt
      for token in result.tokens {
        var logits: [Float] = Array(model.allLogits([sequence]).suffix(37))
        for seen in Set(sequence) {
          let logit = logits[Int(seen)]
          logits[Int(seen)] = logit > 0 ? logit / 1.4 : logit * 1.4
        }
        #expect(logits.max().flatMap(logits.firstIndex) == Int(token))
        sequence.append(token)
      }
    }
  }

  /// Bytes that may follow one another: none is smaller than the one before it.
  @Test func aVocabularyIsWalkedByItsBytes() {
    let tokenizer = Tokenizer.train(
      on: ["abc abd abcd ace aabbcc the weather is fine", "ébauche éa 请判断"].flatMap { [$0, $0] },
      vocabularySize: 320, specialTokens: SpecialToken.all)
    let trie = VocabularyTrie(tokenizer)
    for start in [UInt8(0), 97, 99, 200] {
      let found = trie.tokens(from: start) { last, byte in
        defer { last = byte }
        return byte >= last
      }
      let expected = (0..<Int32(tokenizer.vocabularySize)).filter {
        let bytes = tokenizer.bytes(of: $0)
        return !bytes.isEmpty && zip([start] + bytes, bytes).allSatisfy { $0 <= $1 }
      }
      #expect(found == expected)
    }
  }
}
