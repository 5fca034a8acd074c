import PromptSearch
import TestSupport
import Testing

@Suite struct DualPhaseGoldenTests {
  private struct Golden: Decodable, Sendable {
    let cases: [Case]
  }

  private struct Case: Decodable, Sendable {
    let world: SentenceWorld
    let config: DualPhaseConfig
    let limit: Int?
    let outcome: Outcome
  }

  private struct Outcome: Decodable, Sendable {
    let prompt: String
    let initial, final: Double
    let steps, generatorCalls, targetCalls: Int
    let ending: SearchOutcome.Ending
    let trials: [Trial]
  }

  private struct Trial: Decodable, Sendable {
    let step, trial, part: Int
    let probability: Double
    let verdict: SearchTrial.Verdict
    let failureScore, validationScore, gain: Double?
    let neededGain: Double
    let weights: [Double]
    let targetCalls: Int
  }

  /// Both add up a dozen numbers; the file has twelve digits.
  private func isSame(_ left: Double?, _ right: Double?) -> Bool {
    guard let left, let right else { return left == right }
    return abs(left - right) <= 1e-11 * max(1, abs(right))
  }

  @Test func takesThePathsOfTheReference() async throws {
    let cases = try readGolden("dual-phase", as: Golden.self).cases
    #expect(cases.count == 24)
    for (number, golden) in cases.enumerated() {
      let (found, expected) = (
        try await golden.world.search(golden.config, limit: golden.limit), golden.outcome
      )
      #expect(found.prompt == expected.prompt, "case \(number)")
      #expect(isSame(found.initial, expected.initial) && isSame(found.final, expected.final))
      #expect(found.steps == expected.steps)
      #expect(found.generatorCalls == expected.generatorCalls)
      #expect(found.targetCalls == expected.targetCalls)
      #expect(found.ending == expected.ending)
      try #require(found.trials.count == expected.trials.count, "case \(number)")
      for (trial, other) in zip(found.trials, expected.trials) {
        let name: Comment = "case \(number), step \(other.step), trial \(other.trial)"
        #expect(
          (trial.step, trial.trial, trial.part) == (other.step, other.trial, other.part), name)
        #expect(trial.verdict == other.verdict, name)
        #expect(trial.targetCalls == other.targetCalls, name)
        #expect(isSame(trial.probability, other.probability), name)
        #expect(isSame(trial.failureScore, other.failureScore), name)
        #expect(isSame(trial.validationScore, other.validationScore), name)
        #expect(isSame(trial.gain, other.gain), name)
        #expect(trial.neededGain == other.neededGain, name)
        #expect(trial.weights.count == other.weights.count, name)
        #expect(zip(trial.weights, other.weights).allSatisfy { isSame($0, $1) }, name)
      }
    }
  }
}
