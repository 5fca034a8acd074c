import PromptSearch
import TestSupport
import Testing

@Suite struct RacePropertyTests {
  @Test func theBudgetHoldsWhateverFails() async {
    var random = SeededGenerator(seed: 11)
    for seed in 1...60 as ClosedRange<UInt64> {
      var world = RaceWorld.drawn(
        Int.random(in: 2...60, using: &random), deviation: 0.2, seed: seed)
      world.failures = Double.random(in: 0...0.6, using: &random)
      let config = SearchConfig(
        callsPerOriginal: Int.random(in: 40...2000, using: &random), firstExamples: 5,
        reduction: Double.random(in: 1.2...4, using: &random), dropConfidence: 0.8, finalists: 3)
      let result = await world.race(config, examples: 60)
      #expect(result.calls <= config.callsPerOriginal)
      #expect(result.calls == result.scores.reduce(0) { $0 + $1.count })
      // Everyone either is still there or left for a reason.
      #expect(
        Set(result.survivors).union(result.departures.keys) == Set(world.qualities.indices)
          && result.survivors.count + result.departures.count == world.qualities.count)
      #expect(result.winner == 0 || result.survivors.contains(result.winner))
    }
  }

  /// Both spend the same calls on the same worlds; only their division differs.
  @Test func theBestIsFoundMoreOftenThanByEvenDivision() async {
    let (count, even) = (40, 15)
    let config = SearchConfig(
      callsPerOriginal: (count + 1) * even, firstExamples: 6, reduction: 2, dropConfidence: 0.95,
      finalists: 2)
    var (raced, divided) = (Tally(), Tally())
    for seed in 1...100 as ClosedRange<UInt64> {
      let world = RaceWorld.drawn(count + 1, deviation: 0.1, seed: seed)
      raced.add(await world.race(config, examples: 200), world)
      divided.add(await world.race(config, examples: even), world)
    }
    #expect(raced.found > divided.found + 10, "\(raced), \(divided)")
    #expect(raced.quality > divided.quality + 0.01, "\(raced), \(divided)")
  }

  /// How often the best was found, and how good on average what was found is.
  private struct Tally {
    var found = 0
    var quality = 0.0
    var races = 0.0

    mutating func add(_ result: RaceResult, _ world: RaceWorld) {
      let leader = result.survivors.max {
        result.gain(of: $0, over: 0).mean < result.gain(of: $1, over: 0).mean
      }
      let best = world.qualities.max() ?? 0
      let leaderQuality = world.qualities[leader ?? 0]
      found += leaderQuality == best ? 1 : 0
      quality += (leaderQuality - quality) / (races + 1)
      races += 1
    }
  }

  /// The hardest case is that all are equally good: then every one is a best one.
  @Test(arguments: [0.3, 0.8])
  func theBestIsSeldomDroppedEarly(confidence: Double) async {
    let config = SearchConfig(
      callsPerOriginal: 2500, firstExamples: 10, reduction: 1.3, dropConfidence: confidence,
      finalists: 1)
    var dropped = 0
    for seed in 1...60 as ClosedRange<UInt64> {
      let world = RaceWorld(seed: seed, qualities: Array(repeating: 0.5, count: 13))
      let result = await world.race(config, examples: 400)
      if case .confidentlyWorse = result.departures[1] { dropped += 1 }
    }
    #expect(Double(dropped) <= (1 - confidence) * 60)
  }

  @Test func theClearlyWorseAreDroppedEarlyAndTheirCallsGoToTheOthers() async {
    let qualities = Array(repeating: 0.05, count: 20) + Array(repeating: 0.9, count: 6)
    let world = RaceWorld(seed: 4, qualities: qualities)
    func config(_ confidence: Double) -> SearchConfig {
      SearchConfig(
        callsPerOriginal: 1200, firstExamples: 20, reduction: 1.2, dropConfidence: confidence,
        finalists: 2)
    }
    let never = await world.race(config(0), examples: 300)
    let early = await world.race(config(0.95), examples: 300)
    #expect(early.departures.values.count { $0 == .confidentlyWorse(round: 1) } > 10)
    #expect(early.departures[world.qualities.count - 1] != .confidentlyWorse(round: 1))
    #expect(never.departures.values.allSatisfy { if case .outranked = $0 { true } else { false } })
    #expect(
      early.rounds.last?.examples.upperBound ?? 0 > never.rounds.last?.examples.upperBound ?? 0)
  }

  @Test func evidenceGrowsOnlyWithWhatWasSeen() {
    #expect(evidence(thatPositive: []) == 1)
    #expect(evidence(thatPositive: Array(repeating: 0, count: 50)) == 1)
    // Four examples that agree, without any variance, are no proof at 95 %.
    #expect(evidence(thatPositive: [1, 1, 1, 1]) < 20)
    #expect(evidence(thatPositive: Array(repeating: 1, count: 10)) > 100)
    #expect(evidence(thatPositive: Array(repeating: -1, count: 10)) < 0.1)
  }

  /// Ville's inequality, looked at again and again.
  @Test func evidenceOfNothingIsSeldomStrong() {
    var random = SeededGenerator(seed: 12)
    var strong = 0
    for _ in 0..<300 {
      var differences: [Double] = []
      for _ in 0..<20 {
        differences += (0..<5).map { _ in Double(Int.random(in: -1...1, using: &random)) }
        if evidence(thatPositive: differences) >= 10 {
          strong += 1
          break
        }
      }
    }
    #expect(strong <= 30)
  }
}
