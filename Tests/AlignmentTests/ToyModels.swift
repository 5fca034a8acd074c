import Alignment
import LanguageModels
import NeuralNetworks
import Tensors

/// Models and data small enough to be trained within a test.
enum Toy {
  static let vocabularySize = 32
  static let endToken: Int32 = 1
  /// The tokens of prompts and responses; 0 is padding, 1 the end.
  static let words: ClosedRange<Int32> = 2...31

  /// A random decoder of 32 tokens and width 32.
  static func model(seed: UInt64, layers: Int = 1, head: TransformerHead = .tokens) -> Transformer {
    var random = SplitMix64(seed: seed)
    return Transformer(
      TransformerConfiguration(
        vocabularySize: vocabularySize, width: 32, layers: layers, heads: 2, keyValueHeads: 1,
        feedForward: 48, maximumLength: 32),
      head: head, random: &random)
  }

  static func constantRate(_ rate: Float) -> LearningRateSchedule {
    LearningRateSchedule(
      shape: .constant, peak: rate, warmupSteps: 0, totalSteps: 1, finalFraction: 1)
  }

  static let optimizer = AdamWConfig(
    beta1: 0.9, beta2: 0.99, epsilon: 1e-5, weightDecay: 0, maximumGradientNorm: 1)

  static func text(
    _ length: ClosedRange<Int>, using random: inout some RandomNumberGenerator
  ) -> [Int32] {
    (0..<Int.random(in: length, using: &random)).map { _ in Int32.random(in: words, using: &random)
    }
  }

  static func examples(
    _ count: Int, using random: inout some RandomNumberGenerator
  ) -> [SequenceExample] {
    (0..<count).map { _ in
      SequenceExample(
        prompt: text(1...3, using: &random), response: text(2...5, using: &random) + [endToken])
    }
  }

  /// A policy that has learned to write two to five random words and to end.
  static func warmPolicy(seed: UInt64) -> Transformer {
    let model = model(seed: seed)
    let trainer = SupervisedTrainer(model, config: supervised(rate: 1e-2), seed: seed)
    var random = SplitMix64(seed: seed, stream: "texts")
    for _ in 0..<60 { _ = trainer.step(examples(16, using: &random)) }
    return model
  }

  static func supervised(
    rate: Float, dropout: Float = 0, averaging: LikelihoodAveraging = .tokens
  ) -> SupervisedConfig {
    SupervisedConfig(
      batchSize: 16, examplesPerPass: 16, schedule: constantRate(rate), optimizer: optimizer,
      dropout: dropout,
      averaging: averaging)
  }

  /// PPO alone; tests change what they are about.
  static let ppo = PPOConfig(
    updates: 30, promptsPerUpdate: 16, samplesPerPrompt: 2, temperature: 1, epochs: 4,
    minibatches: 1, learningRate: 3e-3, finalRateFraction: 1, criticLearningRate: 3e-3,
    optimizer: optimizer,
    policyObjective: true, clipRange: 0.2, valueClipRange: 0.2, valueCoefficient: 0.1,
    entropyCoefficient: 0, discount: 1, lambda: 0.95, klCoefficient: 0.05, klTarget: 0,
    klHorizon: 1, klLimit: 0, approximateKLLimit: 0, missingEndPenalty: -1, rankingCoefficient: 0,
    rankingCrossEntropy: 1,
    rankingForm: .hinge, rankingMinimumGap: 0, rankingsPerStep: 2, pretrainingCoefficient: 0,
    pretrainingPerStep: 4)

  static let prompts: [[Int32]] = [[3, 4], [5], [9, 8, 10], [20, 21], [30], [17, 2, 6]]

  /// A trainer whose reference is its policy at the start, unless another is given.
  static func trainer(
    _ policy: Transformer, reference: Transformer? = nil, config: PPOConfig = ppo,
    endTokens: [Int32] = [endToken], maximumResponse: Int = 8,
    rankings: [RankingExample] = [], pretraining: [SequenceExample] = [], seed: UInt64 = 0
  ) -> PPOTrainer {
    PPOTrainer(
      policy: policy, reference: reference ?? policy.copy(), critic: policy.copy(head: .scalar),
      config: config,
      endTokens: endTokens, maximumResponse: maximumResponse,
      data: .init(prompts: prompts, rankings: rankings, pretraining: pretraining), seed: seed)
  }

  /// The toy reward: four times the share of token 7 among a response's words.
  static func shareOfSevens(_ samples: [PPOTrainer.Sample]) -> [Float] {
    samples.map { 4 * Float($0.response.count { $0 == 7 }) / Float(max(1, $0.response.count)) }
  }
}
