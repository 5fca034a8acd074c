import Alignment
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Every trainer with adapters: what is shared stays as it is, what is learned is small.
@Suite struct AdapterTrainingTests {
  private static let lora = LoRAConfig(rank: 8, alpha: 16, layers: AdaptedLayer.allCases)

  private func adapted(_ base: Transformer, head: TransformerHead? = nil) -> Transformer {
    var random = SplitMix64(seed: 5, stream: "adapter")
    return base.adapted(Self.lora, head: head, random: &random)
  }

  /// A base with a say: beside an output head of small weights, which stays as it is, no adapter could
  /// make a token likely.
  private func base(seed: UInt64) -> Transformer {
    let model = Toy.model(seed: seed, layers: 2)
    model.parameters.snapshot = model.parameters.snapshot.map { $0 == 1 ? 1 : 10 * $0 }
    return model
  }

  @Test func supervisedTrainingOverfitsFourExamples() {
    var random = SeededGenerator(seed: 31)
    var examples = Toy.examples(4, using: &random)
    for index in examples.indices { examples[index].prompt = [Int32(10 + index)] }
    let base = base(seed: 1)
    let before = base.parameters.snapshot
    let model = adapted(base)
    let trainer = SupervisedTrainer(model, config: Toy.supervised(rate: 2e-2), seed: 0)
    for _ in 0..<200 { _ = trainer.step(examples) }
    #expect(SupervisedTrainer.loss(of: model, examples, batchSize: 4) < 0.2)
    #expect(SupervisedTrainer.loss(of: base, examples, batchSize: 4) > 2)
    #expect(base.parameters.snapshot == before)
  }

  @Test func aRewardModelLearnsItsRankings() {
    let base = Toy.warmPolicy(seed: 2)
    let before = base.parameters.snapshot
    let config = RewardConfig(
      batchSize: 2, schedule: Toy.constantRate(2e-2), optimizer: Toy.optimizer, dropout: 0,
      minimumGap: 0)
    let trainer = RewardTrainer(adapted(base, head: .scalar), config: config, seed: 0)
    let curve = (0..<60).map { _ in trainer.step(PPOTrainerTests.rankings) }
    #expect(curve.last?.accuracy == 1)
    #expect(base.parameters.snapshot == before)
  }

  /// Policy, reference and critic share one base; the reference is the base itself.
  @Test func jointTrainingSolvesTheToyTask() {
    let base = base(seed: 3)
    let before = base.parameters.snapshot
    var config = Toy.ppo
    config.learningRate = 1e-2
    config.criticLearningRate = 1e-2
    let policy = adapted(base)
    let trainer = PPOTrainer(
      policy: policy, reference: base, critic: adapted(base, head: .scalar), config: config,
      endTokens: [Toy.endToken], maximumResponse: 8,
      data: .init(prompts: Toy.prompts, rankings: [], pretraining: []), seed: 0)
    let curve = (0..<config.updates).map { _ in trainer.step(score: Toy.shareOfSevens) }
    #expect(curve.allSatisfy { $0.firstRatio == 1 } && curve[0].kl == 0)
    #expect(curve.suffix(5).allSatisfy { $0.scores > curve[0].scores + 1 && $0.kl > 0 })
    #expect(base.parameters.snapshot == before)
    // A state holds what is trained, not the base.
    let numbers = trainer.withNumbers { $0.reduce(0) { $0 + $1.values.count } }
    #expect(numbers < 2 * 3 * base.parameters.count)
    #expect(policy.trainable.count < base.parameters.count)
  }
}
