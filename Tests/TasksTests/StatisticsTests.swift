import Tasks
import TestSupport
import Testing

@Suite struct StatisticsTests {
  @Test func moments() {
    let values = [2.0, 4, 4, 4, 5, 5, 7, 9].map { $0 + 1e9 }
    let moments = RunningMoments(values)
    #expect(moments.mean == 1e9 + 5)
    // 32 / 7 by hand; the offset costs at most some ulps of 1e9 in each deviation.
    #expect(abs(moments.variance - 32.0 / 7) < 1e-6)
    #expect(abs(moments.standardError - (4.0 / 7).squareRoot()) < 1e-6)
    #expect(RunningMoments().mean == 0)
    #expect(RunningMoments([3]).variance == 0)
    #expect(RunningMoments([3]).standardError == .infinity)
  }

  private struct Golden: Decodable {
    struct Row: Decodable {
      let first: [Double]
      let second: [Double]
      let tau: Double?
    }
    let rows: [Row]
  }

  private func kendallTau(_ first: [Double], _ second: [Double]) -> Double? {
    PairOrder(first).tau(PairOrder(second))
  }

  @Test func kendallTauAgreesWithScipy() throws {
    for row in try golden("kendall.json", as: Golden.self).rows {
      let tau = kendallTau(row.first, row.second)
      #expect((tau == nil) == (row.tau == nil))
      #expect(abs((tau ?? 0) - (row.tau ?? 0)) < 1e-12)
    }
    #expect(kendallTau([], []) == nil)
    #expect(kendallTau([1, 1], [1, 2]) == nil)
    #expect(kendallTau([1, 2, 3], [3, 2, 1]) == -1)
  }
}

@Suite struct TwoWayBootstrapTests {
  /// Differences with mean 0 and with effects of prompts, of examples and of the single cell.
  private func simulated(
    prompts: Int, examples: Int, _ random: inout SeededGenerator
  ) -> PairedDifferences {
    let exampleEffects = (0..<examples).map { _ in 0.1 * normal(&random) }
    return PairedDifferences(
      (0..<prompts).map { _ in
        let promptEffect = 0.1 * normal(&random)
        return exampleEffects.map { effect in
          Double.random(in: 0..<1, using: &random) < 0.1
            ? nil : promptEffect + effect + 0.1 * normal(&random)
        }
      })
  }

  @Test func coversZeroAsOftenAsItSays() {
    var random = SeededGenerator(seed: 1)
    var covered = 0
    for _ in 0..<300 {
      let tasks = (0..<3).map { _ in simulated(prompts: 20, examples: 25, &random) }
      let interval = twoWayBootstrap(tasks, resamples: 400, confidence: 0.95, using: &random)
      if interval.low <= 0, interval.high >= 0 { covered += 1 }
    }
    #expect((270...297).contains(covered), "\(covered) of 300")
  }

  @Test func meanOfTaskMeansAndSameSeedSameInterval() {
    let tasks = [
      PairedDifferences([[1, 0], [1, nil]]), PairedDifferences([[-1.0], [nil], [0]]),
    ]
    var first = SeededGenerator(seed: 2)
    var second = SeededGenerator(seed: 2)
    let interval = twoWayBootstrap(tasks, resamples: 500, confidence: 0.95, using: &first)
    #expect(abs(interval.mean - (2.0 / 3 - 0.5) / 2) < 1e-15)
    #expect(interval.low >= -0.5 && interval.low < interval.mean)
    #expect(interval.high <= 0.5 && interval.high > interval.mean)
    #expect(
      interval == twoWayBootstrap(tasks, resamples: 500, confidence: 0.95, using: &second))
  }

  @Test func constantDifferencesHaveNoWidth() {
    var random = SeededGenerator(seed: 4)
    let task = PairedDifferences([[0.25, nil, 0.25], [nil, 0.25]])
    let interval = twoWayBootstrap([task], resamples: 100, confidence: 0.9, using: &random)
    #expect(interval == Interval(mean: 0.25, low: 0.25, high: 0.25))
  }

  @Test func evaluationSizeTakesLittleTime() {
    var random = SeededGenerator(seed: 6)
    let tasks = (0..<6).map { _ in simulated(prompts: 30, examples: 40, &random) }
    let time = ContinuousClock().measure {
      _ = twoWayBootstrap(tasks, resamples: 2000, confidence: 0.95, using: &random)
    }
    // Some 50 ms on a free core; the bound is for a machine that is busy otherwise.
    #expect(time < .seconds(2))
  }

  @Test func nothingToResampleStops() async {
    await #expect(processExitsWith: .failure) { _ = PairedDifferences([[nil], []]) }
    await #expect(processExitsWith: .failure) { _ = PairedDifferences([[.nan]]) }
  }
}
