import LanguageModels
import NeuralNetworks
import Tensors

/// Settings of supervised training.
public struct SupervisedConfig: Codable, Equatable, Sendable {
  /// Examples in a batch.
  public var batchSize: Int
  /// Examples in one forward pass; gradients are added up over a batch, so that this decides memory
  /// and rounding alone.
  public var examplesPerPass: Int
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
    batchSize: Int, examplesPerPass: Int, schedule: LearningRateSchedule, optimizer: AdamWConfig,
    dropout: Float, averaging: LikelihoodAveraging
  ) {
    self.batchSize = batchSize
    self.examplesPerPass = examplesPerPass
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
/// Rows are packed: a batch has no padding at all. Source: MAPO (P). Serves the base model, the
/// targets and SFT.
public final class SupervisedTrainer {
  /// What is trained.
  public let model: Transformer
  /// The settings.
  public let config: SupervisedConfig
  private let optimizer: AdamW
  private var dropout: Dropout
  private var bestLoss: Float?
  private var bestWeights: [Float] = []

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
    /// Whether the step changed nothing, because its loss or gradient was not finite.
    public var isSkipped: Bool { !(loss.isFinite && gradientNorm.isFinite) }
  }

  /// A trainer that starts at step 0.
  public init(_ model: Transformer, config: SupervisedConfig, seed: UInt64) {
    self.model = model
    self.config = config
    optimizer = AdamW(model.trainable, config: config.optimizer)
    dropout = Dropout(
      probability: config.dropout, random: SplitMix64(seed: seed, stream: "dropout"))
  }

  /// Steps taken.
  public var stepCount: Int { optimizer.stepCount }

  /// One step on one batch.
  ///
  /// - Precondition: No prompt and no response is empty.
  public func step(_ examples: [SequenceExample]) -> Statistics {
    let rate = config.schedule.rate(at: optimizer.stepCount)
    let loss = addGradient(examples)
    let norm = optimizer.step(learningRate: rate, ifFinite: loss)
    return Statistics(
      loss: loss, gradientNorm: norm, learningRate: rate,
      tokens: examples.reduce(0) { $0 + $1.prompt.count + $1.response.count })
  }

  /// The gradient of the whole batch, pass by pass: each weighs as much as its share of what the mean
  /// is taken over.
  private func addGradient(_ examples: [SequenceExample]) -> Float {
    let passes = stride(from: 0, to: examples.count, by: config.examplesPerPass).map {
      Array(examples[$0..<min($0 + config.examplesPerPass, examples.count)])
    }
    let total = weight(examples)
    return passes.reduce(0) { sum, pass in
      let share = weight(pass) / total
      return sum + share
        * addLikelihoodGradient(
          model, ResponseBatch(pass), averaging: config.averaging, coefficient: share,
          dropout: &dropout)
    }
  }

  private func weight(_ examples: [SequenceExample]) -> Float {
    switch config.averaging {
    case .rows: Float(examples.count)
    case .tokens: Float(examples.reduce(0) { $0 + $1.targetCount })
    }
  }

  /// Keeps the present weights where no earlier ones had a lower held-out loss.
  ///
  /// - Returns: Whether they are the best so far.
  @discardableResult
  public func keepIfBest(heldOutLoss: Float) -> Bool {
    guard heldOutLoss.isFinite, heldOutLoss < bestLoss ?? .infinity else { return false }
    bestLoss = heldOutLoss
    bestWeights = model.trainable.snapshot
    return true
  }

  /// Returns to the weights with the lowest held-out loss, where any were kept.
  public func restoreBest() {
    if !bestWeights.isEmpty { model.trainable.snapshot = bestWeights }
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

extension SupervisedTrainer: Resumable {
  /// Steps, the generator of dropout, and the best held-out loss.
  public struct Progress: Codable {
    var steps: Int
    var dropout: SplitMix64
    var bestLoss: Float?
  }

  /// All that is small.
  public var progress: Progress {
    get { Progress(steps: optimizer.progress, dropout: dropout.random, bestLoss: bestLoss) }
    set {
      optimizer.progress = newValue.steps
      dropout.random = newValue.dropout
      bestLoss = newValue.bestLoss
      if (bestLoss == nil) != bestWeights.isEmpty {
        bestWeights =
          bestLoss == nil ? [] : [Float](repeating: 0, count: model.trainable.count)
      }
    }
  }

  /// The weights and their moments, and the best weights so far.
  public func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
    try optimizer.withNumbers { numbers in
      guard bestLoss != nil else { return try body(numbers) }
      return try bestWeights.withUnsafeMutableBufferPointer {
        try body(numbers + [NamedNumbers("best", $0)])
      }
    }
  }
}
