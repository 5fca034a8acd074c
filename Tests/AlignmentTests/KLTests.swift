import Alignment
import Foundation
import TestSupport
import Testing

@Suite struct KLTests {
  /// Sampled from π over four outcomes, both estimators' means approach the exact divergence.
  @Test func estimatorsAreUnbiased() {
    let policy: [Double] = [0.5, 0.25, 0.15, 0.1]
    let reference: [Double] = [0.3, 0.3, 0.2, 0.2]
    let exact = zip(policy, reference).reduce(0.0) { $0 + $1.0 * log($1.0 / $1.1) }
    var random = SeededGenerator(seed: 6)
    var sums = [0.0, 0.0]
    let count = 40_000
    for _ in 0..<count {
      var remaining = Double.random(in: 0..<1, using: &random)
      let outcome = policy.firstIndex { probability in
        remaining -= probability
        return remaining < 0
      }
      let index = outcome ?? 3
      for (slot, estimator) in [KLEstimator.k1, .k3].enumerated() {
        let estimate = estimator.estimate(
          logProb: Float(log(policy[index])), referenceLogProb: Float(log(reference[index])))
        if estimator == .k3 { #expect(estimate >= 0) }
        sums[slot] += Double(estimate)
      }
    }
    for sum in sums {
      #expect(sum >= 0)
      #expect(abs(sum / Double(count) - exact) < 0.01)
    }
  }

  @Test func equalPoliciesPayNothing() {
    let reward = klReward(
      scores: [2, 3], hasEnd: [true, false], logProbs: [-1, -2, -3],
      referenceLogProbs: [-1, -2, -3], offsets: [0, 2, 3], klCoefficient: 0.5, estimator: .k1,
      missingEndPenalty: -1)
    #expect(reward.rewards == [0, 2, -1])
    #expect(reward.scores == [2, -1])
    #expect(reward.kl == 0)
    #expect(reward.meanScore == 0.5)
    #expect(reward.missingEndShare == 0.5)
  }

  /// The KL that is logged is the KL that is trained on.
  @Test func loggedKLIsTheOneInTheRewards() {
    var random = SeededGenerator(seed: 7)
    let logProbs = (0..<30).map { _ in Float.random(in: -4...0, using: &random) }
    let reference = (0..<30).map { _ in Float.random(in: -4...0, using: &random) }
    let reward = klReward(
      scores: [0, 0, 0], hasEnd: [true, true, true], logProbs: logProbs,
      referenceLogProbs: reference, offsets: [0, 10, 13, 30], klCoefficient: 0.25, estimator: .k1,
      missingEndPenalty: -1)
    #expect(abs(reward.rewards.reduce(0, +) / -0.25 / 3 - reward.kl) < 1e-5)
  }

  @Test func emptyResponsesAreRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = klReward(
        scores: [1], hasEnd: [true], logProbs: [], referenceLogProbs: [], offsets: [0, 0],
        klCoefficient: 0, estimator: .k1, missingEndPenalty: 0)
    }
  }

  @Test func adaptiveCoefficientFollowsTheKL() {
    var controller = KLController(
      rule: .adaptive(target: 6, horizonEpisodes: 100), coefficient: 0.1)
    controller.update(kl: 60, episodes: 50)
    #expect(abs(controller.coefficient - 0.11) < 1e-7)
    controller.update(kl: -3, episodes: 50)
    #expect(abs(controller.coefficient - 0.099) < 1e-7)
    controller.update(kl: 6, episodes: 50)
    #expect(abs(controller.coefficient - 0.099) < 1e-7)
    controller.update(kl: 6.6, episodes: 100)
    #expect(abs(controller.coefficient - 0.099 * 1.1) < 1e-6)
    controller.update(kl: 0, episodes: 1_000_000)
    #expect(abs(controller.coefficient - 0.099 * 1.1 * 0.8) < 1e-6)
  }

  @Test func fixedCoefficientStaysAndBothSurviveACheckpoint() throws {
    var fixed = KLController(rule: .fixed, coefficient: 0.05)
    fixed.update(kl: 100, episodes: 32)
    #expect(fixed.coefficient == 0.05)
    var adaptive = KLController(rule: .adaptive(target: 6, horizonEpisodes: 64), coefficient: 0.2)
    adaptive.update(kl: 9, episodes: 7)
    for controller in [fixed, adaptive] {
      let data = try JSONEncoder().encode(controller)
      #expect(try JSONDecoder().decode(KLController.self, from: data) == controller)
    }
  }
}
