import LanguageModels
import Tensors

/// Sampling from a model with random weights: random prompts, temperature 1, no end token.
public struct GenerationBenchmark: Sendable {
  /// The model.
  public var shape: ModelShape
  /// Rows in a batch, B.
  public var batch: Int
  /// Tokens of a prompt, P.
  public var prompt: Int
  /// New tokens of each row, N.
  public var new: Int
  /// Seed of weights, prompts and samples.
  public var seed: UInt64

  /// - Precondition: `batch` ≥ 1, `prompt` ≥ 1, `new` ≥ 2.
  public init(shape: ModelShape, batch: Int, prompt: Int, new: Int, seed: UInt64) {
    precondition(
      batch >= 1 && prompt >= 1 && new >= 2,
      "generation benchmark: \(batch) rows of \(prompt) + \(new) tokens")
    self.shape = shape
    self.batch = batch
    self.prompt = prompt
    self.new = new
    self.seed = seed
  }

  /// Generates and measures: the median of three runs after a warm-up.
  ///
  /// - Throws: `MatrixKernelsError` where nothing multiplies matrices; `ModelShapeError` where the length is out
  ///   of reach.
  public func run() throws -> GenerationReport {
    let product = try MatrixKernels.chosen()
    var work = try RandomWork(shape, length: prompt + new, seed: seed)
    let prompts = work.rows([Int](repeating: prompt, count: batch))
    let time = { (newTokens: Int) in
      let requests = prompts.enumerated().map { index, prompt in
        GenerationRequest(
          prompt: prompt, maximumNewTokens: newTokens, temperature: 1, seed: UInt64(index))
      }
      return medianSeconds(warmUp: 1, repeats: 3) {
        _ = work.model.generate(requests, endToken: -1, slots: batch)
      }
    }
    let (whole, first) = (time(new), time(1))
    return GenerationReport(
      newTokensPerSecond: Double(batch * new) / whole,
      promptTokensPerSecond: Double(batch * prompt) / first,
      decodeTokensPerSecond: Double(batch * (new - 1)) / max(whole - first, .ulpOfOne),
      product: product.name, threads: ComputeThreads.count)
  }
}

/// What `GenerationBenchmark` found.
public struct GenerationReport: Encodable, Sendable {
  /// All new tokens in the whole time, prompts included.
  public let newTokensPerSecond: Double
  /// All prompt tokens in the time of a call for one new token.
  public let promptTokensPerSecond: Double
  /// The new tokens after each row's first, in the time that they took alone.
  public let decodeTokensPerSecond: Double
  /// What multiplied matrices.
  public let product: String
  /// Threads in use.
  public let threads: Int
}
