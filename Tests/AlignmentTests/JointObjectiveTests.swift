import Alignment
import LanguageModels
import Testing

/// Each term of the joint objective alone, and without it.
@Suite struct JointObjectiveTests {
  /// Everything off: a batch is sampled and measured, and nothing is learned.
  private static var nothing: PPOConfig {
    var config = Toy.ppo
    config.policyObjective = false
    config.valueCoefficient = 0
    return config
  }

  private func run(
    _ config: PPOConfig, steps: Int = 2, rankings: [RankingExample] = PPOTrainerTests.rankings,
    score: ([PPOTrainer.Sample]) -> [Float] = Toy.shareOfSevens
  ) -> (policy: Transformer, critic: Transformer, curve: [PPOStatistics]) {
    let policy = Toy.warmPolicy(seed: 5)
    let critic = policy.copy(head: .scalar)
    let trainer = PPOTrainer(
      policy: policy, reference: policy.copy(), critic: critic, config: config,
      endTokens: [Toy.endToken], maximumResponse: 8,
      data: .init(prompts: Toy.prompts, rankings: rankings, pretraining: PPOTrainerTests.texts),
      seed: 0)
    return (policy, critic, (0..<steps).map { _ in trainer.step(score: score) })
  }

  @Test func nothingIsLearnedWithAllTermsOff() {
    let start = Toy.warmPolicy(seed: 5)
    let (policy, critic, curve) = run(Self.nothing)
    #expect(policy.parameters.snapshot == start.parameters.snapshot)
    #expect(critic.parameters.snapshot == start.copy(head: .scalar).parameters.snapshot)
    #expect(curve.allSatisfy { $0.kl == 0 && $0.gradientNorm == 0 && $0.rankingAccuracy == nil })
  }

  @Test func policyAndCriticAreSeparate() {
    let start = Toy.warmPolicy(seed: 5)
    var config = Self.nothing
    config.valueCoefficient = 0.1
    let valuesOnly = run(config)
    #expect(valuesOnly.policy.parameters.snapshot == start.parameters.snapshot)
    #expect(valuesOnly.critic.parameters.snapshot != start.copy(head: .scalar).parameters.snapshot)
    config = Self.nothing
    config.policyObjective = true
    let policyOnly = run(config)
    #expect(policyOnly.policy.parameters.snapshot != start.parameters.snapshot)
    #expect(policyOnly.critic.parameters.snapshot == start.copy(head: .scalar).parameters.snapshot)
  }

  /// The score is a property of the prompt, so the values can know it before the first token.
  @Test func theCriticLearnsToExplainReturns() {
    var config = Self.nothing
    config.valueCoefficient = 0.1
    config.valueClipRange = 10
    config.missingEndPenalty = 2.5
    config.klCoefficient = 0
    let curve = run(config, steps: 60, score: { $0.map { Float($0.promptIndex) } }).curve
    #expect((curve[0].explainedVariance ?? 1) <= 0.01)
    #expect((curve[59].explainedVariance ?? 0) > 0.5)
    #expect(curve[59].valueLoss < curve[0].valueLoss / 2)
  }

  /// Without reward and penalty all advantages are 0, so only the bonus moves the policy.
  @Test func theEntropyBonusRaisesEntropy() {
    var config = Self.nothing
    config.policyObjective = true
    config.klCoefficient = 0
    config.missingEndPenalty = 0
    let start = Toy.warmPolicy(seed: 5)
    let without = run(config, steps: 8, score: { $0.map { _ in 0 } })
    #expect(without.policy.parameters.snapshot == start.parameters.snapshot)
    config.entropyCoefficient = 0.1
    let curve = run(config, steps: 8, score: { $0.map { _ in 0 } }).curve
    #expect(curve[7].entropy > curve[0].entropy + 0.05)
  }

  /// A ranking that is the reverse of the policy's own is turned around.
  @Test(arguments: RankingForm.allCases)
  func rankingAloneReordersAnInvertedRanking(form: RankingForm) {
    let start = Toy.warmPolicy(seed: 5)
    let candidates: [[Int32]] = [[5, 8, 1], [6, 7, 9, 1], [10, 11, 1], [12, 13, 14, 15, 1]]
    let unlikely = candidates.sorted { likelihood(start, $0) < likelihood(start, $1) }
    let inverted = RankingExample(prompt: [3, 4], candidates: unlikely, scores: [4, 3, 2, 1])
    var config = Self.nothing
    config.rankingCoefficient = 1
    config.rankingCrossEntropy = 0.1
    config.rankingForm = form
    config.rankingsPerStep = 1
    let (policy, _, curve) = run(config, steps: 20, rankings: [inverted])
    let learned = inverted.candidates.map { likelihood(policy, $0) }
    #expect(zip(learned, learned.dropFirst()).allSatisfy { $0 > $1 }, "\(learned)")
    #expect((curve[0].rankingAccuracy ?? 1) < 1 && curve[0].rankingLoss > 0)
    #expect(curve[19].rankingAccuracy == 1)
  }

  /// Mean log-prob of a candidate's tokens, end token included.
  private func likelihood(_ model: Transformer, _ candidate: [Int32]) -> Float {
    -SupervisedTrainer.loss(
      of: model, [SequenceExample(prompt: [3, 4], response: candidate)], batchSize: 1)
  }

  /// A coefficient of 0 is the same as no data, bit for bit.
  @Test func coefficientsOfZeroSwitchRankingAndTextOff() {
    let off = run(Toy.ppo)
    let absent = run(Toy.ppo, rankings: [])
    #expect(off.policy.parameters.snapshot == absent.policy.parameters.snapshot)
    #expect(off.curve.allSatisfy { $0.rankingLoss == 0 && $0.pretrainingLoss == 0 })
    var config = Toy.ppo
    config.rankingCoefficient = 0.5
    config.pretrainingCoefficient = 0.5
    let on = run(config)
    #expect(on.curve.allSatisfy { $0.rankingCrossEntropy > 0 && $0.pretrainingLoss > 0 })
    #expect(on.policy.parameters.snapshot != off.policy.parameters.snapshot)
  }

  @Test func generalTextAloneBecomesLikelier() {
    var config = Self.nothing
    config.pretrainingCoefficient = 1
    let curve = run(config, steps: 10).curve
    #expect(curve[9].pretrainingLoss < curve[0].pretrainingLoss / 2)
  }

  /// Steps whose candidates all tie do not dilute the accuracy of the others.
  @Test func accuracyIsOverPairs() {
    let likely: [Int32] = [5, 8, 1]
    let unlikely: [Int32] = [5, 5, 5, 5, 5, 5, 5, 5]
    let rankings = [
      RankingExample(prompt: [3], candidates: [likely, unlikely], scores: [1, 0]),
      RankingExample(prompt: [3], candidates: [likely, unlikely], scores: [1, 1]),
    ]
    var config = Self.nothing
    config.rankingCoefficient = 1
    config.rankingsPerStep = 1
    #expect(run(config, rankings: rankings).curve.map(\.rankingAccuracy) == [1, 1])
  }
}
