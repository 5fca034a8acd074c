import Alignment
import LanguageModels
import NeuralNetworks
import Tensors

/// Training steps of a model with random weights on one batch of random tokens: forward, backward,
/// clipping and AdamW, by the trainer that the pipeline uses. Every token but the first of its row
/// is learned.
public struct TrainingBenchmark: Sendable {
  /// Steps that are not counted: buffers and caches fill in them.
  public static let warmUpSteps = 2

  /// The model.
  public var shape: ModelShape
  /// Rows in a batch, B.
  public var batch: Int
  /// Tokens in a row, T.
  public var length: Int
  /// Steps in all.
  public var steps: Int
  /// Seed of weights and tokens.
  public var seed: UInt64
  /// Whether layers are computed again in the backward pass, to save memory.
  public var recomputesLayers: Bool

  /// - Precondition: `batch` ≥ 1, `length` ≥ 2, `steps` above `warmUpSteps`.
  public init(
    shape: ModelShape, batch: Int, length: Int, steps: Int, seed: UInt64,
    recomputesLayers: Bool = false
  ) {
    precondition(
      batch >= 1 && length >= 2 && steps > Self.warmUpSteps,
      "training benchmark: \(batch) rows of \(length) tokens, \(steps) steps")
    self.shape = shape
    self.batch = batch
    self.length = length
    self.steps = steps
    self.seed = seed
    self.recomputesLayers = recomputesLayers
  }

  /// Trains and measures; then, where wanted, measures the ceiling, whose memory is thus not
  /// counted.
  ///
  /// - Throws: `MatrixKernelsError` where nothing multiplies matrices; `ModelShapeError` where the length is out
  ///   of reach.
  public func run(measuringCeiling: Bool) throws -> TrainingReport {
    if measuringCeiling { _ = try OpenBLAS.shared() }
    var report = try train(product: try MatrixKernels.chosen().name)
    guard measuringCeiling else { return report }
    BufferPool.trim()
    let ceiling = try ProductBenchmark().run().gflops
    report.ceilingGflops = ceiling
    report.fractionOfCeiling = report.gflops / ceiling
    return report
  }

  private func train(product: String) throws -> TrainingReport {
    let residentAtStart = ProcessMemory.residentBytes
    var work = try RandomWork(shape, length: length, seed: seed)
    work.model.recomputesLayers = recomputesLayers
    let examples = work.rows([Int](repeating: length, count: batch)).map {
      SequenceExample(prompt: [$0[0]], response: Array($0.dropFirst()))
    }
    let trainer = SupervisedTrainer(work.model, config: settings, seed: seed)
    for _ in 0..<Self.warmUpSteps { _ = trainer.step(examples) }

    var times = [Double](repeating: 0, count: steps - Self.warmUpSteps)
    var loss: Float = 0
    let (missesBefore, bytesBefore) = (BufferPool.missCount, ProcessMemory.allocatedBytes)
    let residentFirst = ProcessMemory.residentBytes
    for index in times.indices { times[index] = seconds { loss = trainer.step(examples).loss } }
    let (misses, bytes) = (
      BufferPool.missCount - missesBefore, ProcessMemory.allocatedBytes - bytesBefore
    )

    let time = median(times)
    let tokensPerSecond = Double(batch * length) / time
    return TrainingReport(
      parameters: work.model.parameters.count, tokensPerSecond: tokensPerSecond,
      secondsPerStep: time, loss: loss,
      gflops: 1e-9 * operationsPerToken(work.model) * tokensPerSecond,
      peakMemoryBytes: ProcessMemory.peakBytes(above: residentAtStart),
      residentBytesFirst: residentFirst, residentBytesLast: ProcessMemory.residentBytes,
      allocationsPerStep: Double(misses) / Double(times.count),
      bytesPerStep: Double(bytes) / Double(times.count),
      product: product, threads: ComputeThreads.count)
  }

  /// 6 N for the matrices and 6 L d T for causal attention.
  private func operationsPerToken(_ model: Transformer) -> Double {
    let configuration = model.configuration
    return 6 * Double(model.parameters.count)
      + 6 * Double(configuration.layers * configuration.width * length)
  }

  /// A batch is one pass and one step; the rate is constant. Decay and moments are PyTorch's defaults.
  private var settings: SupervisedConfig {
    SupervisedConfig(
      batchSize: batch, examplesPerPass: batch,
      schedule: LearningRateSchedule(
        shape: .constant, peak: 1e-4, warmupSteps: 0, totalSteps: 1, finalFraction: 1),
      optimizer: AdamWConfig(
        beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maximumGradientNorm: 1),
      dropout: 0, averaging: .tokens)
  }
}

/// What `TrainingBenchmark` found.
public struct TrainingReport: Encodable, Sendable {
  /// N, numbers that are learned; tied embeddings count once.
  public let parameters: Int
  /// B · T tokens in the median time of a step.
  public let tokensPerSecond: Double
  /// The median.
  public let secondsPerStep: Double
  /// Of the last step, in nats a token.
  public let loss: Float
  /// 10⁹ operations of the model a second: 6 N + 6 L d T for each token.
  public let gflops: Double
  /// The best of `ProductBenchmark`; nil where it was not measured.
  @NullWhenMissing public internal(set) var ceilingGflops: Double?
  /// `gflops` over `ceilingGflops`.
  @NullWhenMissing public internal(set) var fractionOfCeiling: Double?
  /// The most memory until the last step, less what the process had before the model.
  @NullWhenMissing public internal(set) var peakMemoryBytes: Int?
  /// In memory after the warm-up.
  @NullWhenMissing public internal(set) var residentBytesFirst: Int?
  /// In memory after the last step.
  @NullWhenMissing public internal(set) var residentBytesLast: Int?
  /// Buffers taken from the system in a step after the warm-up.
  public let allocationsPerStep: Double
  /// What the allocator holds more after each step after the warm-up.
  public let bytesPerStep: Double
  /// What multiplied matrices.
  public let product: String
  /// Threads in use.
  public let threads: Int
}
