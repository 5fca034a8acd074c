import FeedbackStore
import Foundation
import Pipeline
import Tensors
import TestSupport
import Testing

@Suite struct PlanTests {
  @Test func aPlanWritesNothingAndBoundsWhatARunAsks() async throws {
    let finished = try await FinishedRun.make()
    let configuration = try finished.world.configuration()
    let folder = RunFolder(finished.world.url("planned"))
    let plan = try await configuration.plan(folder, data: nil)
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
    #expect(plan.stages.map(\.stage) == ["dataset", "evaluation", "dataset", "evaluation"])
    #expect(plan.cachedCalls == 0 && plan.generatorCalls == 0 && plan.money == 0)
    #expect(plan.calls == plan.stages.reduce(0) { $0 + $1.calls })
    let asked = try finished.run.store.spending(run: 1)
    #expect(plan.calls >= asked.calls, "\(plan.calls) planned, \(asked.calls) made")
    #expect(plan.calls < 3 * asked.calls)
    #expect(plan.seconds > 0 && plan.tokens > plan.calls)
  }

  @Test func whatIsStoredIsTakenOff() async throws {
    let finished = try await FinishedRun.make()
    let configuration = try finished.world.configuration()
    let plan = try await configuration.plan(finished.run.folder, data: nil)
    #expect(plan.calls == 0 && plan.seconds == 0)
    let answered = try finished.run.folder.datasetReport().targets.reduce(0) { $0 + $1.answered }
    #expect(plan.cachedCalls == answered)
    #expect(plan.assumptions.allSatisfy { $0.contains("stored answers") })
  }

  @Test func aBudgetThatIsTooSmallIsSaid() async throws {
    let world = try await FinishedRun.make().world
    let folder = RunFolder(world.url("unaffordable"))
    let poor = try await world.configuration(["budget.callsPerRun=10"]).plan(folder, data: nil)
    #expect(
      poor.warnings.contains { $0.hasPrefix("of the budget of 10 for calls, 10 are left, and up ") }
    )
    let served = try await world.configuration([
      "targets=[{name: far, server: {model: m, api: chat, endpoints: "
        + "[{url: \"http://127.0.0.1:9/v1\"}]}, price: {inputPerMillion: 3, outputPerMillion: 5}}]",
      "budget.moneyPerRun=0.0001", "connection.requests.requestsPerMinute=60",
    ]).plan(folder, data: nil)
    #expect(served.money > 0.0001 && served.warnings.contains { $0.contains("for money, ") })
    #expect(abs(served.seconds - Double(served.calls)) < 1e-6, "a call a second")
  }

  /// As the docs say; a thousand simulated evaluations agree with the formula.
  @Test func moreOfAnythingDetectsLess() {
    let few = detectableGain([(prompts: 10, examples: 30)])
    #expect(detectableGain([(prompts: 40, examples: 30)]) < few)
    #expect(detectableGain([(prompts: 10, examples: 120)]) < few)
    #expect(abs(detectableGain([(10, 30), (10, 30)]) - few / 2.0.squareRoot()) < 1e-12)
    #expect(detectableGain([]) == .infinity && detectableGain([(0, 5)]) == .infinity)
    var random = SplitMix64(seed: 5)
    let means = (0..<2000).map { _ -> Double in
      let prompts = (0..<10).map { _ in 0.25 * Double(random.nextNormal()) }
      let examples = (0..<30).map { _ in 0.1 * Double(random.nextNormal()) }
      var sum = 0.0
      for prompt in prompts {
        for example in examples { sum += prompt + example + 0.5 * Double(random.nextNormal()) }
      }
      return sum / 300
    }
    let deviation = (means.reduce(0) { $0 + $1 * $1 } / 2000).squareRoot()
    #expect(abs(2.8 * deviation - few) < 0.05 * few)
  }
}
