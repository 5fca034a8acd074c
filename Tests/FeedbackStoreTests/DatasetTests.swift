import FeedbackStore
import Foundation
import TestSupport
import Testing

@Suite struct DatasetTests {
  @Test func rankingsHoldMeanCountAndVarianceOfSearchAnswersOnly() throws {
    let world = try World()
    let better = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    var random = SeededGenerator(seed: 3)
    var expected: [Int64: [Double]] = [:]
    for (prompt, shift) in [(world.train, 0.0), (better, 2.0)] {
      for example in world.examples.prefix(6) {
        let score = shift + Double.random(in: 0...1, using: &random)
        expected[prompt, default: []].append(score)
        try world.store.record([world.row(prompt, example, score: score)])
      }
      // Neither fresh answers nor failures are in the mean.
      try world.store.record([
        world.row(prompt, world.examples[6], score: 100, purpose: .fresh),
        world.row(prompt, world.examples[7], score: nil),
      ])
    }
    let ranking = try #require(try world.store.rankings(target: world.target).first)
    #expect(ranking.originalID == world.train && ranking.originalText == "Is it good or bad?")
    #expect(ranking.candidates.map(\.promptID) == [better, world.train])
    for candidate in ranking.candidates {
      let scores = try #require(expected[candidate.promptID])
      let mean = scores.reduce(0, +) / 6
      let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5
      #expect(candidate.count == 6)
      #expect(abs(candidate.mean - mean) < 1e-12)
      #expect(abs((candidate.variance ?? -1) - variance) < 1e-12)
    }
  }

  @Test func candidatesAreComparedOnSharedExamplesOnly() throws {
    let world = try World()
    // The first examples are easy: whoever ran on them alone has the higher mean.
    let early = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    let late = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    let scores: [(prompt: Int64, scores: [Double])] = [
      (world.train, [1, 1, 0, 0, 0, 0]), (early, [1, 0.5]), (late, [1, 1, 0.5, 0, 0.25, 0]),
    ]
    for (prompt, values) in scores {
      try world.store.record(
        zip(world.examples, values).map { world.row(prompt, $0, score: $1) })
    }
    let ranking = try #require(try world.store.rankings(target: world.target).first)
    #expect(ranking.candidates.map(\.promptID) == [late, world.train, early])
    #expect(ranking.candidates.map(\.gain) == [0.125, 0, -0.25])
    #expect(ranking.candidates[2].mean > ranking.candidates[0].mean)
    // Differences 0 and -1/2; 0 six times; 0, 0, 1/2, 0, 1/4, 0.
    let errors = ranking.candidates.map(\.gainStandardError)
    #expect(errors[2] == 0.25 && errors[1] == 0)
    #expect(abs((errors[0] ?? 0) - (0.04375 / 6).squareRoot()) < 1e-12)
    let reworded = ranking.candidates[0].reworded("Other")
    #expect(reworded.text == "Other" && reworded.gain == 0.125)
    #expect(ranking.candidates.map(\.sharedCount) == [6, 6, 2])
  }

  @Test func whatSharesNothingWithItsOriginalIsNotRanked() throws {
    let world = try World()
    let other = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    try world.store.record([
      world.row(world.train, world.examples[0], score: 1),
      world.row(world.train, world.examples[2], score: nil),
      world.row(other, world.examples[1], score: 1),
      world.row(other, world.examples[2], score: 1),
      // The same example with another draw is another call.
      world.row(other, world.examples[0], score: 1, rollout: 1),
      world.row(other, world.examples[0], score: 1, purpose: .fresh),
    ])
    let rankings = try world.store.rankings(target: world.target)
    #expect(rankings.map { $0.candidates.map(\.promptID) } == [[world.train]])
  }

  @Test func onePromptMayCompeteForSeveralOriginals() throws {
    let world = try World()
    try world.store.add(candidates: [world.other], of: world.train, target: world.target)
    try world.store.add(candidates: [world.train], of: world.other, target: world.target)
    try world.store.record([
      world.row(world.train, world.examples[0], score: 0),
      world.row(world.other, world.examples[0], score: 1),
    ])
    let rankings = try world.store.rankings(target: world.target)
    #expect(rankings.map(\.originalID) == [world.train, world.other])
    #expect(rankings.allSatisfy { $0.candidates.map(\.promptID) == [world.other, world.train] })
    #expect(rankings[0].candidates[0].variance == nil)
  }

