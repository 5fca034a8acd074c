import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TokenLogProbsTests {
  /// N, C, V.
  static let shapes = [[1, 1, 1], [3, 5, 7], [2, 4, 33], [0, 3, 5], [5, 2, 16]]

  private func targets(_ shape: [Int], _ random: inout SeededGenerator) -> [Int32] {
    (0..<shape[0]).map { _ in Int32.random(in: 0..<Int32(shape[2]), using: &random) }
  }

  @Test func agreesWithGolden() throws {
    try expectGolden("tokenLogProbs") {
      $0[0].tokenLogProbs(head: $0[1], targets: [36, 0, 7, 7], temperature: 0.75)
    }
  }

  /// The last shape takes more than one chunk of rows.
  @Test(arguments: shapes + [[1200, 9, 1003]], [Float(1), 0.5, 3])
  func agreesWithReference(shape: [Int], temperature: Float) {
    var random = SeededGenerator(seed: 1)
    let (rows, width, vocabulary) = (shape[0], shape[1], shape[2])
    let x = random.symmetric(rows * width)
    let head = random.symmetric(vocabulary * width)
    let targets = targets(shape, &random)
    let found = Tensor(x, shape: [rows, width]).tokenLogProbs(
      head: Tensor(head, shape: [vocabulary, width]), targets: targets, temperature: temperature)
    #expect(found.shape == [rows, 2])
    let logits = Reference.linear(x, head, rows: rows, inputs: width, outputs: vocabulary)
    expectClose(
      found.values,
      to: Reference.tokenLogProbs(
        logits: logits, targets: targets, temperature: Double(temperature)))
  }

  @Test(arguments: shapes, [Float(1), 0.5, 3])
  func gradient(shape: [Int], temperature: Float) {
    var random = SeededGenerator(seed: 2)
    let x = random.symmetric(shape[0] * shape[1])
    let head = random.symmetric(shape[2] * shape[1])
    let targets = targets(shape, &random)
    let input = Tensor(x, shape: [shape[0], shape[1]])
    let w = Tensor(head, shape: [shape[2], shape[1]])
    expectGradient(at: x, shape: input.shape) {
      $0.tokenLogProbs(head: w, targets: targets, temperature: temperature)
    }
    expectGradient(at: head, shape: w.shape) {
      input.tokenLogProbs(head: $0, targets: targets, temperature: temperature)
    }
  }

  /// Vocabularies of real models, and more rows than one chunk holds.
  @Test(arguments: [
    [0, 4, 257], [1, 8, 257], [300, 5, 257], [3, 16, 1000], [300, 2, 1000], [258, 3, 9001],
    [3, 4, 49_152], [1, 4, 151_936], [3, 2, 151_936],
  ])
  func bothFormsAgreeWithReference(shape: [Int]) {
    var random = SeededGenerator(seed: 5)
    let (rows, width, vocabulary) = (shape[0], shape[1], shape[2])
    let (x, head) = (random.symmetric(rows * width), random.symmetric(vocabulary * width))
    let targets = targets(shape, &random)
    let weights = random.symmetric(rows)
    let leaves = (0..<2).map { _ in
      (
        input: Tensor(x, shape: [rows, width], requiresGradient: true),
        head: Tensor(head, shape: [vocabulary, width], requiresGradient: true)
      )
    }
    let result = leaves[0].input.tokenLogProbs(
      head: leaves[0].head, targets: targets, temperature: 0.75)
    result.backward(weights.flatMap { [$0, 0] })
    let logProbs = leaves[1].input.backwardThroughLogProbs(
      head: leaves[1].head, targets: targets, weights: weights, temperature: 0.75)
    let logits = Reference.linear(x, head, rows: rows, inputs: width, outputs: vocabulary)
    let expected = Reference.tokenLogProbs(logits: logits, targets: targets, temperature: 0.75)
    expectClose(result.values, to: expected)
    expectClose(logProbs, to: stride(from: 0, to: 2 * rows, by: 2).map { expected[$0] })
    let gradients = Reference.tokenLogProbGradients(
      x, head: head, width: width, targets: targets, temperature: 0.75,
      upstream: weights.flatMap { [$0, 0] })
    for (form, leaves) in leaves.enumerated() {
      expectClose(leaves.input.gradient ?? [], to: gradients.hidden, "form \(form)")
      expectClose(leaves.head.gradient ?? [], to: gradients.head, within: 5e-6, "form \(form)")
    }
  }

  /// PPO's case: the weight of a row follows from its own log-probability. More rows than one chunk
  /// holds, and few.
  @Test(arguments: [[0, 3, 5], [1, 1, 1], [5, 4, 33], [1100, 3, 1003]], [Float(0), -0.01])
  func weightsMayFollowFromLogProbs(shape: [Int], entropyWeight: Float) {
    var random = SeededGenerator(seed: 8)
    let (rows, width, vocabulary) = (shape[0], shape[1], shape[2])
    let (x, head) = (random.symmetric(rows * width), random.symmetric(vocabulary * width))
    let targets = targets(shape, &random)
    let factors = random.symmetric(rows)
    let weight = { (row: Int, logProb: Float) in factors[row] * (1 + logProb * logProb) }
    let leaves = (0..<2).map { _ in
      (
        input: Tensor(x, shape: [rows, width], requiresGradient: true),
        head: Tensor(head, shape: [vocabulary, width], requiresGradient: true)
      )
    }
    let result = leaves[0].input.tokenLogProbs(
      head: leaves[0].head, targets: targets, temperature: 0.7)
    let logProbs = stride(from: 0, to: 2 * rows, by: 2).map { result.values[$0] }
    result.backward(logProbs.enumerated().flatMap { [weight($0, $1), entropyWeight] })
    let found = leaves[1].input.backwardThroughLogProbs(
      head: leaves[1].head, targets: targets, temperature: 0.7, entropyWeight: entropyWeight,
      weight: weight)
    // Bit for bit: the ratio of an unchanged policy is to be 1 exactly.
    #expect(found == logProbs)
    #expect(leaves[1].input.gradient == leaves[0].input.gradient)
    #expect(leaves[1].head.gradient == leaves[0].head.gradient)
  }

  @Test func theInputOfBothFormsMayBeAResult() {
    var random = SeededGenerator(seed: 6)
    let map = Tensor(random.symmetric(25), shape: [5, 5])
    let head = Tensor(random.symmetric(35), shape: [7, 5])
    let x = random.symmetric(15)
    let gradients = [true, false].map { isLinear in
      let input = Tensor(x, shape: [3, 5], requiresGradient: true)
      let hidden = input.linear(map)
      if isLinear {
        _ = hidden.backwardThroughLogProbs(head: head, targets: [6, 0, 3], weights: [1, -2, 0.5])
      } else {
        hidden.tokenLogProbs(head: head, targets: [6, 0, 3]).backward([1, 0, -2, 0, 0.5, 0])
      }
      return input.gradient ?? []
    }
    expectClose(gradients[0], to: gradients[1])
    #expect(gradients[0].contains { abs($0) > 0.1 })
  }

  @Test(arguments: [0, 1])
  func gradientOfOneColumnAlone(column: Int) {
    var random = SeededGenerator(seed: 3)
    let upstream = (0..<8).map { $0 % 2 == column ? Float($0 + 1) / 8 : 0 }
    let w = Tensor(random.symmetric(19 * 3), shape: [19, 3])
    expectGradient(at: random.symmetric(12), shape: [4, 3], upstream: upstream) {
      $0.tokenLogProbs(head: w, targets: [0, 18, 5, 5])
    }
  }

  @Test func gradientAcrossChunksIsTheSumOfTheRows() {
    var random = SeededGenerator(seed: 4)
    let shape = [1100, 3, 1003]
    let x = random.symmetric(shape[0] * 3)
    let targets = targets(shape, &random)
    let upstream = random.symmetric(shape[0] * 2)
    let head = random.symmetric(shape[2] * 3)
    let whole = Tensor(head, shape: [1003, 3], requiresGradient: true)
    Tensor(x, shape: [1100, 3]).tokenLogProbs(head: whole, targets: targets).backward(upstream)
    let pieces = Tensor(head, shape: [1003, 3], requiresGradient: true)
    for rows in [0..<1, 1..<500, 500..<1100] {
      Tensor(Array(x[rows.lowerBound * 3..<rows.upperBound * 3]), shape: [rows.count, 3])
        .tokenLogProbs(head: pieces, targets: Array(targets[rows]))
        .backward(Array(upstream[rows.lowerBound * 2..<rows.upperBound * 2]))
    }
    expectClose(whole.gradient ?? [], to: pieces.gradient ?? [], within: 1e-5)
  }

  @Test func largeLogitsStayFinite() {
    let x = Tensor([1000, -1000], shape: [2, 1], requiresGradient: true)
    let head = Tensor([1, -1, 0.5], shape: [3, 1])
    let result = x.tokenLogProbs(head: head, targets: [0, 0])
    expectClose(result.values, to: [0, 0, -2000, 0] as [Double])
    result.backward([1, 1, 1, 1])
    #expect(x.gradient?.allSatisfy { $0.isFinite } == true)
  }

  @Test func uniformLogitsHaveTheEntropyOfTheirCount() {
    let result = Tensor([0, 0], shape: [1, 2])
      .tokenLogProbs(head: Tensor([Float](repeating: 1, count: 10), shape: [5, 2]), targets: [3])
    expectClose(result.values, to: [-log(5.0), log(5.0)] as [Double])
  }

  /// log 2 within rounding, though the logits have no digits left below 1e-4.
  @Test func entropyKeepsItsDigitsAtLargeLogits() {
    let result = Tensor([1000], shape: [1, 1])
      .tokenLogProbs(head: Tensor([1, 1, -1], shape: [3, 1]), targets: [0])
    #expect(abs(Double(result.values[1]) - log(2.0)) < 1e-6)
  }

  @Test func aTokenOutsideStops() async {
    await #expect(processExitsWith: .failure) {
      let head = Tensor([1, 2], shape: [2, 1])
      _ = Tensor([1], shape: [1, 1]).tokenLogProbs(head: head, targets: [2])
    }
  }
}
