import Alignment
import LanguageModels
import NeuralNetworks
import Tensors
import Testing

@Suite struct PPOTrainerTests {
  /// Ten seeds of a toy task: none may end below its starting score or with a negative mean KL, and
  /// the task is easy enough that every one must solve most of it.
  @Test(arguments: UInt64(0)..<10)
  func solvesTheToyTask(seed: UInt64) {
    var config = Toy.ppo
    config.minibatches = seed % 2 == 0 ? 1 : 2
    let trainer = Toy.trainer(Toy.warmPolicy(seed: seed), config: config, seed: seed)
    let curve = (0..<config.updates).map { _ in trainer.step(score: Toy.shareOfSevens) }
    // The ratio of an unchanged policy is 1 exactly: the same shapes, the same numbers.
    #expect(curve.allSatisfy { $0.firstRatio == 1 })
    #expect(curve[0].kl == 0)
    let end = curve.suffix(5)
    let score = end.reduce(0) { $0 + $1.scores } / 5
    #expect(score > curve[0].scores + 1.5, "from \(curve[0].scores) to \(score)")
    let kl = end.reduce(0) { $0 + $1.kl } / 5
    #expect(kl >= 0 && kl < 30)
    #expect(end.allSatisfy { $0.missingEndShare < 0.5 })
  }

  @Test func anUnchangedPolicyHasNoDistanceToItself() {
    var config = Toy.ppo
    config.epochs = 1
    let trainer = Toy.trainer(Toy.warmPolicy(seed: 1), config: config)
    for _ in 0..<3 {
      let statistics = trainer.step(score: Toy.shareOfSevens)
      #expect(statistics.ratio == 1 && statistics.ratioVariance == 0)
      #expect(statistics.approximateKL == 0 && statistics.clipFraction == 0)
      #expect(statistics.steps == 1)
    }
  }

