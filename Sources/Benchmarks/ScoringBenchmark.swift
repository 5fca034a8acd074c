import LanguageModels
import Tensors

/// Log-likelihood of every next token of random rows, half as long as the longest or more.
public struct ScoringBenchmark: Sendable {
  /// The model.
  public var shape: ModelShape
  /// Rows in a batch, B.
  public var batch: Int
  /// The longest row, T: lengths are uniform in T/2...T.
  public var length: Int
  /// Seed of weights, lengths and tokens.
  public var seed: UInt64

  /// - Precondition: `batch` ≥ 1, `length` ≥ 2.
  public init(shape: ModelShape, batch: Int, length: Int, seed: UInt64) {
    precondition(
      batch >= 1 && length >= 2, "scoring benchmark: \(batch) rows of \(length) tokens")
    self.shape = shape
    self.batch = batch
    self.length = length
    self.seed = seed
  }

  /// Scores and measures: the median of six runs after two of warm-up.
  ///
  /// - Throws: `MatrixKernelsError` where nothing multiplies matrices; `ModelShapeError` where the length is out
  ///   of reach.
  public func run() throws -> ScoringReport {
    let product = try MatrixKernels.chosen()
    var work = try RandomWork(shape, length: length, seed: seed)
    let rows = work.rows(work.lengths(batch, in: length / 2...length))
    var logLikelihood = 0.0
    let time = medianSeconds(warmUp: 2, repeats: 6) {
      let packed = PackedBatch(rows)
      let next = ResponseTokens(packed, promptCounts: rows.map { _ in 1 })
      let logProbs = withoutGradient { work.model.logProbs(packed, of: next) }
      logLikelihood = logProbs.withValues { values in
        stride(from: 0, to: values.count, by: 2).reduce(0.0) { $0 + Double(values[$1]) }
      }
    }
    let tokens = rows.reduce(0) { $0 + $1.count }
    return ScoringReport(
      tokensPerSecond: Double(tokens) / time, tokens: tokens, logLikelihood: logLikelihood,
      product: product.name, threads: ComputeThreads.count)
  }
}

/// What `ScoringBenchmark` found.
public struct ScoringReport: Encodable, Sendable {
  /// Tokens of the rows, without any padding, a second.
  public let tokensPerSecond: Double
  /// Tokens of all rows.
  public let tokens: Int
  /// Of all rows together, in nats.
  public let logLikelihood: Double
  /// What multiplied matrices.
  public let product: String
  /// Threads in use.
  public let threads: Int
}
