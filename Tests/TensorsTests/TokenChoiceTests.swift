import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TokenChoiceTests {
  /// Rows of logits with a few equal ones among them.
  private func logits(_ rows: Int, _ vocabulary: Int, seed: UInt64) -> [Float] {
    var random = SeededGenerator(seed: seed)
    return random.symmetric(rows * vocabulary, scale: 8).map { ($0 * 16).rounded() / 16 }
  }

  private func choose(_ row: [Float], _ choice: TokenChoice) -> Int {
    Int(Tensor(row, shape: [1, row.count]).tokens(chosenBy: [choice])[0])
  }

  /// Draws with evenly spaced u, which hit each token in proportion to its probability: the share
  /// of each token, to within one draw.
  private func shares(_ row: [Float], _ choice: TokenChoice, draws: Int) -> [Double] {
    let choices = (0..<draws).map { index in
      var choice = choice
      choice.random = (Double(index) + 0.5) / Double(draws)
      return choice
    }
    let all = Tensor((0..<draws).flatMap { _ in row }, shape: [draws, row.count])
    var counts = [Double](repeating: 0, count: row.count)
    for token in all.tokens(chosenBy: choices) { counts[Int(token)] += 1 }
    return counts.map { $0 / Double(draws) }
  }

  @Test(arguments: [1, 2, 15, 63, 64, 65, 257, 2048, 5000])
  func greedyTakesTheFirstOfTheLargest(vocabulary: Int) {
    let logits = logits(7, vocabulary, seed: 1)
    let found = Tensor(logits, shape: [7, vocabulary])
      .tokens(chosenBy: [TokenChoice](repeating: TokenChoice(topK: 3, topP: 0.5), count: 7))
    for (row, token) in found.enumerated() {
      let line = Array(logits[row * vocabulary..<(row + 1) * vocabulary])
      let expected = line.max().flatMap(line.firstIndex)
      #expect(Int(token) == expected)
    }
  }

  @Test(arguments: [(1, 0, 1), (0.5, 0, 1), (1, 5, 1), (3, 0, 0.7), (2, 20, 0.9), (1, 500, 0)])
  func sharesFollowTheDistribution(temperature: Float, topK: Int, topP: Float) {
    for vocabulary in [1, 3, 64, 200] {
      let row = logits(1, vocabulary, seed: UInt64(vocabulary))
      let found = shares(
        row, TokenChoice(temperature: temperature, topK: topK, topP: topP), draws: 2000)
      let expected = Reference.truncatedSoftmax(
        row, temperature: Double(temperature), topK: topK, topP: Double(topP))
      for (share, p) in zip(found, expected) { #expect(abs(share - p) <= 1.001 / 2000) }
    }
  }

  /// Which tokens can be drawn at all, for vocabularies of many blocks, peaked and flat.
  @Test(arguments: [257, 2048, 3001], [Float(0.3), 1, 30])
  func theSetIsThatOfTheSortedTokens(vocabulary: Int, temperature: Float) {
    var random = SeededGenerator(seed: UInt64(vocabulary))
    let row = logits(1, vocabulary, seed: 3)
    for (topK, topP) in [(0, 0.5), (1, 1), (7, 1), (40, 1), (40, 0.9), (0, 0.95), (1000, 0.8)] {
      let expected = Reference.truncatedSoftmax(
        row, temperature: Double(temperature), topK: topK, topP: Double(Float(topP)))
      let smallest = expected.filter { $0 > 0 }.min() ?? 0
      var choice = TokenChoice(temperature: temperature, topK: topK, topP: Float(topP))
      var found: Set<Int> = []
      for _ in 0..<200 {
        choice.random = Double.random(in: 0..<1, using: &random)
        let token = choose(row, choice)
        found.insert(token)
        // Rounding may move a token whose sum is next to p over the border.
        #expect(
          expected[token] > 0 || row[token] >= nextLogit(row, expected),
          "token \(token) of top \(topK), \(topP)")
      }
      if expected.count(where: { $0 > 0 }) <= 8, smallest > 0.05 {
        #expect(found.count == expected.count { $0 > 0 })
      }
    }
  }

  /// The largest logit outside of a set.
  private func nextLogit(_ row: [Float], _ distribution: [Double]) -> Float {
    zip(row, distribution).filter { $1 == 0 }.map(\.0).max() ?? -.infinity
  }

  @Test func tiesGoToTheSmallerToken() {
    let flat = [Float](repeating: 2, count: 300)
    let found = shares(flat, TokenChoice(temperature: 1, topK: 4), draws: 400)
    #expect(found[..<4].allSatisfy { abs($0 - 0.25) < 0.01 } && found[4...].allSatisfy { $0 == 0 })
    let half = shares(flat, TokenChoice(temperature: 1, topP: 0.02), draws: 600)
    #expect(half[..<6].allSatisfy { $0 > 0 } && half[7...].allSatisfy { $0 == 0 })
    #expect(choose(flat, TokenChoice(temperature: 1, topP: 0, random: 0.999)) == 0)
  }

  @Test func aRowDoesNotDependOnTheOthers() {
    let (rows, vocabulary) = (40, 1500)
    let logits = logits(rows, vocabulary, seed: 5)
    var random = SeededGenerator(seed: 6)
    let choices = (0..<rows).map { row in
      TokenChoice(
        temperature: Float(row % 4), topK: [0, 10][row / 4 % 2], topP: [1, 0.8][row / 8 % 2],
        random: Double.random(in: 0..<1, using: &random))
    }
    let found = Tensor(logits, shape: [rows, vocabulary]).tokens(chosenBy: choices)
    for (row, choice) in choices.enumerated() {
      let line = Array(logits[row * vocabulary..<(row + 1) * vocabulary])
      #expect(choose(line, choice) == Int(found[row]))
    }
  }

  @Test func extremesAreNoTrouble() {
    let row: [Float] = [-.infinity, 3, -1e30, 2.9, .infinity]
    for topK in [0, 2] {
      for random in [1e-9, 0.5, 1.0.nextDown] {
        let finite = TokenChoice(temperature: 1e-30, topK: topK, random: random)
        #expect(choose(Array(row[..<4]), finite) == 1)
        let unbounded = TokenChoice(temperature: 1, topK: topK, topP: 0.5, random: random)
        #expect(choose(row, unbounded) == 4)
        #expect(choose([.nan, .nan], unbounded) == 0)
      }
    }
    #expect(Tensor([], shape: [0, 5]).tokens(chosenBy: []).isEmpty)
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) { _ = TokenChoice(temperature: 1, topP: 1.5) }
    await #expect(processExitsWith: .failure) { _ = TokenChoice(temperature: -1) }
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2], shape: [1, 2]).tokens(chosenBy: [])
    }
  }
}