  /// What is logged is recomputed from the samples: KL, entropy's range, scores with the penalty,
  /// lengths. The reference is another model, so that there is a distance.
  @Test(arguments: [1, 3])
  func statisticsFollowFromTheSamples(minibatches: Int) {
    var config = Toy.ppo
    config.temperature = 0.7
    config.minibatches = minibatches
    config.promptsPerUpdate = 64
    config.samplesPerPrompt = 1
    let policy = Toy.warmPolicy(seed: 2)
    let old = policy.copy()
    let reference = Toy.warmPolicy(seed: 3)
    let trainer = Toy.trainer(policy, reference: reference, config: config, maximumResponse: 5)
    let samples = trainer.sample()
    let statistics = trainer.learn(from: samples, scores: Toy.shareOfSevens(samples))
    #expect(samples.count == 64)
    // A response fills the limit either with its end token or without one.
    #expect(samples.allSatisfy { $0.response.count <= 5 })
    let ended = samples.map(\.ended)
    #expect(ended == samples.map { $0.response.count < 5 })
    #expect(samples.contains { $0.response.count == 4 } && ended.contains(false))
    let batch = PackedBatch(
      zip(samples, ended).map { sample, ended in
        Toy.prompts[sample.promptIndex] + sample.response + (ended ? [Toy.endToken] : [])
      })
    #expect(
      batch.tokens
        == samples.flatMap {
          Toy.prompts[$0.promptIndex] + $0.tokens
        })
    let responses = ResponseTokens(
      batch, promptCounts: samples.map { Toy.prompts[$0.promptIndex].count })
    let (new, base) = withoutGradient {
      (
        old.logProbs(batch, of: responses, temperature: 0.7).values,
        reference.logProbs(batch, of: responses, temperature: 0.7).values
      )
    }
    let tokens = responses.targets.count
    let kl = (0..<tokens).reduce(0.0) { $0 + Double(new[2 * $1]) - Double(base[2 * $1]) } / 64
    #expect(abs(Double(statistics.kl) - kl) < 1e-4 * max(1, kl) && kl > 0.1)
    let entropy = (0..<tokens).reduce(0.0) { $0 + Double(new[2 * $1 + 1]) } / Double(tokens)
    #expect(abs(Double(statistics.entropy) - entropy) < 1e-4)
    let surprise = -(0..<tokens).reduce(0.0) { $0 + Double(new[2 * $1]) } / 64
    #expect(abs(Double(statistics.responseEntropy) - surprise) < 1e-4 * surprise)
    let scores = zip(Toy.shareOfSevens(samples), ended).map { $1 ? $0 : -1 }
    #expect(abs(statistics.scores - scores.reduce(0, +) / 64) < 1e-5)
    #expect(statistics.responseLength == Float(tokens) / 64)
    #expect(abs(statistics.missingEndShare - Float(ended.count { !$0 }) / 64) < 1e-6)
    #expect(statistics.steps == 4 * minibatches)
  }

  /// Chat models have several: a response ends at the first, and the one that was written is learned.
  @Test func eachEndTokenEndsAResponse() {
    let ends: [Int32] = [Toy.endToken, 7]
    let trainer = Toy.trainer(Toy.warmPolicy(seed: 2), endTokens: ends)
    let samples = (0..<4).flatMap { _ in trainer.sample() }
    #expect(Set(samples.compactMap(\.endToken)) == Set(ends))
    for sample in samples {
      #expect(!sample.response.contains(where: ends.contains))
      #expect(sample.tokens == sample.response + [sample.endToken].compactMap { $0 })
    }
    let statistics = trainer.learn(from: samples, scores: samples.map { _ in 0 })
    let tokens = samples.reduce(0) { $0 + $1.tokens.count }
    #expect(statistics.responseLength == Float(tokens) / Float(samples.count))
  }

  @Test func theSameSeedGivesTheSameBits() {
    func run(seed: UInt64) -> (curve: [PPOStatistics], weights: [Float]) {
      var config = Toy.ppo
      config.minibatches = 3
      config.rankingCoefficient = 0.5
      config.pretrainingCoefficient = 0.1
      let policy = Toy.warmPolicy(seed: 3)
      let trainer = Toy.trainer(
        policy, config: config, rankings: Self.rankings, pretraining: Self.texts, seed: seed)
      let curve = (0..<3).map { _ in trainer.step(score: Toy.shareOfSevens) }
      return (curve, policy.parameters.snapshot)
    }
    let (first, second, other) = (run(seed: 0), run(seed: 0), run(seed: 1))
    #expect(first.curve == second.curve)
    #expect(first.weights == second.weights)
    #expect(first.curve != other.curve)
  }

  /// A policy that went too far is noticed before it is learned from, and the last one that had not
  /// comes back. Without a limit only a KL that is not finite stops.
  @Test func aKLBeyondTheLimitReturnsToTheLastPolicyBelowIt() {
    var config = Toy.ppo
    config.klLimit = 0.5
    let policy = Toy.warmPolicy(seed: 5)
    let trainer = Toy.trainer(policy, config: config)
    var below = policy.parameters.snapshot
    for update in 0..<30 {
      let samples = trainer.sample()
      let rollout = trainer.evaluate(samples, scores: Toy.shareOfSevens(samples))
      #expect(trainer.keepIfWithinLimit(rollout) == (rollout.kl <= 0.5))
      guard rollout.kl <= 0.5 else {
        #expect(update > 0 && policy.parameters.snapshot != below)
        #expect(trainer.restorePolicyWithinLimit())
        #expect(policy.parameters.snapshot == below)
        return
      }
      below = policy.parameters.snapshot
      _ = trainer.learn(from: rollout, trainer.estimateAdvantages(rollout))
    }
    Issue.record("the toy task moves the policy by more than half a nat")
  }

  @Test(arguments: [Float(0), 10])
  func aKLThatIsNotFiniteIsBeyondEveryLimit(limit: Float) {
    var config = Toy.ppo
    config.klLimit = limit
    let policy = Toy.warmPolicy(seed: 5)
    let trainer = Toy.trainer(policy, config: config)
    let samples = trainer.sample()
    policy.parameters.snapshot = policy.parameters.snapshot.map { _ in .nan }
    let rollout = trainer.evaluate(samples, scores: Toy.shareOfSevens(samples))
    #expect(!trainer.keepIfWithinLimit(rollout) && !trainer.restorePolicyWithinLimit())
  }

  /// The epochs of an update end where the policy leaves the one that sampled; what went too far is
  /// not learned from.
  @Test func epochsEndEarlyWhereThePolicyMovesTooFar() {
    var config = Toy.ppo
    config.epochs = 8
    let far = Toy.trainer(Toy.warmPolicy(seed: 6), config: config).step(score: Toy.shareOfSevens)
    #expect(far.steps == 8 && far.approximateKL > 1e-4)
    config.approximateKLLimit = far.approximateKL / 2
    let near = Toy.trainer(Toy.warmPolicy(seed: 6), config: config).step(score: Toy.shareOfSevens)
    #expect((1..<8).contains(near.steps) && near.approximateKL < far.approximateKL)
  }

  /// A score that is not finite spoils the whole batch: nothing is learned from it, and it is counted.
  @Test func stepsThatAreNotFiniteAreSkippedAndCounted() {
    let policy = Toy.warmPolicy(seed: 7)
    let trainer = Toy.trainer(policy)
    let before = policy.parameters.snapshot
    let spoilt = trainer.step { [.nan] + Toy.shareOfSevens($0).dropFirst() }
    #expect(spoilt.skippedSteps == 2 * Toy.ppo.epochs && policy.parameters.snapshot == before)
    let sound = trainer.step(score: Toy.shareOfSevens)
    #expect(sound.skippedSteps == 0 && policy.parameters.snapshot != before)
    #expect(policy.parameters.snapshot.allSatisfy { $0.isFinite })
  }

  /// β in use is logged, then follows the measured KL.
  @Test func theCoefficientFollowsTheKL() {
    var config = Toy.ppo
    config.klTarget = 100
    config.klHorizon = 32
    let trainer = Toy.trainer(Toy.warmPolicy(seed: 4), config: config)
    let used = (0..<3).map { _ in trainer.step(score: Toy.shareOfSevens).klCoefficient }
    expectClose(used, [0.05, 0.05 * 0.8, 0.05 * 0.64])
  }

  /// The rate falls in a line with the updates, not with the steps within them.
  @Test func theRateFollowsTheUpdates() {
    var config = Toy.ppo
    config.learningRate = 4e-3
    config.finalRateFraction = 0
    config.updates = 4
    let trainer = Toy.trainer(Toy.warmPolicy(seed: 4), config: config)
    let rates = (0..<5).map { _ in trainer.step(score: Toy.shareOfSevens).learningRate }
    expectClose(rates, [4e-3, 3e-3, 2e-3, 1e-3, 0], tolerance: 1e-8)
  }

  @Test func misuseIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let model = Toy.model(seed: 0)
      _ = PPOTrainer(
        policy: model, reference: model, critic: model, config: Toy.ppo,
        endTokens: [Toy.endToken], maximumResponse: 4,
        data: .init(prompts: Toy.prompts, rankings: [], pretraining: []),
        seed: 0)
    }
    await #expect(processExitsWith: .failure) {
      let trainer = Toy.trainer(Toy.model(seed: 0))
      _ = trainer.learn(from: trainer.sample(), scores: [1])
    }
  }

  static let rankings = [
    RankingExample(
      prompt: [3, 4], candidates: [[5, 1], [6, 7, 1], [8, 9, 10, 1]], scores: [3, 2, 1]),
    RankingExample(prompt: [5], candidates: [[11, 1], [12, 13, 1]], scores: [0, 1]),
  ]

  static let texts = [
    SequenceExample(prompt: [2], response: [3, 4, 5, 6]),
    SequenceExample(prompt: [2], response: [7, 8, 9]),
  ]
}
