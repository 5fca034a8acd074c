import Benchmarks
import Foundation
import Testing

/// The numbers that do not depend on the clock, with shapes of a few milliseconds.
@Suite struct BenchmarkTests {
  private func shape() throws -> ModelShape { try ModelShape("64,16,2,2,1,24") }

  private func training(seed: UInt64, steps: Int = 3) throws -> TrainingReport {
    try TrainingBenchmark(shape: shape(), batch: 3, length: 8, steps: steps, seed: seed)
      .run(measuringCeiling: false)
  }

  @Test func trainingCountsWhatItDoes() throws {
    let report = try training(seed: 1)
    // Embedding, two layers (norms, projection, output, gate and up, down) and the last norm.
    let layer = 16 + 32 * 16 + 16 * 16 + 16 + 48 * 16 + 16 * 24
    #expect(report.parameters == 64 * 16 + 2 * layer + 16)
    let operations = Double(6 * report.parameters + 6 * 2 * 16 * 8)
    #expect(abs(report.gflops / (1e-9 * operations * report.tokensPerSecond) - 1) < 1e-9)
    #expect(abs(report.tokensPerSecond * report.secondsPerStep / 24 - 1) < 1e-9)
    #expect(report.ceilingGflops == nil && report.fractionOfCeiling == nil)
    #expect(report.threads >= 1 && !report.product.isEmpty)
  }

  @Test func trainingLearnsAndIsRepeatable() throws {
    let first = try training(seed: 1)
    #expect(abs(first.loss - log(64)) < 0.2)
    #expect(try training(seed: 1).loss == first.loss)
    #expect(try training(seed: 2).loss != first.loss)
    #expect(try training(seed: 1, steps: 40).loss < first.loss - 0.01)
  }

  @Test func generationMeasuresEachPhase() throws {
    let report = try GenerationBenchmark(shape: shape(), batch: 3, prompt: 4, new: 5, seed: 1).run()
    for rate in [
      report.newTokensPerSecond, report.promptTokensPerSecond, report.decodeTokensPerSecond,
    ] {
      #expect(rate > 0 && rate.isFinite)
    }
  }

  @Test func scoringCountsRealTokens() throws {
    let benchmark = ScoringBenchmark(shape: try shape(), batch: 40, length: 9, seed: 1)
    let report = try benchmark.run()
    #expect((40 * 4...40 * 9).contains(report.tokens) && report.tokens != 40 * 9)
    // An untrained model gives each token of 64 nearly the same probability.
    let expected = -Double(report.tokens - 40) * log(64)
    #expect(abs(report.logLikelihood / expected - 1) < 0.02)
    let again = try benchmark.run()
    #expect(again.tokens == report.tokens && again.logLikelihood == report.logLikelihood)
  }

  @Test func productsAreMeasuredInBothModes() async {
    // In a process of its own: the library's threads are set for all of a process.
    await #expect(processExitsWith: .success) {
      let report = try ProductBenchmark(sizes: [1, 33]).run()
      precondition(report.results.map(\.n) == [1, 1, 1, 33, 33, 33])
      precondition(
        report.results.map(\.mode).suffix(3) == [.libraryThreads, .productPerCore, .engine])
      precondition(report.gflops > 0)
    }
  }

  @Test func preconditions() async {
    await #expect(processExitsWith: .failure) {
      _ = TrainingBenchmark(
        shape: try ModelShape("64,16,2,2,1,24"), batch: 1, length: 1, steps: 3, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = GenerationBenchmark(
        shape: try ModelShape("64,16,2,2,1,24"), batch: 1, prompt: 1, new: 1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = ScoringBenchmark(shape: try ModelShape("64,16,2,2,1,24"), batch: 0, length: 2, seed: 1)
    }
  }
}
