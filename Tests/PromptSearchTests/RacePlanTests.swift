import PromptSearch
import TestSupport
import Testing

@Suite struct RacePlanTests {
  private func config(
    _ calls: Int, first: Int = 8, reduction: Double = 3, finalists: Int = 4
  ) -> SearchConfig {
    SearchConfig(
      callsPerOriginal: calls, firstExamples: first, reduction: reduction, dropConfidence: 0.95,
      finalists: finalists)
  }

  @Test func aSmallRace() {
    #expect(
      config(184).rounds(candidates: 12, examples: 24) == [
        RaceStage(candidates: 12, examples: 8), RaceStage(candidates: 4, examples: 16),
      ])
    // More calls than that are spent on a longer first round, until everyone sees everything.
    #expect(
      config(250).rounds(candidates: 12, examples: 24) == [
        RaceStage(candidates: 12, examples: 16), RaceStage(candidates: 4, examples: 8),
      ])
    #expect(
      config(400).rounds(candidates: 12, examples: 24) == [RaceStage(candidates: 12, examples: 24)])
    // So few candidates are all finalists.
    #expect(
      config(100).rounds(candidates: 3, examples: 100) == [RaceStage(candidates: 3, examples: 25)])
  }

  @Test func tooSmallABudgetTakesFewerCandidates() {
    let rounds = config(184).rounds(candidates: 1000, examples: 200)
    #expect(rounds.first == RaceStage(candidates: 17, examples: 8))
    #expect(rounds.last?.candidates == 4)
    #expect(rounds.reduce(0) { $0 + $1.examples } >= 13)
    #expect(
      config(40).rounds(candidates: 12, examples: 8) == [RaceStage(candidates: 4, examples: 8)])
  }

  @Test func nothingToRace() {
    #expect(config(184).rounds(candidates: 0, examples: 24).isEmpty)
    #expect(config(184).rounds(candidates: 12, examples: 0).isEmpty)
  }

  @Test func theBudgetIsUsedAndNeverExceeded() {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<2000 {
      let finalists = Int.random(in: 1...8, using: &random)
      let first = Int.random(in: 1...20, using: &random)
      let config = config(
        Int.random(in: first * (finalists + 1)...20_000, using: &random), first: first,
        reduction: Double.random(in: 1.1...6, using: &random), finalists: finalists)
      let (count, examples) = (
        Int.random(in: 1...1000, using: &random), Int.random(in: 1...300, using: &random)
      )
      let rounds = config.rounds(candidates: count, examples: examples)
      let calls = rounds.reduce(0) { $0 + $1.calls }
      let seen = rounds.reduce(0) { $0 + $1.examples }
      let last = rounds[rounds.count - 1]
      #expect(config.problem == nil)
      #expect(calls <= config.callsPerOriginal && seen <= examples)
      #expect(rounds.allSatisfy { $0.examples > 0 })
      #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0.candidates > $1.candidates })
      #expect(rounds[0].examples >= min(first, examples))
      #expect(last.candidates == min(count, finalists) || seen == examples)
      // What is left would not give the finalists another example, or there is no other.
      #expect(seen == examples || config.callsPerOriginal - calls < last.candidates + 1)
      // Where the examples ran out, what is left would not give the first round another one.
      #expect(
        seen < examples || rounds.count == 1
          || config.callsPerOriginal - calls < (rounds[0].candidates + 1) * rounds.count)
    }
  }

  @Test func wrongSettingsAreNamed() {
    #expect(config(0).problem == "callsPerOriginal is 0, outside 1...1000000000")
    #expect(config(100, reduction: 1).problem == "reduction is 1.0, not a number of 1.1 or more")
    #expect(
      config(39).problem
        == "callsPerOriginal is 39, but one round of the original and 4 finalists on 8 examples "
        + "takes 40")
    #expect(
      SearchConfig(
        callsPerOriginal: 99, firstExamples: 1, reduction: 2, dropConfidence: 1, finalists: 1
      ).problem == "dropConfidence is 1.0, not from 0 to below 1")
  }
}
