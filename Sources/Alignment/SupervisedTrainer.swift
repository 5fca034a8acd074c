import LanguageModels
import NeuralNetworks
import Tensors

/// Settings of supervised training.
public struct SupervisedConfig: Codable, Equatable, Sendable {
  /// Examples in a batch.
  public var batchSize: Int
  /// Learning rate over the steps.
  public var schedule: LearningRateSchedule
  /// The optimizer.
  public var optimizer: AdamWConfig
  /// Dropout on what each block adds to the residual stream.
  public var dropout: Float
  /// What the mean of the loss is taken over.
  public var averaging: LikelihoodAveraging

  /// All settings.
  public init(
    batchSize: Int, schedule: LearningRateSchedule, optimizer: AdamWConfig, dropout: Float,
    averaging: LikelihoodAveraging
  ) {
    self.batchSize = batchSize
    self.schedule = schedule
    self.optimizer = optimizer
    self.dropout = dropout
    self.averaging = averaging
  }
}

/// Maximum likelihood of responses, prompts given.
///
///     L_SFT = −mean Σₜ log π(yₜ | x, y_<t)   over the tokens of the response and its end token
///
/// Source: MAPO (P). Serves the base model, the targets and SFT.
public final class SupervisedTrainer {
  /// What is trained.
  public let model: Transformer
  /// The settings.
  public let config: SupervisedConfig
  private let optimizer: AdamW
  private var dropout: Dropout

  /// What one step gives to a log.
  public struct Statistics: Sendable, Equatable {
    /// Mean loss in nats a token.
    public var loss: Float
    /// Norm of the gradient before clipping.
    public var gradientNorm: Float
    /// η of the step.
    public var learningRate: Float
    /// Tokens in the batch.
    public var tokens: Int
  }

  /// A trainer that starts at step 0.
  public init(_ model: Transformer, config: SupervisedConfig, seed: UInt64) {
    self.model = model
    self.config = config
    optimizer = AdamW(model.parameters, config: config.optimizer)
    dropout = Dropout(
      probability: config.dropout, random: SplitMix64(seed: seed, stream: "dropout"))
  }

  /// Steps taken.
  public var stepCount: Int { optimizer.stepCount }

  /// One step on one batch.
  ///
  /// - Precondition: No prompt and no response is empty.
  public func step(_ examples: [SequenceExample]) -> Statistics {
    let batch = ResponseBatch(examples)
    let rate = config.schedule.rate(at: optimizer.stepCount)
    let loss = addLikelihoodGradient(
      model, batch, averaging: config.averaging, dropout: &dropout)
    let norm = optimizer.step(learningRate: rate)
    return Statistics(
      loss: loss, gradientNorm: norm, learningRate: rate, tokens: batch.batch.tokens.count)
  }

  /// Mean loss of held-out examples in nats a token, without dropout.
  public static func loss(
    of model: Transformer, _ examples: [SequenceExample], batchSize: Int
  ) -> Float {
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: examples.count, by: batchSize) {
      let batch = ResponseBatch(Array(examples[start..<min(start + batchSize, examples.count)]))
      let logProbs = withoutGradient {
        model.logProbs(batch.batch, of: batch.responses).logProbColumn
      }
      for (logProb, isTarget) in zip(logProbs, batch.isTarget) where isTarget {
        sum -= Double(logProb)
        count += 1
      }
    }
    return count == 0 ? 0 : Float(sum / Double(count))
  }
}
