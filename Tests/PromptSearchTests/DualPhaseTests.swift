import Foundation
import PromptSearch
import TestSupport
import Testing

/// The draft that the scripts of these tests begin phase 2 with, and its revisions.
private let draft = "Read it.\nSort it.\nBe brief.\n{{text}}"
private func revised(_ number: Int) -> String {
  "Read it.\nSort it, way \(number).\nBe brief.\n{{text}}"
}

/// Runs Dual-Phase where a draft right on the first `first` of ten examples is revised to prompts of
/// given scores, nil being a revision that was not written.
private func search(
  first: Int = 5, _ revisions: [[Double?]?], config: DualPhaseConfig = .paper, limit: Int? = nil,
  seed: UInt64 = 1
) async throws -> SearchOutcome {
  var script = SearchScript(scores: [draft: right(first)], texts: [draft], seed: seed)
  for (number, row) in revisions.enumerated() {
    script.texts.append(row == nil ? nil : revised(number))
    script.scores[revised(number)] = row
  }
  let problem = script.problem
  return try await dualPhase(problem, meter: ScoreMeter(problem, limit: limit), config: config)
}

@Suite struct DualPhaseTests {
  @Test func acceptsAGainAndStopsWithoutFailures() async throws {
    let outcome = try await search([right(7), right(10)])
    #expect((outcome.prompt, outcome.initialPrompt) == (revised(1), draft))
    #expect((outcome.initial, outcome.final) == (0.5, 1))
    #expect(outcome.original == nil)
    #expect((outcome.steps, outcome.ending) == (2, .noFailures))
    #expect(outcome.trials.map(\.verdict) == [.accepted, .accepted])
    #expect(outcome.trials.map(\.step) == [1, 2])
    #expect(outcome.trials.map(\.failures) == [5, 3])
    #expect(outcome.trials.map(\.failureScore) == [0.4, 1])
    #expect(outcome.trials.map(\.currentScore) == [0.5, 0.7])
    #expect((outcome.generatorCalls, outcome.targetCalls) == (3, 30))
    #expect(outcome.scored.map(\.score) == [0.5, 0.7, 1])
  }

  @Test func revisesTheSameSentenceAgainBelowTheGate() async throws {
    // Two, then three, of ten failures: 0.2 and 0.3.
    for seed in 1...5 as ClosedRange<UInt64> {
      let outcome = try await search(
        first: 0, [right(2), right(2), right(3)], config: .paper.with { $0.steps = 1 }, seed: seed)
      #expect(outcome.trials.map(\.verdict) == [.belowGate, .belowGate, .accepted])
      #expect(Set(outcome.trials.map(\.part)).count == 1)
      #expect(outcome.trials[0].validationScore == nil)
      #expect((outcome.ending, outcome.steps) == (.stepLimit, 1))
    }
  }

  @Test func whatAGateTookIsNotPaidAgain() async throws {
    let outcome = try await search(
      first: 6, [right(6), right(8)], config: .paper.with { $0.steps = 1 })
    #expect(outcome.trials.map(\.verdict) == [.belowGate, .accepted])
    #expect(outcome.trials.map(\.targetCalls) == [14, 24])
  }

