import FeedbackStore
import Foundation
import LocalServer
import Pipeline
import Synchronization
import Tasks
import Testing

/// `mapo optimize` for a target behind a server: what is sent, and what it costs.
@Suite struct ServedOptimizationTests {
  private static let methods: [OptimizationMethod] = [.dualPhase, .uniform, .bestOfRandom, .ape]

  /// Ended at any call and begun again, it asks for nothing that was answered and finds the same.
  @Test(arguments: [1, 6, 9, 30, 75])
  func anInterruptedRunFindsTheSame(calls: Int) async throws {
    let world = try OptimizationWorld()
    let server = try await world.server()
    let target = OptimizationWorld.served(server)
    let expected = try await world.open("whole", target).optimize(methods: Self.methods)
    let whole = server.record.total

    let received = Mutex(0)
    let interruption = Mutex<Task<OptimizationReport, any Error>?>(nil)
    let breaking = try await world.server { _ in
      let count = received.withLock { count in
        count += 1
        return count
      }
      if count == calls { interruption.withLock { $0?.cancel() } }
    }
    let run = try world.open("part", OptimizationWorld.served(breaking))
    interruption.withLock { task in
      task = Task { try await run.optimize(methods: Self.methods) }
    }
    let task = try #require(interruption.withLock { $0 })
    await #expect(throws: (any Error).self) { _ = try await task.value }
    let stored = try world.number("part", "SELECT count(*) FROM feedback WHERE status = 'done'")
    #expect(stored < whole)
    let before = server.record.total
    let again = try world.open("part", target, .resume)
    #expect(try await again.optimize(methods: Self.methods) == expected)
    #expect(server.record.total - before == whole - stored, "what is stored is not asked again")
  }

