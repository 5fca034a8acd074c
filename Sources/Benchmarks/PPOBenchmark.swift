import Alignment
import LanguageModels
import NeuralNetworks
import Tensors

/// Updates of PPO by the trainer that the pipeline uses: a policy, an equal reference, and a critic
/// and a reward model of the same shape with weights of their own, all random.
///
/// Every prompt is answered once, by exactly R tokens: no token ends a response, as nearly none does
/// where weights are random. Each response therefore gets the penalty for a missing end instead of
/// its score, which is computed all the same. RRMF and ptx are off; a batch is one minibatch.
public struct PPOBenchmark: Sendable {
  /// Updates that are not counted: buffers and caches fill in them.
  public static let warmUpUpdates = 1

  /// The shape of all four models.
  public var shape: ModelShape
  /// Prompts of an update, B.
  public var batch: Int
  /// Tokens of a prompt, P.
  public var prompt: Int
  /// Tokens of a response, R.
  public var response: Int
  /// Passes over each batch of rollouts, E.
  public var epochs: Int
  /// Updates that are measured.
  public var updates: Int
  /// Seed of weights, prompts and samples.
  public var seed: UInt64

  /// - Precondition: All numbers are positive.
  public init(
    shape: ModelShape, batch: Int, prompt: Int, response: Int, epochs: Int, updates: Int,
    seed: UInt64
  ) {
    precondition(
      batch >= 1 && prompt >= 1 && response >= 1 && epochs >= 1 && updates >= 1,
      "PPO benchmark: \(updates) updates, \(batch) rows of \(prompt) + \(response) tokens, "
        + "\(epochs) epochs")
    self.shape = shape
    self.batch = batch
    self.prompt = prompt
    self.response = response
    self.epochs = epochs
    self.updates = updates
    self.seed = seed
  }

  /// Trains and measures: medians over the updates after the warm-up.
  ///
  /// - Throws: `MatrixKernelsError` where nothing multiplies matrices; `ModelShapeError` where the length is out
  ///   of reach.
  public func run() throws -> PPOReport {
    let product = try MatrixKernels.chosen()
    let residentAtStart = ProcessMemory.residentBytes
    let work = try PPOWork(self)
    for _ in 0..<Self.warmUpUpdates { _ = work.update() }
    let missesBefore = BufferPool.missCount
    let measured = (0..<updates).map { _ in work.update() }
    let misses = BufferPool.missCount - missesBefore
    let phase = { (seconds: KeyPath<PPOReport.Phases, Double>) in
      median(measured.map { $0.phases[keyPath: seconds] })
    }
    return PPOReport(
      secondsPerUpdate: median(measured.map(\.phases.total)),
      phases: .init(
        rollout: phase(\.rollout), score: phase(\.score), advantages: phase(\.advantages),
        update: phase(\.update)),
      parameters: work.parameterCount,
      responseTokens: median(measured.map { Double($0.statistics.responseLength) }),
      steps: measured.map(\.statistics.steps).max() ?? 0,
      peakMemoryBytes: ProcessMemory.peakBytes(above: residentAtStart),
      allocationsPerUpdate: Double(misses) / Double(updates), updates: updates,
      product: product.name, threads: ComputeThreads.count)
  }
}

/// What `PPOBenchmark` found.
public struct PPOReport: Encodable, Sendable {
  /// Seconds of the parts of an update.
  public struct Phases: Encodable, Sendable {
    /// The policy answers the prompts.
    public let rollout: Double
    /// The reward model's scores; log-probs by policy and reference, values by the critic.
    public let score: Double
    /// Advantages and returns.
    public let advantages: Double
    /// All epochs of policy and critic.
    public let update: Double

    var total: Double { rollout + score + advantages + update }
  }

  /// The median of whole updates.
  public let secondsPerUpdate: Double
  /// The median of each part: their sum may differ a little from the whole.
  public let phases: Phases
  /// Of each of the four models; tied embeddings count once.
  public let parameters: Int
  /// Mean tokens of a response.
  public let responseTokens: Double
  /// Optimizer steps of an update.
  public let steps: Int
  /// The most memory until the last update, less what the process had before the models.
  @NullWhenMissing public internal(set) var peakMemoryBytes: Int?
  /// Buffers taken from the system in an update after the warm-up.
  public let allocationsPerUpdate: Double
  /// Updates that were measured.
  public let updates: Int
  /// What multiplied matrices.
  public let product: String
  /// Threads in use.
  public let threads: Int
}

/// The reward model, and the trainer of the others.
private struct PPOWork {
  private let rewardModel: Transformer
  private let trainer: PPOTrainer
  private let prompts: [[Int32]]

  init(_ benchmark: PPOBenchmark) throws(ModelShapeError) {
    var work = try RandomWork(
      benchmark.shape, length: benchmark.prompt + benchmark.response, seed: benchmark.seed)
    var random = SplitMix64(seed: benchmark.seed, stream: "scalars")
    let configuration = work.model.configuration
    rewardModel = Transformer(configuration, head: .scalar, random: &random)
    let updates = PPOBenchmark.warmUpUpdates + benchmark.updates
    prompts = work.rows([Int](repeating: benchmark.prompt, count: benchmark.batch * updates))
    trainer = PPOTrainer(
      policy: work.model, reference: work.model.copy(),
      critic: Transformer(configuration, head: .scalar, random: &random),
      config: Self.settings(benchmark, updates: updates), endTokens: [],
      maximumResponse: benchmark.response,
      data: .init(prompts: prompts, rankings: [], pretraining: []), seed: benchmark.seed)
  }

  var parameterCount: Int { trainer.policy.parameters.count }

  func update() -> (phases: PPOReport.Phases, statistics: PPOStatistics) {
    let (samples, rollout) = timed { trainer.sample() }
    let (evaluated, score) = timed { trainer.evaluate(samples, scores: scores(samples)) }
    let (estimates, advantages) = timed { trainer.estimateAdvantages(evaluated) }
    let (statistics, update) = timed { trainer.learn(from: evaluated, estimates) }
    return (
      .init(rollout: rollout, score: score, advantages: advantages, update: update), statistics
    )
  }

  private func scores(_ samples: [PPOTrainer.Sample]) -> [Float] {
    rewards(
      of: rewardModel,
      samples.map {
        SequenceExample(prompt: prompts[$0.promptIndex], response: $0.tokens)
      })
  }

  /// The settings of "The N implementation details of RLHF with PPO" and of TRL, which this is compared
  /// with; the optimizer's are PyTorch's defaults.
  private static func settings(_ benchmark: PPOBenchmark, updates: Int) -> PPOConfig {
    PPOConfig(
      updates: updates, promptsPerUpdate: benchmark.batch, samplesPerPrompt: 1, temperature: 0.7,
      epochs: benchmark.epochs, minibatches: 1, learningRate: 1e-5, finalRateFraction: 0,
      criticLearningRate: 1e-5,
      optimizer: AdamWConfig(
        beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maximumGradientNorm: 1),
      policyObjective: true, clipRange: 0.2, valueClipRange: 0.2, valueCoefficient: 0.1,
      entropyCoefficient: 0, discount: 1, lambda: 0.95, klCoefficient: 0.05, klTarget: 0,
      klHorizon: 0, klLimit: 0, approximateKLLimit: 0, missingEndPenalty: -1,
      rankingCoefficient: 0, rankingCrossEntropy: 0, rankingForm: .hinge, rankingMinimumGap: 0,
      rankingsPerStep: 0, pretrainingCoefficient: 0, pretrainingPerStep: 0)
  }
}