  @Test func samplesAnotherSentenceBelowTheGain() async throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      // Half of the failures mended, as many answers broken.
      let worse = right(on: [0, 1, 2, 5, 6])
      let outcome = try await search(
        [worse, worse, nil, worse, right(6)], config: .paper.with { $0.trialsPerStep = 5 },
        seed: seed)
      #expect(
        outcome.trials.map(\.verdict)
          == [.belowGain, .belowGain, .nothingWritten, .belowGain, .belowGate])
      let parts = outcome.trials.prefix(5).map(\.part)
      #expect(zip(parts, parts.dropFirst()).allSatisfy { $0 != $1 }, "\(parts)")
    }
  }

  @Test func aGainOfATenthIsEnough() async throws {
    // 0.7 − 0.6 is below 0.1 in binary.
    let gate = DualPhaseConfig.paper.with { ($0.failureGate, $0.steps) = (0, 1) }
    #expect(try await search(first: 6, [right(7)], config: gate).steps == 1)
    #expect(try await search(first: 6, [right(6)], config: gate).steps == 0)
  }

  @Test func anyGainIsEnoughForAGoodPrompt() async throws {
    func steps(_ first: Int, _ second: Int) async throws -> Int {
      var script = SearchScript(texts: [draft, revised(0)], validationCount: 40)
      script.scores = [draft: right(first, of: 40), revised(0): right(second, of: 40)]
      let problem = script.problem
      return try await dualPhase(
        problem, meter: ScoreMeter(problem, limit: nil),
        config: .paper.with { $0.failureGate = 0 }
      ).steps
    }
    #expect(try await steps(36, 37) == 1)
    #expect(try await steps(36, 36) == 0)
    #expect(try await steps(35, 38) == 0)
    #expect(
      try await search([right(8), right(9), right(10)]).trials.map(\.neededGain) == [0.1, 0.1, 0])
  }

  @Test func withoutALeastGainAnyStrictOneIsEnough() async throws {
    let config = DualPhaseConfig.paper.with { ($0.minimumGain, $0.steps) = (0, 1) }
    let same = right(on: [0, 1, 2, 5, 6])
    let outcome = try await search([same, right(6)], config: config.with { $0.failureGate = 0 })
    #expect(outcome.trials.map(\.verdict) == [.belowGain, .accepted])
  }

  @Test func aStepEndsWithItsTrials() async throws {
    let rows = [[Double?]?](repeating: right(5), count: 20)
    let outcome = try await search(rows, config: .paper.with { $0.trialsPerStep = 4 })
    #expect((outcome.ending, outcome.trials.count) == (.trialLimit, 4))
    #expect((outcome.prompt, outcome.final) == (draft, 0.5))
  }

  @Test func aWriterWithoutWordsEndsTheSearch() async throws {
    for trials in 4...5 {
      let outcome = try await search([nil, nil], config: .paper.with { $0.trialsPerStep = trials })
      #expect((outcome.ending, outcome.trials.count) == (.nothingToRevise, 4))
      #expect(Set(outcome.trials.map(\.part)).count == 4)
      #expect(outcome.generatorCalls == 5)
    }
    #expect(
      try await search([], config: .paper.with { $0.trialsPerStep = 3 }).ending == .trialLimit)
  }

  @Test func aSentenceWithoutARevisionIsLeftOutUntilThePromptChanges() async throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      let worse = right(on: [0, 1, 2, 5, 6])
      let outcome = try await search(
        [nil, nil, nil, worse, worse, right(7), nil, nil, nil, nil], seed: seed)
      let parts = outcome.trials.map(\.part)
      #expect(Set(parts[..<3]).count == 3)
      // One sentence is left: it is tried again and again.
      #expect(parts[3...5].allSatisfy { !parts[..<3].contains($0) })
      #expect(outcome.trials[5].verdict == .accepted)
      // A new prompt, and all its sentences.
      #expect(Set(parts[6...]) == [0, 1, 2, 3] && outcome.ending == .nothingToRevise)
    }
  }

  @Test func aTextTriedBeforeIsATrialButNotScored() async throws {
    var script = SearchScript(scores: [draft: right(5)], texts: [draft, draft, "No field."])
    script.scores[script.original] = right(10)
    script.texts.append(script.original)
    let problem = script.problem
    let outcome = try await dualPhase(
      problem, meter: ScoreMeter(problem, limit: nil),
      config: .paper.with { $0.trialsPerStep = 3 })
    #expect(outcome.trials.map(\.verdict) == [.refused, .refused, .refused])
    #expect(outcome.trials.map(\.refusal) == [.duplicate, .placeholders, .duplicate])
    #expect(outcome.targetCalls == 10)
  }

  @Test func theBudgetEndsTheSearchBeforeATrialItDoesNotPay() async throws {
    let rows = [right(7), right(9), right(10)]
    for (limit, steps, calls) in [(10, 0, 10), (19, 0, 10), (20, 1, 20), (39, 2, 30)] {
      let outcome = try await search(rows, limit: limit)
      #expect((outcome.steps, outcome.targetCalls, outcome.ending) == (steps, calls, .budget))
      #expect(outcome.generatorCalls == steps + 1)
    }
    #expect(try await search(rows, limit: 40).ending == .noFailures)
    await #expect(throws: OptimizationError.limitBelowOnePrompt(limit: 9, examples: 10)) {
      try await search(rows, limit: 9)
    }
  }

  @Test func aFailedCallIsNoFailureOfThePrompt() async throws {
    let gappy: [Double?] = [1, 1, 1, 1, nil, nil, 0, 0, 0, 0]
    var script = SearchScript(scores: [draft: gappy], texts: [draft, revised(0), revised(1)])
    // Most calls failed; then right wherever it was answered, but the draft was not asked there.
    script.scores[revised(0)] = [1, nil, nil, nil, nil, nil, 1, nil, nil, nil]
    script.scores[revised(1)] = [nil, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    let problem = script.problem
    let outcome = try await dualPhase(
      problem, meter: ScoreMeter(problem, limit: nil), config: .paper.with { $0.steps = 1 })
    #expect(outcome.initial == 0.5)
    #expect(outcome.trials.map(\.failures) == [4, 4])
    #expect(outcome.trials.map(\.verdict) == [.notScored, .accepted])
    #expect(outcome.trials[1].failureScore == 0.75)
    #expect(outcome.trials[1].gain.map { abs($0 - 3.0 / 7) < 1e-12 } == true)
    #expect(outcome.final == 8.0 / 9)
  }

  @Test func aTargetThatDoesNotAnswerEndsTheSearch() async throws {
    let problem = SearchScript(texts: [draft]).problem
    await #expect(throws: OptimizationError.notScored(examples: 10)) {
      try await dualPhase(problem, meter: ScoreMeter(problem, limit: nil), config: .paper)
    }
  }

  @Test func partlyRightAnswersFailBelowTheThreshold() async throws {
    var script = SearchScript(texts: [draft], validationCount: 4)
    script.scores[draft] = [1, 0.8, 0.5, 0.4]
    for (threshold, failures) in [(1.0, 3), (0.8, 2), (0.5, 1), (0.4, 0)] {
      let problem = script.problem
      let outcome = try await dualPhase(
        problem, meter: ScoreMeter(problem, limit: nil),
        config: .paper.with { $0.failureBelow = threshold })
      #expect(outcome.trials.first?.failures ?? 0 == failures)
    }
  }

  @Test func noteTellsWhatChanged() async throws {
    let (split, without) = (
      "Read it.\nSort it.\nSay little.\nSay it once.\n{{text}}", "Sort it.\nBe brief.\n{{text}}"
    )
    var script = SearchScript(texts: [draft, split, without])
    script.scores = [draft: right(0), split: right(0), without: right(3)]
    let problem = script.problem
    let events = Record<SearchEvent>()
    let outcome = try await dualPhase(
      problem, meter: ScoreMeter(problem, limit: nil), config: .paper.with { $0.steps = 1 },
      onEvent: { events.add($0) })
    #expect(outcome.trials.map(\.before) == ["Be brief.", "Read it."])
    #expect(outcome.trials.map(\.after) == ["Say little. Say it once.", ""])
    #expect(outcome.trials.map(\.prompt) == [split, without])
    #expect(outcome.trials.map(\.sentences.count) == [4, 3])
    #expect(
      events.values == [.began(outcome.drafts)] + outcome.trials.map { .tried($0) } + [
        .ended(outcome)
      ])
    let data = try JSONEncoder().encode(outcome)
    #expect(try JSONDecoder().decode(SearchOutcome.self, from: data) == outcome)
  }

  @Test func settingsAreChecked() {
    #expect(DualPhaseConfig.paper.problem == nil)
    let faults: [(String, (inout DualPhaseConfig) -> Void)] = [
      ("drafts is -1, outside 0...1000", { $0.drafts = -1 }),
      ("steps is 1001, outside 0...1000", { $0.steps = 1001 }),
      ("trialsPerStep is 0, outside 1...1000", { $0.trialsPerStep = 0 }),
      ("failuresShown is -2, outside 0...1000", { $0.failuresShown = -2 }),
      ("failureGate is 1.5, outside 0...1", { $0.failureGate = 1.5 }),
      ("minimumGain is nan, outside 0...1", { $0.minimumGain = .nan }),
      ("alpha is -0.1, outside 0...1", { $0.alpha = -0.1 }),
      ("learningRate is inf, not above 0 and up to 10.0", { $0.learningRate = .infinity }),
      ("initialWeight is 0.0, not above 0 and up to 100.0", { $0.initialWeight = 0 }),
      ("failureBelow is 0.0, not above 0 and up to 1.0", { $0.failureBelow = 0 }),
    ]
    for (words, change) in faults {
      #expect(DualPhaseConfig.paper.with(change).problem == words)
    }
  }
}

