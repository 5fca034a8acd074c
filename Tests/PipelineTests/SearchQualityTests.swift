import Foundation
import Pipeline
import Synchronization
import Tasks
import TestSupport
import Testing

@Suite struct SearchQualityTests {
  private let world: TinyWorld
  private let settings = SearchQualitySettings(
    prompts: 3, candidates: 30, examples: 40, fresh: 30, shares: [0.2, 0.5])

  init() throws { world = try TinyWorld() }

  /// A target whose score depends on the prompt and, less, on the example; it can be told to stop.
  private final class ScriptedTarget: Sendable {
    struct Stopped: Error {}
    private let state: Mutex<(asked: [String: Int], blocks: Int)>

    init(blocks: Int = .max) { state = Mutex(([:], blocks)) }

    var calls: Int { state.withLock { $0.asked.values.reduce(0, +) } }
    var mostOftenAsked: Int { state.withLock { $0.asked.values.max() ?? 0 } }

    func scores(
      _ task: PromptTask, _ prompts: [Prompt], _ examples: [Example]
    ) throws -> [[Double?]] {
      try state.withLock { state in
        if state.blocks == 0 { throw Stopped() }
        state.blocks -= 1
        for prompt in prompts {
          for example in examples {
            state.asked["\(task.name) \(prompt.text) \(example.id)", default: 0] += 1
          }
        }
      }
      return prompts.map { prompt in
        examples.map { example in
          let quality = Self.number(prompt.text)
          return Self.number(prompt.text + example.id) < quality ? 1 : 0
        }
      }
    }

    /// A number in 0..<1 that looks random and is always the same.
    private static func number(_ text: String) -> Double {
      var seed: UInt64 = 5
      for byte in text.utf8 { seed = (seed ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      var random = SeededGenerator(seed: seed)
      return Double.random(in: 0..<1, using: &random)
    }
  }

  private func experiment(
    _ settings: SearchQualitySettings, _ target: ScriptedTarget
  ) throws -> SearchQuality {
    try SearchQuality(
      try world.configuration([
        "dataset.search.firstExamples=4", "dataset.search.callsPerOriginal=40",
      ]), settings, target: ("scripted", "1"), folder: world.url("search"), data: nil,
      observer: .silent
    ) { try target.scores($0, $1, $2) }
  }

  @Test func everyCallIsMadeOnceAndTheRacesKeepTheirBudgets() async throws {
    let target = ScriptedTarget()
    let report = try await experiment(settings, target).run()
    #expect(target.mostOftenAsked == 1)
    #expect(report.rows.map(\.task) == ["sentiment", "lookup", "sentiment"])
    #expect(
      report.searches.map(\.search) == [
        "original", "exhaustive", "exhaustive (highest)", "race 20 %", "race 20 % (highest)",
        "race 50 %", "race 50 % (highest)",
      ])
    let exhaustive = report.rows.reduce(0) { $0 + ($1.candidates + 1) * 40 }
    let judged = target.calls - exhaustive
    #expect(judged > 0 && judged <= 3 * 7 * 30 && judged.isMultiple(of: 30))
    for row in report.rows {
      #expect(row.choices[1].calls == (row.candidates + 1) * 40)
      #expect(row.choices[3].calls * 5 <= row.choices[1].calls)
      #expect(row.choices[5].calls * 2 <= row.choices[1].calls)
      // Nothing has a higher mean on the search examples than the highest.
      #expect(row.choices[1].searchMean <= row.choices[2].searchMean)
    }
    let best = report.searches[2]
    #expect(best.winnersCurse == best.searchMean - best.freshMean)
    #expect(best.gain.mean > 0.1 && best.gain.low <= best.gain.mean)
    // Each is compared with the exhaustive search that chooses by the same rule.
    #expect(report.searches[1].overExhaustive == Interval(mean: 0, low: 0, high: 0))
    #expect(best.overExhaustive == Interval(mean: 0, low: 0, high: 0))
    #expect(abs(report.searches[3].freshMean - best.freshMean) < 0.2)
  }

  @Test func anInterruptedExperimentGoesOn() async throws {
    let whole = try await experiment(settings, ScriptedTarget()).run()
    try FileManager.default.removeItem(at: world.url("search"))
    let (first, second) = (ScriptedTarget(blocks: 3), ScriptedTarget())
    await #expect(throws: ScriptedTarget.Stopped.self) {
      try await experiment(settings, first).run()
    }
    // A kill leaves half a line.
    let files = try FileManager.default.contentsOfDirectory(
      at: world.url("search"), includingPropertiesForKeys: nil)
    for file in files {
      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("{\"row\":4,\"sco".utf8))
    }
    #expect(try await experiment(settings, second).run() == whole)
    let third = ScriptedTarget()
    #expect(try await experiment(settings, third).run() == whole)
    #expect(first.calls > 0 && second.calls > 0 && third.calls == 0)
    let fourth = ScriptedTarget()
    try FileManager.default.removeItem(at: world.url("search"))
    _ = try await experiment(settings, fourth).run()
    #expect(first.calls + second.calls == fourth.calls)
  }

  @Test func whatCannotBeRunIsSaid() async throws {
    var many = settings
    many.prompts = 1000
    await #expect(throws: RunError.self) {
      try await experiment(many, ScriptedTarget()).run()
    }
    var long = settings
    long.fresh = 1000
    await #expect(throws: RunError.self) {
      try await experiment(long, ScriptedTarget()).run()
    }
    var poor = settings
    poor.shares = [0.001]
    await #expect(throws: ConfigurationError.self) {
      try await experiment(poor, ScriptedTarget()).run()
    }
  }

  @Test func aForeignFileIsRefused() async throws {
    _ = try await experiment(settings, ScriptedTarget()).run()
    let files = try FileManager.default.contentsOfDirectory(
      at: world.url("search"), includingPropertiesForKeys: nil)
    try Data("hello\n".utf8).write(to: files[0])
    await #expect(throws: RunError.self) {
      try await experiment(settings, ScriptedTarget()).run()
    }
  }
}
