import LanguageModels
import NeuralNetworks
import Tensors

/// Settings of the reward model.
public struct RewardConfig: Codable, Equatable, Sendable {
  /// Rankings in a batch; all candidates of a ranking are in the same one.
  public var batchSize: Int
  /// Learning rate over the steps.
  public var schedule: LearningRateSchedule
  /// The optimizer.
  public var optimizer: AdamWConfig
  /// Dropout on what each block adds to the residual stream.
  public var dropout: Float
  /// Scores that differ by this or less are tied.
  public var minimumGap: Float

  /// All settings.
  public init(
    batchSize: Int, schedule: LearningRateSchedule, optimizer: AdamWConfig, dropout: Float,
    minimumGap: Float
  ) {
    self.batchSize = batchSize
    self.schedule = schedule
    self.optimizer = optimizer
    self.dropout = dropout
    self.minimumGap = minimumGap
  }
}

/// Trains the reward model: the rewriter's architecture with a scalar head, read at the last token.
///
/// Source: MAPO (P); loss of InstructGPT (W). One forward pass for each candidate, not for each
/// pair.
public final class RewardTrainer {
  /// What is trained.
  public let model: Transformer
  /// The settings.
  public let config: RewardConfig
  private let optimizer: AdamW
  private var dropout: Dropout

  /// What one step gives to a log.
  public struct Statistics: Sendable, Equatable {
    /// Mean of −log σ(margin).
    public var loss: Float
    /// Share of the batch's untied pairs in the right order; nil without a pair.
    public var accuracy: Float?
    /// Norm of the gradient before clipping.
    public var gradientNorm: Float
    /// η of the step.
    public var learningRate: Float
    /// Whether the step changed nothing, because its loss or gradient was not finite.
    public var isSkipped: Bool { !(loss.isFinite && gradientNorm.isFinite) }
  }

  /// A trainer that starts at step 0.
  ///
  /// - Precondition: The model has a scalar head.
  public init(_ model: Transformer, config: RewardConfig, seed: UInt64) {
    precondition(model.head == .scalar, "reward model without scalar head")
    self.model = model
    self.config = config
    optimizer = AdamW(model.trainable, config: config.optimizer)
    dropout = Dropout(
      probability: config.dropout, random: SplitMix64(seed: seed, stream: "dropout"))
  }

  /// One step on one batch of rankings.
  public func step(_ rankings: [RankingExample]) -> Statistics {
    let batch = ResponseBatch(rankings)
    let rewards = model.scalars(batch.batch, at: batch.lastRows, dropout: &dropout)
    let loss = pairwiseRewardLoss(
      rewards: rewards.values, scores: rankings.flatMap(\.scores), groups: rankings.groups,
      minimumGap: config.minimumGap)
    rewards.backward(loss.result.gradient)
    let rate = config.schedule.rate(at: optimizer.stepCount)
    let norm = optimizer.step(learningRate: rate, ifFinite: loss.result.loss)
    return Statistics(
      loss: loss.result.loss, accuracy: loss.accuracy, gradientNorm: norm, learningRate: rate)
  }
}

extension RewardTrainer: Resumable {
  /// Steps and the generator of dropout.
  public struct Progress: Codable {
    var steps: Int
    var dropout: SplitMix64
  }

  /// All that is small.
  public var progress: Progress {
    get { Progress(steps: optimizer.progress, dropout: dropout.random) }
    set {
      optimizer.progress = newValue.steps
      dropout.random = newValue.dropout
    }
  }

  /// The weights and their moments.
  public func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
    try optimizer.withNumbers(body)
  }
}

/// Reward of each prompt and response, in the model's own units.
///
/// - Parameter batchSize: Sequences in one forward pass.
public func rewards(
  of model: Transformer, _ examples: [SequenceExample], batchSize: Int = 64
) -> [Float] {
  var result: [Float] = []
  for start in stride(from: 0, to: examples.count, by: batchSize) {
    let batch = ResponseBatch(Array(examples[start..<min(start + batchSize, examples.count)]))
    result += withoutGradient { model.scalars(batch.batch, at: batch.lastRows).values }
  }
  return result
}
