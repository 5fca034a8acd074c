import PromptSearch
import Testing

@Suite struct DualPhaseLearningTests {
  private func searches(_ config: DualPhaseConfig) async throws -> [SearchOutcome] {
    var outcomes: [SearchOutcome] = []
    for seed in 1...16 as ClosedRange<UInt64> {
      outcomes.append(try await SentenceWorld.drawn(seed: seed).search(config))
    }
    return outcomes
  }

  private func mean(_ outcomes: [SearchOutcome], _ value: (SearchOutcome) -> Double) -> Double {
    outcomes.map(value).reduce(0, +) / Double(outcomes.count)
  }

  /// Gates that six sentences of small worth can pass, and time to look for a way through them.
  private let patient = DualPhaseConfig.paper.with {
    ($0.failureGate, $0.minimumGain, $0.trialsPerStep, $0.trialsPerSentence) = (0.15, 0.05, 30, 2)
  }

  @Test func reachesMostOfTheOptimumWithinFiveSteps() async throws {
    let outcomes = try await searches(patient)
    let optima = (1...16 as ClosedRange<UInt64>).map { SentenceWorld.drawn(seed: $0).optimum }
    let share = mean(outcomes, \.final) / (optima.reduce(0, +) / 16)
    #expect(mean(outcomes, \.initial) < 0.6)
    #expect(share > 0.8)
    #expect(outcomes.allSatisfy { $0.steps <= 5 && $0.final >= $0.initial })
    // Every wording of every sentence, tried once, would take 1,200 calls.
    #expect(mean(outcomes) { Double($0.targetCalls) } < 500)
  }

  @Test func thePapersConstantsImproveTheFirstPrompt() async throws {
    let outcomes = try await searches(.paper)
    #expect(mean(outcomes) { $0.final - $0.initial } > 0.05)
    #expect(mean(outcomes) { Double($0.targetCalls) } < 250)
  }

  /// An update moves a weight by a few hundredths, and there are five: sampling stays nearly uniform.
  @Test func weightsHardlyMatterAtThePapersLearningRate() async throws {
    let (weighted, uniform) = (
      try await searches(patient), try await searches(patient.with { $0.sampling = .uniform })
    )
    #expect(abs(mean(weighted, \.final) - mean(uniform, \.final)) < 0.05)
    #expect(weighted.flatMap(\.trials).allSatisfy { abs($0.probability - 1.0 / 7) < 0.03 })
  }
}
