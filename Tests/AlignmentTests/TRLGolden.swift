import Alignment
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// `Golden/trl-ppo.json`, and our functions with its settings.
struct TRLGolden: Decodable {
  struct Settings: Decodable {
    let temperature, klCoefficient, clipRange, valueClipRange, valueCoefficient: Float
    let discount, lambda, learningRate, beta1, beta2, epsilon: Float
  }

  /// What TRL computed from one batch of rollouts; an entry for each epoch where there are several.
  struct Case: Decodable {
    let name: String
    let prompts, responses: [[Int32]]
    let penalty: Float
    let logProbs, referenceLogProbs, whitened, finalLogProbs: [Double]
    let values, rewards, advantages, returns, scores: [Double]
    let newLogProbs, newValues: [[Double]]
    let kl, meanScore: Double
    let policyLoss, valueLoss, approximateKL, clipFraction, valueClipFraction: [Double]
    let ratio, entropy: [Double]
  }

  let configuration: TransformerConfiguration
  let endToken: Int32
  let longestResponse: Int
  let seeds: [String: UInt64]
  let moves: [String: Float]
  let settings: Settings
  let cases: [Case]

  func `case`(_ name: String) throws -> Case {
    try #require(cases.first { $0.name == name })
  }

  /// Rewards without a penalty for a missing end token.
  func reward(_ models: TRLEvaluation, offsets: [Int]) -> KLReward {
    klReward(
      scores: models.scores, hasEnd: models.scores.map { _ in true }, logProbs: models.logProbs,
      referenceLogProbs: models.referenceLogProbs, offsets: offsets,
      klCoefficient: settings.klCoefficient, estimator: .k1, missingEndPenalty: 0)
  }

  func advantages(_ rewards: [Float], _ values: [Float], offsets: [Int]) -> AdvantageEstimate {
    generalizedAdvantages(
      rewards: rewards, values: values, offsets: offsets, discount: settings.discount,
      lambda: settings.lambda)
  }

  func policyLoss(_ new: [Float], _ old: [Float], _ advantages: [Float]) -> PolicyLoss {
    clippedPolicyLoss(
      logProbs: new, oldLogProbs: old, advantages: advantages, clipRange: settings.clipRange)
  }

  func valueLoss(_ new: [Float], _ old: [Float], _ returns: [Float]) -> ValueLoss {
    clippedValueLoss(
      values: new, oldValues: old, returns: returns, clipRange: settings.valueClipRange)
  }

  /// The settings of TRL's trainer, which has one rate and does not clip gradients.
  func trainerConfig(epochs: Int, prompts: Int) -> PPOConfig {
    var config = Toy.ppo
    config.updates = 1
    config.promptsPerUpdate = prompts
    config.samplesPerPrompt = 1
    config.temperature = settings.temperature
    config.epochs = epochs
    config.minibatches = 1
    config.learningRate = settings.learningRate
    config.criticLearningRate = settings.learningRate
    config.optimizer = AdamWConfig(
      beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, weightDecay: 0,
      maximumGradientNorm: 0)
    config.clipRange = settings.clipRange
    config.valueClipRange = settings.valueClipRange
    config.valueCoefficient = settings.valueCoefficient
    config.entropyCoefficient = 0
    config.discount = settings.discount
    config.lambda = settings.lambda
    config.klCoefficient = settings.klCoefficient
    return config
  }
}

/// The four models, with the weights that the script draws.
struct TRLModels {
  let policy, reference, critic, reward: Transformer
  private let golden: TRLGolden

  init(_ golden: TRLGolden) throws {
    self.golden = golden
    func draw(_ name: String, head: TransformerHead) throws -> Transformer {
      let model = Transformer(golden.configuration, head: head)
      model.parameters.drawWeights(seed: try #require(golden.seeds[name]))
      return model
    }
    policy = try draw("policy", head: .tokens)
    reference = try draw("policy", head: .tokens)
    critic = try draw("critic", head: .scalar)
    reward = try draw("reward", head: .scalar)
    try move(reference, "reference")
  }

  /// Brings policy and critic to where the script has moved them for the losses.
  func moveOn() throws {
    try move(policy, "policy")
    try move(critic, "critic")
  }

  private func move(_ model: Transformer, _ name: String) throws {
    var random = SeededGenerator(seed: try #require(golden.seeds[name + "Move"]))
    let scale = try #require(golden.moves[name])
    let step = random.symmetric(model.parameters.count, scale: scale)
    model.parameters.snapshot = zip(model.parameters.snapshot, step).map { $0 + $1 }
  }
}

/// What our models say of a batch of rollouts.
struct TRLEvaluation {
  /// Of each response token.
  var logProbs, referenceLogProbs, values: [Float]
  /// Of each response.
  var scores: [Float]
  /// Of the policy, over the response tokens.
  var meanEntropy: Float
}

/// Rollouts as our functions take them, and as TRL sees those that end early.
struct TRLRows {
  let batch: ResponseBatch
  private let endsEarly: [Bool]

  init(_ expected: TRLGolden.Case) {
    batch = ResponseBatch(
      zip(expected.prompts, expected.responses).map {
        SequenceExample(prompt: $0, response: $1)
      })
    let longest = expected.responses.map(\.count).max()
    endsEarly = expected.responses.map { $0.count != longest }
  }

  /// Where each response begins, then the number of tokens.
  var offsets: [Int] { batch.responses.offsets }

  func evaluate(_ models: TRLModels, temperature: Float) -> TRLEvaluation {
    withoutGradient {
      func logProbs(_ model: Transformer) -> [Float] {
        model.logProbs(batch.batch, of: batch.responses, temperature: temperature).values
      }
      func column(_ index: Int, of pairs: [Float]) -> [Float] {
        stride(from: index, to: pairs.count, by: 2).map { pairs[$0] }
      }
      let policy = logProbs(models.policy)
      let entropies = column(1, of: policy)
      return TRLEvaluation(
        logProbs: column(0, of: policy),
        referenceLogProbs: column(0, of: logProbs(models.reference)),
        values: models.critic.scalars(batch.batch, at: batch.responses.rows).values,
        scores: models.reward.scalars(
          batch.batch, at: batch.batch.offsets.dropFirst().map { $0 - 1 }
        ).values,
        meanEntropy: entropies.reduce(0, +) / Float(entropies.count))
    }
  }

  /// `offsets` with one more position in each row that ends early.
  var longerOffsets: [Int] {
    zip(rows, endsEarly).reduce(into: [0]) { offsets, row in
      offsets.append(offsets[offsets.count - 1] + row.0.count + (row.1 ? 1 : 0))
    }
  }

  /// The values of the tokens, and at each added position a zero.
  func lengthened(_ values: [Float]) -> [Float] {
    zip(rows, endsEarly).flatMap { values[$0] + ($1 ? [0] : []) }
  }

  /// The values without those of the added positions.
  func shortened(_ values: [Float]) -> [Float] {
    zip(zip(longerOffsets, longerOffsets.dropFirst()), endsEarly).flatMap {
      values[$0.0..<$0.1].dropLast($1 ? 1 : 0)
    }
  }

  /// The critic's values of the tokens; at an added position that of the text up to the end token.
  func longerValues(_ critic: Transformer) -> [Float] {
    let places = zip(rows, endsEarly).flatMap { row, early in
      let places = batch.responses.rows[row]
      return places + (early ? [places[row.upperBound - 1] + 1] : [])
    }
    return withoutGradient { critic.scalars(batch.batch, at: places).values }
  }

  private var rows: [Range<Int>] { zip(offsets, offsets.dropFirst()).map { $0..<$1 } }
}