@Suite struct DualPhaseDraftTests {
  private let other = "Look at it.\nName the sort.\n{{text}}"
  private let config = DualPhaseConfig.paper.with { ($0.drafts, $0.steps) = (2, 0) }

  private func begin(
    _ texts: [String?], scores: [String: [Double?]], config: DualPhaseConfig, limit: Int? = nil
  ) async throws -> SearchOutcome {
    let problem = SearchScript(scores: scores, texts: texts, required: ["sort"]).problem
    return try await dualPhase(problem, meter: ScoreMeter(problem, limit: limit), config: config)
  }

  @Test func theBestDraftBegins() async throws {
    let scores = [draft: right(4), other: right(6)]
    let outcome = try await begin([draft, other], scores: scores, config: config)
    #expect(outcome.initialPrompt == other)
    #expect(outcome.drafts.map(\.score) == [0.4, 0.6])
    #expect(outcome.drafts.map(\.isChosen) == [false, true])
    #expect((outcome.ending, outcome.generatorCalls, outcome.targetCalls) == (.stepLimit, 2, 20))
  }

  @Test func theEarliestOfEqualDraftsBeginsAndTheOriginalLast() async throws {
    let original = SearchScript(texts: []).original
    var scores = [draft: right(5), other: right(on: [5, 6, 7, 8, 9]), original: right(5)]
    let competing = config.with { $0.originalCompetes = true }
    var outcome = try await begin([draft, other], scores: scores, config: competing)
    #expect((outcome.initialPrompt, outcome.original) == (draft, 0.5))
    #expect(outcome.drafts.map(\.source) == [.original, .writer, .writer])
    scores[original] = right(6)
    outcome = try await begin([draft, other], scores: scores, config: competing)
    #expect((outcome.initialPrompt, outcome.original) == (original, 0.6))
    #expect(outcome.generatorCalls == 2)
  }

