import Foundation
import Tensors
import TestSupport
import Testing

/// Agreement with the logits processors of transformers: see `Golden/token-choice.py`.
@Suite struct TokenChoiceGoldenTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let temperature: Float
      let topK: Int
      let topP: Float
      let minP: Float
      let repetitionPenalty: Float
      let kept: [Int]
      let probabilities: [Double]
    }
    let seed: UInt64
    let vocabulary: Int
    let seen: [Int32]
    let cases: [Case]
  }

  private let golden: Golden
  private let row: [Float]

  init() throws {
    golden = try readGolden("token-choice", as: Golden.self)
    var random = SeededGenerator(seed: golden.seed)
    row = random.symmetric(golden.vocabulary, scale: 8)
  }

  /// Evenly spaced u hit each token in proportion to its probability, to within one draw.
  @Test func keptTokensAndTheirProbabilities() {
    let draws = 2000
    for expected in golden.cases {
      let logits = Tensor(
        (0..<draws).flatMap { _ in row }, shape: [draws, golden.vocabulary])
      for row in 0..<draws where expected.repetitionPenalty != 1 {
        logits.penalizeRepetition(
          by: expected.repetitionPenalty, of: Set(golden.seen), row: row)
      }
      let found = logits.tokens(
        chosenBy: (0..<draws).map { index in
          TokenChoice(
            temperature: expected.temperature, topK: expected.topK, topP: expected.topP,
            minP: expected.minP, random: (Double(index) + 0.5) / Double(draws))
        })
      var shares = [Double](repeating: 0, count: golden.vocabulary)
      for token in found { shares[Int(token)] += 1 / Double(draws) }
      for (token, p) in zip(expected.kept, expected.probabilities) {
        #expect(abs(shares[token] - p) <= 1.001 / Double(draws))
      }
      #expect(Set(found.map(Int.init)).isSubset(of: expected.kept))
    }
  }

  @Test func minPOfOneLeavesTheMostProbable() {
    let choice = TokenChoice(temperature: 5, minP: 1, random: 0.99)
    let found = Tensor(row, shape: [1, row.count]).tokens(chosenBy: [choice])[0]
    #expect(row.max().flatMap(row.firstIndex) == Int(found))
  }

  /// As if the other tokens were not there.
  @Test(arguments: [Float(0), 1, 3])
  func someTokensAlone(temperature: Float) {
    var random = SeededGenerator(seed: 4)
    let logits = Tensor(row + row.reversed(), shape: [2, row.count])
    for count in [1, 2, 64, 150] {
      let allowed = (0..<Int32(row.count)).shuffled(using: &random).prefix(count).sorted()
      let own = allowed.map { row.reversed()[Int($0)] }
      for step in 0..<20 {
        let choice = TokenChoice(
          temperature: temperature, topK: step % 2 * 5, random: Double(step) / 20)
        let expected = Tensor(own, shape: [1, count]).tokens(chosenBy: [choice])[0]
        let found = logits.token(chosenBy: choice, row: 1, among: allowed)
        #expect(found == allowed[Int(expected)])
      }
    }
  }

  @Test(arguments: [1, 3, 64, 65, 1000])
  func leadingTokensAreThoseOfTheSortedLogProbabilities(vocabulary: Int) {
    var random = SeededGenerator(seed: 8)
    // A few equal ones among them.
    let logits = random.symmetric(3 * vocabulary, scale: 8).map { ($0 * 8).rounded() / 8 }
    let tensor = Tensor(logits, shape: [3, vocabulary])
    for wanted in [1, 2, 10, 5000] {
      for (row, found) in tensor.leadingTokens(wanted).enumerated() {
        let line = Array(logits[row * vocabulary..<(row + 1) * vocabulary])
        let p = Reference.softmax(line.map(Double.init))
        let order = line.indices.sorted { line[$0] == line[$1] ? $0 < $1 : line[$0] > line[$1] }
          .prefix(wanted)
        #expect(found.map { Int($0.token) } == Array(order))
        for ranked in found {
          #expect(abs(ranked.logProbability - log(p[Int(ranked.token)])) < 1e-5)
        }
        let all = tensor.ranked((0..<Int32(vocabulary)).reversed(), row: row)
        #expect(Array(all.prefix(wanted)) == found)
      }
    }
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) { _ = TokenChoice(temperature: 1, minP: 1.5) }
    await #expect(processExitsWith: .failure) {
      Tensor([1, 2], shape: [1, 2]).penalizeRepetition(by: 0, of: [1], row: 0)
    }
    await #expect(processExitsWith: .failure) {
      Tensor([1, 2], shape: [1, 2]).penalizeRepetition(by: 2, of: [2], row: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2], shape: [1, 2]).token(chosenBy: TokenChoice(), row: 0, among: [])
    }
  }
}
