import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct RankAgreementTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let promptWeights, exampleWeights: [Double]
      let tau, all, loss: [Double]
    }
    let scores: [[[Double?]]]
    let half: [Bool]
    let cases: [Case]
  }

  @Test func oneHalvingAgreesWithScipy() throws {
    let golden = try golden("agreement.json", as: Golden.self)
    let prompts = Array(golden.scores[0].indices)
    let scores = TargetScores(golden.scores, groups: [prompts])
    let ranking = GroupRanking(scores, prompts: prompts, halves: [golden.half])
    for expected in golden.cases {
      let tables = ranking.tables(
        weights: expected.promptWeights, exampleWeights: expected.exampleWeights)
      for pair in 0..<9 {
        let (a, b) = (pair / 3, pair % 3)
        #expect(abs((tables.tau[a, b] ?? -2) - expected.tau[pair]) < 1e-12)
        #expect(abs((tables.onAllExamples[a, b] ?? -2) - expected.all[pair]) < 1e-12)
        #expect(abs((tables.loss[a, b] ?? -2) - expected.loss[pair]) < 1e-12)
      }
    }
  }

  @Test func meansThatDifferByRoundingAreTied() {
    let means = [(0.1 + 0.2 + 0.3) / 3, (0.3 + 0.2 + 0.1) / 3, 1]
    #expect(means[0] != means[1])
    let order = PairOrder(means, tolerance: 1e-9)
    #expect(order.tau(PairOrder([0, 1, 2])) == PairOrder([0, 0, 1]).tau(PairOrder([0, 1, 2])))
  }

  /// Two targets whose tastes correlate by 0.3. A score is the prompt's worth, what the prompt's style
  /// is worth on this example, and noise, all normal, so that every τ is known.
  private struct World {
    static let (groups, prompts, examples, styles) = (2, 12, 20, 4)
    static let (correlation, styleVariance, noiseVariance) = (0.3, 1.0, 2.25)

    static func scores(using random: inout SeededGenerator) -> TargetScores {
      let worths = (0..<groups * prompts).map { _ in
        let (own, shared) = (normal(&random), normal(&random))
        return [
          shared, correlation * shared + (1 - correlation * correlation).squareRoot() * own,
        ]
      }
      let scores = (0..<2).map { target in
        let byStyle = (0..<styles).map { _ in
          (0..<examples).map { _ in styleVariance.squareRoot() * normal(&random) }
        }
        return worths.indices.map { prompt in
          (0..<examples).map { example -> Double? in
            worths[prompt][target] + byStyle[prompt % styles][example]
              + noiseVariance.squareRoot() * normal(&random)
          }
        }
      }
      let groups = (0..<groups).map { Array($0 * prompts..<($0 + 1) * prompts) }
      return TargetScores(scores, groups: groups)
    }

    /// τ between means over halves: 2/π arcsin of their correlation, which for two prompts of one
    /// style is higher, as what the style is worth cancels.
    static func tau(correlation: Double) -> Double {
      let half = Double(examples) / 2
      func tau(variance: Double) -> Double {
        2 / Double.pi * asin(correlation / (1 + variance / half))
      }
      let ofOneStyle = Double(prompts / styles - 1) / Double(prompts - 1)
      return ofOneStyle * tau(variance: noiseVariance)
        + (1 - ofOneStyle) * tau(variance: noiseVariance + styleVariance)
    }
  }

  @Test func intervalsCoverWhatIsKnown() throws {
    let between = World.tau(correlation: World.correlation)
    let splitHalf = World.tau(correlation: 1)
    var random = SeededGenerator(seed: 5)
    var (means, covered) = ([0.0, 0, 0], [0, 0, 0])
    let repetitions = 150
    for _ in 0..<repetitions {
      let agreement = RankAgreement(
        [World.scores(using: &random)], halvings: 2, resamples: 60, using: &random)
      let intervals = [
        try #require(agreement.tau(0, 1)), try #require(agreement.tau(1, 1)),
        try #require(agreement.gap(splitHalfOf: 1, over: 0)),
      ]
      for (index, truth) in [between, splitHalf, splitHalf - between].enumerated() {
        means[index] += intervals[index].mean / Double(repetitions)
        if intervals[index].low <= truth && truth <= intervals[index].high { covered[index] += 1 }
      }
    }
    // Four standard errors of 150 estimates that deviate by about 0.12.
    #expect(abs(means[0] - between) < 0.04 && abs(means[1] - splitHalf) < 0.04, "\(means)")
    #expect(covered.allSatisfy { $0 >= 138 }, "\(covered) of 150")
  }

  @Test func aTargetAgreesWithACopyOfItselfAsItsHalvesDo() throws {
    var random = SeededGenerator(seed: 2)
    let scores = (0..<12).map { prompt in
      (0..<16).map { _ -> Double? in
        Double.random(in: 0..<1, using: &random) < Double(prompt) / 12 ? 1 : 0
      }
    }
    let agreement = RankAgreement(
      [TargetScores([scores, scores], groups: [Array(0..<12)])], halvings: 3, resamples: 20,
      using: &random)
    #expect(agreement.tau(0, 1) == agreement.tau(0, 0))
    #expect(agreement.gap(splitHalfOf: 0, over: 1) == Interval(mean: 0, low: 0, high: 0))
    #expect(agreement.loss(of: 1, givenBestOf: 0) == Interval(mean: 0, low: 0, high: 0))
    let all = try #require(agreement.tauOnAllExamples(0, 1))
    #expect(abs(all - 1) < 1e-12)
  }

  @Test func aGroupWithoutDifferencesCountsForNoPair() {
    var random = SeededGenerator(seed: 3)
    let varied = (0..<6).map { prompt in (0..<8).map { _ -> Double? in Double(prompt) } }
    let flat = varied.map { $0.map { _ -> Double? in 1 } }
    let failed = varied.map { $0.map { _ -> Double? in nil } }
    let tasks = [
      TargetScores([varied, varied], groups: [Array(0..<6)]),
      TargetScores([varied, flat], groups: [Array(0..<6), [0, 1, 2]]),
      TargetScores([varied, failed], groups: [Array(0..<6)]),
    ]
    let agreement = RankAgreement(tasks, halvings: 2, resamples: 20, using: &random)
    #expect(agreement.tau(0, 1) == Interval(mean: 1, low: 1, high: 1))
    #expect(agreement.tau(0, 1, task: 1) == nil && agreement.tau(1, 1, task: 1) == nil)
    let (pair, own) = (agreement.coverage(0, 1), agreement.coverage(0, 0))
    #expect(pair.groups == 1 && pair.prompts == 6)
    #expect(own.groups == 3 && own.prompts == 15)
    #expect(agreement.tau(0, 0, task: 2) == nil, "a prompt counts where all targets have answered")
    #expect(agreement.loss(of: 1, givenBestOf: 0, task: 1)?.mean == 0)
  }

  /// Right or wrong with the chances that `law` draws for a prompt of a group, by target.
  private func answers(
    groups: Int, using random: inout SeededGenerator,
    _ law: (Int, inout SeededGenerator) -> [Double]
  ) -> TargetScores {
    let (prompts, examples) = (20, 40)
    let worths = (0..<groups * prompts).map { law($0 / prompts, &random) }
    let scores = (0..<2).map { target in
      worths.map { worth in
        (0..<examples).map { _ -> Double? in
          Double.random(in: 0..<1, using: &random) < worth[target] ? 1 : 0
        }
      }
    }
    return TargetScores(
      scores, groups: (0..<groups).map { Array($0 * prompts..<($0 + 1) * prompts) })
  }

  /// Both have one order, but each answers half the prompts perfectly in every other group.
  @Test func tiesOfOneTargetLowerTauAndMakeNoPairOpposite() throws {
    var random = SeededGenerator(seed: 6)
    let tied = answers(groups: 12, using: &random) { group, random in
      let worth = Double.random(in: 0..<1, using: &random)
      let worths = [worth, min(1, worth + 0.5)]
      return group % 2 == 0 ? worths : worths.reversed()
    }
    let opposed = answers(groups: 12, using: &random) { _, random in
      let worth = Double.random(in: 0..<1, using: &random)
      return [worth, 1 - worth]
    }
    for (task, opposite) in [(tied, 0...0.002), (opposed, 0.3...0.6)] {
      let agreement = RankAgreement([task], halvings: 3, resamples: 40, using: &random)
      for (own, other) in [(0, 1), (1, 0)] {
        #expect(try #require(agreement.gap(splitHalfOf: own, over: other)).low > 0)
        #expect(try #require(agreement.loss(of: own, givenBestOf: other)).low > 0)
        #expect(opposite.contains(try #require(agreement.oppositePairs(own, other))))
      }
    }
  }

  /// The second target scores all prompts alike on the first half alone.
  @Test func aHalvingCountsForBothNumbersOrForNone() {
    let scores: [[[Double?]]] = [
      [[1, 1, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]], [[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 0, 0]],
    ]
    let halves = [[true, true, false, false], [true, false, true, false]]
    func tables(_ halves: [[Bool]]) -> AgreementTables {
      GroupRanking(TargetScores(scores, groups: [[0, 1, 2]]), prompts: [0, 1, 2], halves: halves)
        .tables(weights: [1, 1, 1], exampleWeights: [1, 1, 1, 1])
    }
    let (tied, other, both) = (tables([halves[0]]), tables([halves[1]]), tables(halves))
    #expect(tied.tau[0, 1] == nil && tied.splitHalf[0, 1] == nil && tied.tau[0, 0] != nil)
    #expect(other.tau[0, 1] != nil)
    #expect(both.tau[0, 1] == other.tau[0, 1] && both.splitHalf[0, 1] == other.splitHalf[0, 1])
  }

  @Test func onlyPromptsThatEveryTargetAnsweredAreCounted() {
    var random = SeededGenerator(seed: 7)
    let scores = (0..<6).map { prompt in (0..<8).map { _ -> Double? in Double(prompt) } }
    var other = scores
    other[2] = other[2].map { _ in nil }
    let task = TargetScores([scores, other], groups: [Array(0..<6)])
    let agreement = RankAgreement([task], halvings: 2, resamples: 0, using: &random)
    #expect(agreement.coverage(0, 1).prompts == 5 && agreement.coverage(0, 0).prompts == 5)
  }

  /// With two examples, half of the resamples draw one of them twice and leave a half without a score.
  @Test func anIntervalNeedsTwentyResamplesThatHaveTheValue() {
    let scores = (0..<6).map { prompt in (0..<2).map { _ -> Double? in Double(prompt) } }
    let task = TargetScores([scores], groups: [Array(0..<6)])
    for (resamples, isThere) in [(0, true), (20, false), (100, true)] {
      var random = SeededGenerator(seed: 8)
      let agreement = RankAgreement([task], halvings: 1, resamples: resamples, using: &random)
      #expect((agreement.tau(0, 0) != nil) == isThere, "\(resamples)")
    }
  }

  @Test func anIntervalOfTauEndsAtOne() throws {
    var random = SeededGenerator(seed: 9)
    let scores = (0..<6).map { prompt in
      (0..<8).map { _ -> Double? in Double(prompt) + Double.random(in: 0..<2, using: &random) }
    }
    let task = TargetScores([scores], groups: [Array(0..<6)])
    let agreement = RankAgreement([task], halvings: 2, resamples: 50, using: &random)
    let tau = try #require(agreement.tau(0, 0))
    #expect(tau.high == 1 && tau.low < tau.mean, "\(tau)")
  }

  @Test func theSameSeedGivesTheSameIntervals() {
    var draws = SeededGenerator(seed: 4)
    let task = World.scores(using: &draws)
    var (first, second) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1))
    let left = RankAgreement([task], halvings: 2, resamples: 20, using: &first)
    let right = RankAgreement([task], halvings: 2, resamples: 20, using: &second)
    #expect(left.tau(0, 1) == right.tau(0, 1) && left.tau(0, 1) != nil)
    #expect(left.loss(of: 0, givenBestOf: 1) == right.loss(of: 0, givenBestOf: 1))
  }

  @Test func unequalShapesStop() async {
    await #expect(processExitsWith: .failure) { _ = TargetScores([[[1, 0]], [[1]]], groups: []) }
    await #expect(processExitsWith: .failure) { _ = TargetScores([[[1, 0]]], groups: [[1]]) }
  }
}
