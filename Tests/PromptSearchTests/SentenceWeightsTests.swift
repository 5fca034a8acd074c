import Foundation
import PromptSearch
import TestSupport
import Testing

struct SentenceWeightsTests {
  private struct Golden: Decodable {
    struct Step: Decodable {
      let place: Int
      let reward: Double
      let weights, probabilities: [Double]
    }
    struct Run: Decodable {
      let count: Int
      let every: Bool
      let rate: Double
      let steps: [Step]
    }
    let runs: [Run]
  }

  private func config(
    rate: Double = 0.055, every: Bool = false, sampling: DualPhaseConfig.Sampling = .weighted
  ) -> DualPhaseConfig {
    DualPhaseConfig(
      drafts: 1, originalCompetes: true, failureGate: 0.3, minimumGain: 0.1, alpha: 0.4,
      learningRate: rate, initialWeight: 1, steps: 5, trialsPerStep: 10, trialsPerSentence: 10,
      sampling: sampling,
      updatesAllWeights: every, updatesOnRejection: false, failureBelow: 1, failuresShown: 3)
  }

  /// Lines of one word: the parts' numbers are the sentences' numbers.
  private func prompt(_ words: [String]) -> PromptSentences {
    PromptSentences(words.map { "\($0)." }.joined(separator: "\n"))
  }

  private func numbered(_ count: Int) -> PromptSentences { prompt((0..<count).map { "Line\($0)" }) }

  /// Relative 1e-12: the order of additions and `exp` may differ in the last places.
  @Test func updatesAsTheReferenceDoes() throws {
    let golden = try readGolden("sentence-weights", as: Golden.self)
    for run in golden.runs {
      var weights = SentenceWeights(
        numbered(run.count), config: config(rate: run.rate, every: run.every))
      for step in run.steps {
        weights.update(step.place, reward: step.reward)
        for (found, expected) in zip(
          weights.weights + weights.probabilities, step.weights + step.probabilities)
        {
          #expect(abs(found - expected) <= 1e-12 * expected)
        }
        #expect(weights.weights.count == run.count)
      }
    }
  }

  @Test func oneUpdateWithThePapersConstantsMovesAWeightByAFewPercent() {
    var weights = SentenceWeights(numbered(5), config: config())
    weights.update(2, reward: 0.6)
    #expect(weights.weights.map { ($0 * 1000).rounded() } == [1000, 1000, 1034, 1000, 1000])
  }

  @Test(arguments: [false, true])
  func neverLeavesTheNumbers(every: Bool) {
    var weights = SentenceWeights(numbered(3), config: config(rate: 50, every: every))
    for step in 0..<300 {
      weights.update(step % 2, reward: 1)
      #expect(weights.weights.allSatisfy { $0 > 0 && $0 <= SentenceWeights.greatest })
      #expect(weights.probabilities.allSatisfy { $0 > 0 && $0 <= 1 })
      #expect(abs(weights.probabilities.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test func uniformSamplingLearnsNothing() {
    var weights = SentenceWeights(numbered(4), config: config(rate: 5, sampling: .uniform))
    weights.update(1, reward: 1)
    #expect(weights.weights == [1, 1, 1, 1])
    #expect(weights.probabilities == [0.25, 0.25, 0.25, 0.25])
  }

  @Test func samplesByProbability() {
    var weights = SentenceWeights(numbered(4), config: config(rate: 1.5))
    weights.update(2, reward: 1)
    var random = SeededGenerator(seed: 3)
    var counts = [0, 0, 0, 0]
    for _ in 0..<20_000 { counts[weights.sample(from: [0, 1, 2, 3], using: &random)] += 1 }
    for (count, probability) in zip(counts, weights.probabilities) {
      // Five standard errors of a share of 20,000.
      #expect(abs(Double(count) / 20_000 - probability) < 0.018)
    }
  }

  @Test func samplesFromThoseThatAreLeft() {
    let weights = SentenceWeights(numbered(3), config: config())
    var random = SeededGenerator(seed: 4)
    let drawn = Set((0..<200).map { _ in weights.sample(from: [0, 2], using: &random) })
    #expect(drawn == [0, 2])
    #expect(weights.sample(from: [1], using: &random) == 1)
  }

  @Test func headingsAreNeverSampled() {
    let prompt = PromptSentences("### Task\nSay it. Be brief.\n### Tips\nThink.")
    let weights = SentenceWeights(prompt, config: config())
    var random = SeededGenerator(seed: 5)
    let drawn = Set((0..<200).map { _ in weights.sample(from: Set(0...4), using: &random) })
    #expect(drawn == [1, 2, 4])
    #expect(weights.probability(of: 4) == 1.0 / 3)
  }

  @Test(
    arguments: [
      // The revised sentence passes its weight on.
      (["A", "B", "C"], 1, ["A", "X", "C"], [0, 1, 2]),
      // Split in two, or moved to the end.
      (["A", "B", "C"], 1, ["A", "X", "Y", "C"], [0, 1, 1, 2]),
      (["A", "B", "C"], 2, ["A", "B", "X", "Y"], [0, 1, 2, 2]),
      (["A", "B", "C"], 0, ["X", "B", "C"], [0, 1, 2]),
      // Taken out.
      (["A", "B", "C"], 1, ["A", "C"], [0, 2]),
      // A change elsewhere is new; the sentence itself is still there.
      (["A", "B", "C"], 0, ["A", "B", "C", "X"], [0, 1, 2, -1]),
      // A change elsewhere besides.
      (["A", "B", "C", "D"], 0, ["X", "B", "Y", "D"], [0, 1, -1, 3]),
      // Nothing is left.
      (["A", "B"], 0, ["X"], [0]),
      (["A", "B"], 0, [], []),
    ] as [([String], Int, [String], [Int])])
  func carriesWeights(old: [String], edited: Int, new: [String], from: [Int]) {
    var weights = SentenceWeights(prompt(old), config: config(rate: 1))
    for part in old.indices { weights.update(part, reward: Double(part + 1) / 10) }
    let carried = weights.carried(to: prompt(new), edited: edited)
    #expect(carried.weights == from.map { $0 < 0 ? 1 : weights.weights[$0] })
  }

  @Test func carriesThroughAVeryLongPrompt() {
    let old = (0..<3_000).map { "Old\($0)" }
    let weights = SentenceWeights(prompt(old), config: config())
    let new = ["Old0"] + (0..<3_000).map { "New\($0)" }
    #expect(weights.carried(to: prompt(new), edited: 7).weights.count == 3_001)
  }
}
