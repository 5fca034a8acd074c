import Alignment
import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import Testing

/// 2N steps equal N steps, a checkpoint, another trainer that reads it, and N steps: bit for bit.
@Suite struct ResumeTests {
  private static let lora = LoRAConfig(rank: 4, alpha: 8, layers: AdaptedLayer.allCases)

  @Test(arguments: [false, true], [false, true])
  func supervised(keepsBest: Bool, adapts: Bool) throws {
    try check { seed in
      var random = SplitMix64(seed: seed)
      let base = Toy.model(seed: seed)
      let model = adapts ? base.adapted(Self.lora, random: &random) : base
      var config = Toy.supervised(rate: 1e-2, dropout: 0.2)
      config.examplesPerPass = 5
      let trainer = SupervisedTrainer(model, config: config, seed: seed)
      return (trainer, model.trainable)
    } step: { trainer, index in
      var random = SplitMix64(seed: UInt64(index))
      let statistics = trainer.step(Toy.examples(16, using: &random))
      // The best weights are those of an early step, so that they have to be kept themselves.
      if keepsBest { trainer.keepIfBest(heldOutLoss: abs(Float(index) - 3)) }
      if keepsBest, index == 11 { trainer.restoreBest() }
      return "\(statistics)"
    }
  }

  @Test func reward() throws {
    try check { seed in
      let model = Toy.model(seed: seed, head: .scalar)
      let config = RewardConfig(
        batchSize: 2, schedule: Toy.constantRate(1e-2), optimizer: Toy.optimizer, dropout: 0.2,
        minimumGap: 0)
      return (RewardTrainer(model, config: config, seed: seed), model.parameters)
    } step: { trainer, _ in
      "\(trainer.step(PPOTrainerTests.rankings))"
    }
  }

  @Test(arguments: [Float(0), 1000])
  func joint(klLimit: Float) throws {
    var config = Toy.ppo
    config.minibatches = 3
    config.rankingCoefficient = 0.5
    config.pretrainingCoefficient = 0.1
    config.klTarget = 2
    config.klHorizon = 64
    config.klLimit = klLimit
    try check { [config] seed in
      let policy = Toy.warmPolicy(seed: 3)
      let trainer = Toy.trainer(
        policy, config: config, rankings: PPOTrainerTests.rankings,
        pretraining: PPOTrainerTests.texts, seed: seed)
      return (trainer, policy.parameters)
    } step: { trainer, index in
      let samples = trainer.sample()
      let rollout = trainer.evaluate(samples, scores: Toy.shareOfSevens(samples))
      if index == 11 {
        #expect(trainer.restorePolicyWithinLimit())
        return ""
      }
      #expect(trainer.keepIfWithinLimit(rollout))
      return "\(trainer.learn(from: rollout, trainer.estimateAdvantages(rollout)))"
    }
  }

  /// Makes a trainer of a seed, takes twelve steps in one go and again with a change of trainers in
  /// the middle, and compares what the steps say and what they leave.
  private func check<Trainer: Resumable>(
    make: (UInt64) -> (Trainer, ParameterStorage), step: (Trainer, Int) -> String
  ) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("resume-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let checkpoint = TrainingCheckpoint(in: folder)
    let (whole, wholeWeights) = make(1)
    let told = (0..<12).map { step(whole, $0) }
    let (first, _) = make(1)
    var toldAgain = (0..<6).map { step(first, $0) }
    try checkpoint.write(first, notes: ["cursor": 6], identity: "a")
    // A step of its own, which the checkpoint has to undo.
    let (second, weights) = make(1)
    _ = step(second, 0)
    let notes = try checkpoint.read([String: Int].self, into: second, identity: "a")
    #expect(notes == ["cursor": 6])
    toldAgain += (6..<12).map { step(second, $0) }
    #expect(toldAgain == told)
    #expect(weights.snapshot == wholeWeights.snapshot)
  }
}
