import FeedbackStore
import Foundation
import GRDB
import Pipeline
import PromptSearch
import TestSupport
import Testing

/// What of `mapo optimize` is trained on, beside what the dataset's races found.
@Suite struct OptimizationLearningTests {
  private static let target: Int64 = 1

  /// Makes what was chosen for the first original hard to beat.
  private func strengthened(_ run: Run) throws -> Optimum {
    let pairs = try run.store.pairs(target: Self.target)
    let found = try #require(pairs.first { $0.optimum.chosenID != $0.optimum.originalID }).optimum
    let strong = Optimum(
      originalID: found.originalID, chosenID: found.chosenID, searchGain: 2, freshGain: 0.1,
      freshStandardError: 0.1, freshCount: 1000)
    try run.store.record([strong], target: Self.target)
    return strong
  }

  @Test func aRaceKeepsABetterOptimum() async throws {
    let world = try OptimizationWorld()
    let run = try world.open("first", settings: ["optimize.repeats=3"])
    _ = try await run.optimize()
    let strong = try strengthened(run)
    try await run.runStage(.dataset)
    let pairs = try run.store.pairs(target: Self.target)
    #expect(pairs.count > 3 && pairs.map(\.optimum).contains(strong))
  }

  @Test func aSearchKeepsABetterOptimum() async throws {
    let world = try OptimizationWorld()
    let run = try world.open("first")
    try await run.runStage(.dataset)
    let strong = try strengthened(run)
    let text = try #require(
      try run.store.pairs(target: Self.target).first { $0.optimum == strong }
    ).originalText
    let own = try world.open(
      "first", OptimizationWorld.amber, .resume,
      settings: ["optimize.prompt=\(OptimizationWorld.quoted(text))"])
    let report = try await own.optimize()
    #expect(report.searches[0].originalPrompt == text)
    #expect(try own.store.pairs(target: Self.target).map(\.optimum).contains(strong))
  }

  /// A rewriter could not be asked for what its guards refuse.
  @Test func onlyWhatGuardsLetPassIsLearned() async throws {
    let world = try OptimizationWorld()
    let run = try world.open(
      "guarded", settings: ["guards={maximumLengthRatio: 1.0, extraCharacters: 40}"])
    let report = try await run.optimize(methods: [.dualPhase, .bestOfRandom])
    let search = report.searches[0]
    let scored = Set(search.methods.flatMap(\.outcome.scored).map(\.text))
    let allowed = scored.filter { text in
      run.configuration.guards.violation(
        original: search.originalPrompt, rewritten: text) == nil
    }
    #expect(allowed.count > 1 && allowed.count < scored.count)
    let ranking = try #require(try run.store.rankings(target: Self.target).first)
    #expect(Set(ranking.candidates.map(\.text)) == allowed)
    let pair = try #require(try run.store.pairs(target: Self.target).first)
    #expect(allowed.contains(pair.chosenText))
  }

  /// What nearly is a training prompt is held out of training with it.
  @Test(arguments: [" ", "!"])
  func aPromptLikeATrainingPromptIsOfItsFamily(end: String) async throws {
    let world = try OptimizationWorld()
    let entry = try world.open("pool").pool.tasks[0]
    let places = zip(entry.task.prompts, entry.split.assignments)
    let known = try #require(places.first { $1.split == .train && $0.text.hasSuffix(":") })
    let text = known.0.text + end
    let run = try world.open(
      "near", settings: ["optimize.prompt=\(OptimizationWorld.quoted(text))"])
    #expect(try await run.optimize().searches[0].keptFromTraining == nil)
    let ranking = try #require(try run.store.rankings(target: Self.target).first)
    #expect(ranking.originalText == text && ranking.family == known.1.cluster)
  }

  private func ranking(_ candidates: [(origin: String, count: Int)]) -> PromptRanking {
    PromptRanking(
      task: "t", kind: "qa", role: .train, family: "f", content: "c", originalID: 0,
      originalText: "",
      candidates: candidates.enumerated().map { index, candidate in
        RankedPrompt(
          promptID: Int64(index), text: "", origin: candidate.origin, mean: 1,
          count: candidate.count, variance: nil, gain: 0, gainStandardError: nil,
          sharedCount: candidate.count)
      })
  }

  /// Optimising scores on more examples than a race: its finalists stay those of the baselines.
  @Test func finalistsOfARaceStay() {
    let finalists = { (candidates: [(String, Int)]) in
      BestTrainingPrompts.finalists(of: ranking(candidates), raced: 24).map(\.promptID)
    }
    let raced = [("pool", 24), ("rules", 24), ("rules", 22), ("model", 12)]
    #expect(finalists(raced) == [0, 1, 2])
    #expect(finalists(raced + [("dualPhase", 40), ("ape", 10)]) == [0, 1, 2, 4])
    // A text of the race that was found again.
    #expect(finalists(raced + [("rules", 60), ("dualPhase", 40)]) == [0, 1, 2, 4, 5])
    #expect(finalists([("pool", 12), ("rules", 12), ("uniform", 40)]) == [0, 1, 2])
    #expect(finalists([("user", 40), ("dualPhase", 40)]).isEmpty)
  }
}