  /// The run's budget is kept to the call, and a larger one goes on from there.
  @Test(arguments: [1, 9, 20])
  func theBudgetHolds(calls: Int) async throws {
    let world = try OptimizationWorld()
    let server = try await world.server()
    let target = OptimizationWorld.served(server)
    let poor = try world.open("poor", target, settings: ["budget.callsPerRun=\(calls)"])
    let error = await #expect(throws: RunError.self) { _ = try await poor.optimize() }
    guard case .budgetMet = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(server.record.total <= calls)
    #expect(
      try world.number("poor", "SELECT count(*) FROM feedback WHERE status = 'done'")
        == server.record.total)
    #expect(!FileManager.default.fileExists(atPath: poor.folder.optimizationFile.path))
    let richer = try world.open(
      "poor", target, .resume, settings: ["budget.callsPerRun=100000"])
    let found = try await richer.optimize()
    let rest = server.record.total
    #expect(try await world.open("rich", target).optimize() == found)
    #expect(server.record.total == 2 * rest)
  }

  /// `callLimit` bounds the calls of a search to the call, whatever the store has.
  @Test(arguments: [8, 23, 40, 61])
  func theLimitOfASearchHolds(limit: Int) async throws {
    let world = try OptimizationWorld()
    let server = try await world.server()
    let settings = ["optimize.callLimit=\(limit)"]
    let run = try world.open("limited", OptimizationWorld.served(server), settings: settings)
    let report = try await run.optimize()
    #expect(report.targetCalls <= limit)
    let searched = try world.number(
      "limited", "SELECT count(*) FROM feedback WHERE purpose = 'search'")
    #expect(searched == report.targetCalls && server.record.total == searched + report.freshCalls)
    #expect(report.searches[0].methods[0].callLimit == limit)
  }

  /// A failed call is no score: means are over what was answered.
  @Test func failedCallsAreNoScores() async throws {
    let world = try OptimizationWorld()
    let server = try await world.server { prompt in
      if prompt.utf8.reduce(0, { $0 &+ Int($1) }) % 5 == 0 { throw ServerRefusal() }
    }
    let run = try world.open("failing", OptimizationWorld.served(server))
    let report = try await run.optimize(methods: Self.methods)
    let failed = try world.number(
      "failing", "SELECT count(*) FROM feedback WHERE status = 'failed' AND purpose = 'fresh'")
    #expect(failed > 0)
    for method in report.searches[0].methods {
      #expect(method.freshCount + method.freshFailed == 10 && method.freshCount > 0)
      let query = "FROM feedback JOIN prompt ON prompt.id = promptId "
      let own =
        query + "WHERE purpose = 'fresh' AND feedback.status = 'done' "
        + "AND text = '\(method.outcome.prompt.replacing("'", with: "''"))'"
      let right = try world.number("failing", "SELECT sum(score) \(own)")
      #expect(try world.number("failing", "SELECT count(*) \(own)") == method.freshCount)
      #expect(abs(method.fresh.mean - Double(right) / Double(method.freshCount)) < 1e-9)
    }
  }

  private struct ServerRefusal: Error {}

  @Test func aTargetThatAnswersNothing() async throws {
    let world = try OptimizationWorld()
    let server = try await world.server { _ in throw ServerRefusal() }
    let run = try world.open("silent", OptimizationWorld.served(server))
    let error = await #expect(throws: RunError.self) { _ = try await run.optimize() }
    guard case .noAnswer("served", let reason?) = error else {
      Issue.record("\(error as Any)")
      return
    }
    let stored = try world.number(
      "silent", "SELECT count(*) FROM feedback WHERE error = '\(reason)'")
    #expect(stored == server.record.total || stored > 0)
    #expect("\(error.map { "\($0)" } ?? "")".contains("(most often: \(reason))"))
  }

  /// A search that fails is told, and the others go on.
  @Test func oneFailureEndsNoOtherSearch() async throws {
    let world = try OptimizationWorld()
    let texts = try PromptTask(contentsOf: world.tiny.url("tasks/sentiment")).examples
      .compactMap { $0.fields["text"] }
    let server = try await world.server { prompt in
      if texts.contains(where: prompt.contains) { throw ServerRefusal() }
    }
    let both =
      "tasks=[{folder: \(world.tiny.url("tasks/sentiment").path)}, "
      + "{folder: \(world.tiny.url("tasks/lookup").path)}]"
    let run = try world.open("half", OptimizationWorld.served(server), settings: [both])
    let said = Mutex<[String]>([])
    let report = try await run.optimize(methods: [.dualPhase, .ape]) { event in
      if case .failed(let place, _) = event { said.withLock { $0.append(place.task) } }
    }
    #expect(report.searches.map(\.place.task) == ["lookup"])
    #expect(said.withLock { $0 } == ["sentiment"])
    #expect(report.notices.contains { $0.hasPrefix("the search for served, sentiment, repeat 1") })
    #expect(report.comparison.map(\.task).contains("lookup"))
    #expect(try run.store.rankings(target: 1).allSatisfy { $0.task == "lookup" })
  }

  /// What a model behind a server is asked to write is within the plan.
  @Test func thePlanBoundsWhatIsWritten() async throws {
    let world = try OptimizationWorld()
    let server = try await world.server()
    let count = Mutex(0)
    let task = try PromptTask(contentsOf: world.tiny.url("tasks/sentiment"))
    let words = try #require(task.prompts.first).required.joined(separator: " or ")
    let writer = try await LocalServer { _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return "<result>Number \(number) of all: {{text}} is \(words)? Say which.</result>"
    }
    let settings = [
      "optimize.generator={source: server, writer: {server: {model: writer, api: chat, endpoints: "
        + "[{url: \"\(writer.url)\"}]}, temperature: 1.0, maximumTokens: 100}}"
    ]
    let target = OptimizationWorld.served(server)
    let plan = try await world.configuration(settings, target).planOptimization(
      RunFolder(world.tiny.url("planned")), data: nil, methods: OptimizationMethod.allCases)
    #expect(writer.record.total == 0)
    let report = try await world.open("written", target, settings: settings)
      .optimize(methods: OptimizationMethod.allCases)
    #expect(report.searches[0].methods.count == 5 && report.notices.isEmpty)
    #expect(writer.record.total > 0 && writer.record.total <= plan.generatorCalls)
    #expect(server.record.total <= plan.calls)
  }

  /// Tasks are searched at the same time, and nothing depends on who is faster.
  @Test func atTheSameTimeNothingChanges() async throws {
    let world = try OptimizationWorld()
    let server = try await world.server { prompt in
      try await Task.sleep(for: .milliseconds(prompt.utf8.count % 4))
    }
    let both =
      "tasks=[{folder: \(world.tiny.url("tasks/sentiment").path)}, "
      + "{folder: \(world.tiny.url("tasks/lookup").path)}]"
    var reports: [OptimizationReport] = []
    var rankings: [[PromptRanking]] = []
    for width in [1, 2] {
      let run = try world.open(
        "width-\(width)", OptimizationWorld.served(server),
        settings: [both, "connection.searchesAtOnce=\(width)", "optimize.repeats=2"])
      reports.append(try await run.optimize(methods: [.dualPhase, .ape]))
      rankings.append(try run.store.rankings(target: 1))
    }
    #expect(reports[0] == reports[1] && reports[0].searches.count == 4)
    #expect(
      rankings[0].map { $0.candidates.map(\.text) } == rankings[1].map { $0.candidates.map(\.text) }
    )
  }
}