  @Test func theOriginalBeginsWithoutAUsableDraft() async throws {
    let original = SearchScript(texts: []).original
    let outcome = try await begin(
      ["Name its colour.\n{{text}}", nil], scores: [original: right(3)], config: config)
    #expect(outcome.initialPrompt == original)
    #expect(outcome.drafts.map(\.refusal) == [.requiredWord, nil, nil])
    #expect(outcome.drafts.map(\.source) == [.writer, .writer, .original])
    #expect((outcome.original, outcome.initial) == (0.3, 0.3))
  }

  @Test func aDraftThatCannotBeScoredDoesNotBegin() async throws {
    let unscored = [Double?](repeating: nil, count: 6) + [1, 1, 1, 1]
    let outcome = try await begin(
      [draft, other], scores: [draft: unscored, other: right(1)], config: config)
    #expect(outcome.drafts.map(\.score) == [nil, 0.1])
    #expect(outcome.initialPrompt == other)
  }

  @Test func onlyDraftsThatAreTriedAndPaidForCompete() async throws {
    let scores = [draft: right(4), other: right(6)]
    let texts = [nil, SearchScript(texts: []).original, draft, other]
    let four = config.with { $0.drafts = 4 }
    let outcome = try await begin(texts, scores: scores, config: four, limit: 19)
    #expect(outcome.initialPrompt == draft)
    #expect(outcome.drafts.map(\.score) == [nil, nil, 0.4])
    #expect((outcome.targetCalls, outcome.generatorCalls) == (10, 3))
  }

  @Test func noDraftIsAskedForThatTheLimitCannotPay() async throws {
    let original = SearchScript(texts: []).original
    let scores = [draft: right(4), other: right(6), original: right(5)]
    let competing = config.with { $0.originalCompetes = true }
    for (limit, calls) in [(10, 0), (29, 1), (30, 2)] {
      let outcome = try await begin(
        [draft, other], scores: scores, config: competing, limit: limit)
      #expect((outcome.generatorCalls, outcome.drafts.count) == (calls, calls + 1))
      #expect(outcome.targetCalls == 10 * (calls + 1))
    }
    await #expect(throws: OptimizationError.limitBelowOnePrompt(limit: 9, examples: 10)) {
      try await begin([draft, other], scores: scores, config: config, limit: 9)
    }
  }
}

@Suite struct DualPhaseWeightTests {
  private func weights(_ config: DualPhaseConfig) async throws -> [SearchTrial] {
    // Mends half of the failures and breaks as many; then a gain.
    try await search(
      [right(on: [0, 1, 2, 5, 6]), right(7)],
      config: config.with { ($0.steps, $0.learningRate) = (1, 1) }
    ).trials
  }

  /// α Acc(p', V) + (1 − α) Acc(p', F) of the two revisions.
  private let rewards = [0.4 * 0.5 + 0.6 * 0.4, 0.4 * 0.7 + 0.6 * 0.4]

  @Test func acceptedRevisionsMoveTheSentencesWeight() async throws {
    let trials = try await weights(.paper)
    #expect(trials[0].weights == [1, 1, 1, 1])
    // The writer revised the second sentence, whatever was sampled: that one inherits.
    let expected = exp(rewards[1] / (0.25 * 4))
    #expect(abs((trials[1].weights.max() ?? 0) - expected) < 1e-12)
    #expect(trials[1].probability == 0.25)
  }

  @Test func rejectionsMoveItWhereConfigured() async throws {
    let trials = try await weights(.paper.with { $0.updatesOnRejection = true })
    let moved = exp(rewards[0] / (0.25 * 4))
    #expect(trials[0].weights.sorted()[..<3] == [1, 1, 1])
    #expect(abs(trials[0].weights[trials[0].part] - moved) < 1e-12)
    #expect(trials[1].probability < 0.25)
  }

  @Test func uniformSamplingLearnsNothing() async throws {
    let outcome = try await search(
      [right(7), right(9)],
      config: .paper.with { ($0.sampling, $0.learningRate, $0.steps) = (.uniform, 1, 2) })
    #expect(outcome.trials.map(\.probability) == [0.25, 0.25])
    #expect(outcome.trials.allSatisfy { $0.weights == [1, 1, 1, 1] })
  }
}
