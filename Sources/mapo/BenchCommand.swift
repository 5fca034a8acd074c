import ArgumentParser
import Benchmarks
import Foundation
import Reports
import Tensors

/// `mapo bench`: how fast the engine is on this machine.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the engine on this machine.",
    subcommands: [
      Gemm.self, Train.self, Generate.self, Score.self, PPO.self, TokenizerSpeed.self, Search.self,
      Store.self, Client.self,
    ])

  /// What every benchmark takes.
  struct Options: ParsableArguments {
    @Option(help: "Threads; one for each core where it is left out.")
    var threads: Int?

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    /// Before the first operation.
    func apply() {
      if let threads { ComputeThreads.count = threads }
    }

    func validate() throws {
      if let threads { try check("--threads", threads, 1...1024) }
    }
  }

  /// What the benchmarks of a model take.
  struct ModelOptions: ParsableArguments {
    @Option(
      help: "The model: vocabulary, width, layers, heads, key/value heads, feed-forward width.",
      transform: ModelShape.init)
    var shape: ModelShape

    @Option(help: "Rows in a batch.")
    var batch: Int

    @Option(help: "Seed of weights and tokens.")
    var seed: UInt64 = 1

    func validate() throws { try check("--batch", batch, 1...100_000) }
  }

  struct Gemm: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Products of square matrices: the ceiling of everything else.")

    @OptionGroup var options: Options

    @Option(help: "Rows and columns of the matrices, separated by commas.", transform: sizes)
    var sizes = ProductBenchmark.standardSizes

    func run() throws {
      options.apply()
      let report = try ProductBenchmark(sizes: sizes).run()
      if options.json { return try printJSON(report) }
      var table = TextTable(columns: [
        .init("n", .right), .init("mode", .left), .init("GFLOP/s", .right),
      ])
      for result in report.results {
        table.add(["\(result.n)", result.mode.words, decimal(result.gflops)])
      }
      print(table.plainText())
      print(
        facts([
          ("ceiling", "\(decimal(report.gflops)) GFLOP/s with \(report.threads) threads"),
          ("library", report.library), ("its kernels", "\(report.coreName): \(report.reason)"),
        ]))
    }

    private static func sizes(_ text: String) throws -> [Int] {
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let size = Int(part) else { throw ValidationError("'\(part)' is not a whole number") }
        try check("a size", size, 1...16_384)
        return size
      }
    }
  }

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Training steps: forward, backward, clipping and AdamW.")

    @OptionGroup var options: Options
    @OptionGroup var model: ModelOptions

    @Option(help: "Tokens in a row.")
    var length: Int

    @Option(help: "Steps, of which the first two only warm up.")
    var steps = 10

    @Flag(name: .customLong("no-ceiling"), help: "Do not measure the ceiling.")
    var skipsCeiling = false

    @Flag(help: "Compute layers again in the backward pass instead of keeping their activations.")
    var recompute = false

    func validate() throws {
      try check("--length", length, 2...1_000_000)
      try check("--steps", steps, TrainingBenchmark.warmUpSteps + 1...1_000_000)
    }

    func run() throws {
      options.apply()
      let report = try TrainingBenchmark(
        shape: model.shape, batch: model.batch, length: length, steps: steps, seed: model.seed,
        recomputesLayers: recompute
      ).run(measuringCeiling: !skipsCeiling)
      if options.json { return try printJSON(report) }
      print(
        facts([
          ("parameters", "\(report.parameters)"),
          ("speed", "\(decimal(report.tokensPerSecond)) tokens/s"),
          ("a step", "\(decimal(1000 * report.secondsPerStep)) ms"),
          ("arithmetic", "\(decimal(report.gflops)) GFLOP/s"),
          ("ceiling", ceiling(report)),
          ("peak memory", report.peakMemoryBytes.map(bytes) ?? "unknown"),
          ("new buffers", "\(decimal(report.allocationsPerStep)) a step"),
          ("growth", "\(decimal(report.bytesPerStep)) bytes a step"),
          ("last loss", "\(decimal(Double(report.loss))) nats a token"),
          ("computed by", "\(report.product), \(report.threads) threads"),
        ]))
    }

    private func ceiling(_ report: TrainingReport) -> String {
      guard let ceiling = report.ceilingGflops, let fraction = report.fractionOfCeiling else {
        return "not measured"
      }
      return "\(decimal(ceiling)) GFLOP/s, of which \(decimal(100 * fraction)) % are reached"
    }
  }

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sampling in a batch.")

    @OptionGroup var options: Options
    @OptionGroup var model: ModelOptions

    @Option(help: "Tokens of each prompt.")
    var prompt: Int

    @Option(help: "New tokens of each row.")
    var new: Int

    func validate() throws {
      try check("--prompt", prompt, 1...1_000_000)
      try check("--new", new, 2...1_000_000)
    }

    func run() throws {
      options.apply()
      let report = try GenerationBenchmark(
        shape: model.shape, batch: model.batch, prompt: prompt, new: new, seed: model.seed
      ).run()
      if options.json { return try printJSON(report) }
      print(
        facts([
          ("new tokens", "\(decimal(report.newTokensPerSecond)) a second, prompts included"),
          ("decoding", "\(decimal(report.decodeTokensPerSecond)) new tokens a second"),
          ("prompts", "\(decimal(report.promptTokensPerSecond)) tokens a second"),
          ("computed by", "\(report.product), \(report.threads) threads"),
        ]))
    }
  }

  struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Log-likelihood of rows of different lengths.")

    @OptionGroup var options: Options
    @OptionGroup var model: ModelOptions

    @Option(help: "Tokens of the longest row; the shortest has half of them.")
    var length: Int

    func validate() throws { try check("--length", length, 2...1_000_000) }

    func run() throws {
      options.apply()
      let report = try ScoringBenchmark(
        shape: model.shape, batch: model.batch, length: length, seed: model.seed
      ).run()
      if options.json { return try printJSON(report) }
      print(
        facts([
          ("speed", "\(decimal(report.tokensPerSecond)) tokens/s"),
          ("tokens", "\(report.tokens)"),
          ("log-likelihood", "\(decimal(report.logLikelihood)) nats"),
          ("computed by", "\(report.product), \(report.threads) threads"),
        ]))
    }
  }
}

extension ProductBenchmark.Mode {
  /// The mode in words.
  fileprivate var words: String {
    switch self {
    case .libraryThreads: "one product, the library's threads"
    case .productPerCore: "a product on each core"
    case .engine: "one product by the engine"
    }
  }
}
