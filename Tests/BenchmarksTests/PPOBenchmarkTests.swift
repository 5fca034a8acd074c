import Benchmarks
import Testing

@Suite struct PPOBenchmarkTests {
  private func benchmark(
    batch: Int = 3, prompt: Int = 4, response: Int = 5, epochs: Int = 2, updates: Int = 2
  ) throws -> PPOBenchmark {
    PPOBenchmark(
      shape: try ModelShape("64,16,2,2,1,24"), batch: batch, prompt: prompt, response: response,
      epochs: epochs, updates: updates, seed: 1)
  }

  @Test func everyPhaseIsMeasured() throws {
    let report = try benchmark().run()
    let phases = [
      report.phases.rollout, report.phases.score, report.phases.advantages, report.phases.update,
    ]
    #expect(phases.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(report.secondsPerUpdate >= phases.max() ?? 0)
    let layer = 16 + 32 * 16 + 16 * 16 + 16 + 48 * 16 + 16 * 24
    #expect(report.parameters == 64 * 16 + 2 * layer + 16)
    #expect(report.updates == 2 && report.threads >= 1 && !report.product.isEmpty)
  }

  @Test(arguments: [1, 4])
  func responsesAreFullAndEveryEpochIsAStep(epochs: Int) throws {
    let report = try benchmark(batch: 40, response: 7, epochs: epochs, updates: 1).run()
    #expect(report.responseTokens == 7 && report.steps == epochs)
  }

  @Test func oneTokenOfEachIsEnough() throws {
    let report = try benchmark(batch: 1, prompt: 1, response: 1, epochs: 1, updates: 1).run()
    #expect(report.responseTokens == 1 && report.secondsPerUpdate.isFinite)
  }

  @Test func aLengthOutOfReachIsAnError() throws {
    let benchmark = PPOBenchmark(
      shape: try ModelShape("8,4096,1,2,1,8"), batch: 1, prompt: 1, response: 1_000_000, epochs: 1,
      updates: 1, seed: 1)
    #expect(throws: ModelShapeError.self) { try benchmark.run() }
  }

  @Test func preconditions() async {
    await #expect(processExitsWith: .failure) {
      _ = PPOBenchmark(
        shape: try ModelShape("64,16,2,2,1,24"), batch: 1, prompt: 1, response: 0, epochs: 1,
        updates: 1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = PPOBenchmark(
        shape: try ModelShape("64,16,2,2,1,24"), batch: 1, prompt: 1, response: 1, epochs: 0,
        updates: 1, seed: 1)
    }
  }
}