  @Test func pairsHoldTheChosenAndAreReplaced() throws {
    let world = try World()
    let better = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    let kept = Optimum(
      originalID: world.train, chosenID: world.train, searchGain: 0, freshGain: 0,
      freshStandardError: 0, freshCount: 3)
    try world.store.record([kept], target: world.target)
    #expect(try world.store.pairs(target: world.target).map(\.optimum) == [kept])
    let chosen = Optimum(
      originalID: world.train, chosenID: better, searchGain: 0.3, freshGain: 0.2,
      freshStandardError: 0.05, freshCount: 3)
    try world.store.record([chosen], target: world.target)
    let pairs = try world.store.pairs(target: world.target)
    #expect(pairs.map(\.optimum) == [chosen])
    #expect(pairs[0].chosenText == "Good? Bad?" && pairs[0].content == "g/b")
    #expect(pairs[0].task == "reviews" && pairs[0].kind == "classification")
    #expect(try world.store.pairs(target: world.target, role: .dev).isEmpty)
  }

  /// Another prompt has to be better where it was searched; the same one, measured on more.
  @Test func theBetterChoiceStaysWhicheverCameFirst() throws {
    let world = try World()
    let first = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    let second = try world.addCandidate(
      "Bad? Good?", parent: world.train, of: world.train, family: "a")
    func optimum(_ chosen: Int64, _ search: Double, fresh: Double, on count: Int) -> Optimum {
      Optimum(
        originalID: world.train, chosenID: chosen, searchGain: search, freshGain: fresh,
        freshStandardError: 0.05, freshCount: count)
    }
    func stored(_ optima: Optimum...) throws -> [Optimum] {
      for optimum in optima { try world.store.record([optimum], target: world.target) }
      return try world.store.pairs(target: world.target).map(\.optimum)
    }
    let solid = optimum(first, 0.3, fresh: 0.2, on: 100)
    let lucky = optimum(second, 0.2, fresh: 0.6, on: 16)
    #expect(try stored(solid, lucky) == [solid])
    #expect(try stored(optimum(first, 0.5, fresh: 0.7, on: 16)) == [solid])
    let again = optimum(first, 0.25, fresh: 0.1, on: 100)
    #expect(try stored(again) == [again])
    let better = optimum(second, 0.4, fresh: 0.05, on: 16)
    #expect(try stored(better) == [better])
    #expect(try stored(optimum(world.train, 0, fresh: 0, on: 0)) == [better])
  }

  @Test func aChosenPromptMustBeACandidate() throws {
    let world = try World()
    try world.store.add(candidates: [], of: world.train, target: world.target)
    let stranger = Optimum(
      originalID: world.train, chosenID: world.other, searchGain: 1, freshGain: 1,
      freshStandardError: 0, freshCount: 1)
    #expect(
      throws: StoreError.refused(
        action: "record chosen prompts", reason: "FOREIGN KEY constraint failed")
    ) { try world.store.record([stranger], target: world.target) }
  }

  @Test func statisticsCountEachTarget() throws {
    let world = try World()
    let tied = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    let worse = try world.addCandidate("Mood?", parent: world.train, of: world.train, family: "a")
    for (index, example) in world.examples.prefix(6).enumerated() {
      let score = Double(index % 2)
      try world.store.record([
        world.row(world.train, example, score: score), world.row(tied, example, score: 1 - score),
        world.row(worse, example, score: -9),
      ])
    }
    try world.store.record([
      world.row(world.other, world.examples[0], score: nil),
      world.row(world.train, world.examples[6], score: 0, isAnswered: false),
    ])
    try world.store.add(candidates: [], of: world.other, target: world.target)
    let optima = [(world.train, tied, 0.2, 0.1), (world.other, world.other, 0, 0)].map {
      Optimum(
        originalID: $0, chosenID: $1, searchGain: $2, freshGain: $3, freshStandardError: 0.1,
        freshCount: 3)
    }
    try world.store.record(optima, target: world.target)
    _ = try world.store.upsert(target: "south", fingerprint: "f2")

    let statistics = try world.store.statistics()
    let north = try #require(statistics.first)
    #expect(north.target == "north" && north.answered == 19 && north.failed == 1)
    #expect(north.unanswered == 1 && north.unansweredShare == 1 / 19)
    #expect(north.cost == 5 && north.meanLatencySeconds == 0.5)
    #expect(
      try world.store.failures() == [
        FailureCount(target: "north", reason: "timed out", count: 1)
      ])
    #expect(try world.store.freshGains() == ["north": [0.1]])
    #expect(north.tokens == 20 * 12 && north.originals == 2 && north.candidates == 4)
    #expect(north.pairs == 2 && north.kept == 1 && north.tiedShare == 0.5)
    #expect(try world.store.candidateMeans()["north"]?.count == 3)
    #expect(north.meanSearchGain == 0.1 && north.meanFreshGain == 0.05)
    let south = statistics[1]
    #expect(south.target == "south" && south.answered == 0 && south.pairs == 0)
    #expect(south.unansweredShare == nil && south.meanLatencySeconds == nil)
    #expect(try world.store.targets().map(\.name) == ["north", "south"])
    #expect(south.tiedShare == nil && south.meanFreshGain == nil)
  }
}
