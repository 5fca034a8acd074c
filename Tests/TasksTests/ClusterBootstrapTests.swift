import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct ClusterBootstrapTests {
  @Test func meansCountEveryNumberOnce() {
    var random = SeededGenerator(seed: 1)
    let interval = clusterBootstrap(
      [[1, 1, 1], [], [0]], resamples: 500, confidence: 0.95, using: &random)
    #expect(interval.mean == 0.75)
    #expect(interval.low == 0 && interval.high == 1, "either cluster may be drawn twice")
    let constant = clusterBootstrap(
      [[2], [2, 2]], resamples: 10, confidence: 0.9, using: &random)
    #expect(constant == Interval(mean: 2, low: 2, high: 2))
  }

  /// Clusters whose numbers are all alike say as much as one number each: √n wider than numbers
  /// taken as independent. Of 100 intervals about 95 hold the true mean.
  @Test func intervalsCoverWhereNumbersOfAClusterAgree() {
    var random = SeededGenerator(seed: 2)
    var (covered, coveredAlone) = (0, 0)
    for _ in 0..<100 {
      let clusters = (0..<40).map { _ in
        [Double](repeating: Bool.random(using: &random) ? 1 : 0, count: 10)
      }
      let interval = clusterBootstrap(
        clusters, resamples: 200, confidence: 0.95, using: &random)
      if interval.low <= 0.5 && 0.5 <= interval.high { covered += 1 }
      let alone = clusterBootstrap(
        clusters.flatMap { $0.map { [$0] } }, resamples: 200, confidence: 0.95, using: &random)
      if alone.low <= 0.5 && 0.5 <= alone.high { coveredAlone += 1 }
    }
    #expect(covered >= 88 && coveredAlone < 60, "\(covered) and \(coveredAlone) of 100")
  }

  @Test func nothingToResampleStops() async {
    await #expect(processExitsWith: .failure) {
      var random = SeededGenerator(seed: 1)
      _ = clusterBootstrap([[]], resamples: 10, confidence: 0.95, using: &random)
    }
  }
}
