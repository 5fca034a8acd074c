import Foundation
import LocalServer
import TestSupport
import Testing

/// The dataset of a target behind a real server that misbehaves, through the real program.
@Suite(.serialized) struct ServedTargetTests {
  /// Faults that a client need not wait for.
  private let quick = Fault.passing.filter { $0 != .hang && $0 != .slowDrip(.milliseconds(50)) }

  /// Nearly every third attempt meets one of ten faults; a few requests meet one on every attempt.
  /// Those that a client has to wait for are few: a deadline must be long on a busy machine.
  @Test func everyPairIsScoredOnceOrFailedWithItsReason() async throws {
    let world = try ServedWorld()
    let fast = FaultPlan(share: 0.29, faults: quick)
    let rare = FaultPlan(share: 0.01, faults: [.hang, .slowDrip(.milliseconds(50))], seed: 1)
    let server = try await ServedWorld.server {
      fast.fault(for: $0) ?? rare.fault(for: $0)
    }
    let built = try await world.build("faulty", server, ["dataset.search.callsPerOriginal=330"])
    try #require(built.status == 0, "\(built.errors)")
    let record = server.record
    #expect(record.total >= 10_000, "\(record.total) requests")
    let rows = try world.feedback("faulty")
    #expect(Set(rows.map(\.pair)).count == rows.count)
    let done = rows.filter { $0.status == "done" }
    #expect(done.allSatisfy { $0.score != nil && $0.error == nil && $0.output != nil })
    // Each answer names its own question: none is lost, none stands for another.
    #expect(Set(done.map(\.digest)).count == done.count)
    let failed = rows.filter { $0.status == "failed" }
    #expect(failed.allSatisfy { $0.score == nil && $0.error?.isEmpty == false })
    #expect(!failed.isEmpty && failed.count * 20 < rows.count, "\(failed.count) failed")
    #expect(record.received.count == rows.count, "every question has a row")
    let hasAnswer = Set(record.answered.keys.map(ServedWorld.digest))
    #expect(done.allSatisfy { hasAnswer.contains($0.digest) })
    let spent = try world.number("faulty", "SELECT sum(calls) FROM call WHERE status = 'settled'")
    #expect(record.total <= spent, "every request was set aside")
    // Means are over answers alone.
    let means = try world.rows("faulty", "SELECT promptId, mean, count FROM promptScore")
    let byPrompt = Dictionary(grouping: done.filter { $0.purpose == "search" }, by: \.promptID)
    #expect(means.count == byPrompt.count && means.count > 100)
    for row in means {
      let scores = try #require(byPrompt[row["promptId"]]).compactMap(\.score)
      let mean: Double = row["mean"]
      #expect(row["count"] == scores.count)
      #expect(abs(mean - scores.reduce(0, +) / Double(scores.count)) < 1e-9)
    }
  }

  @Test func aBudgetIsNeverPassedAndARicherRunGoesOn() async throws {
    let world = try ServedWorld()
    let whole = try await ServedWorld.server()
    // Searches at the same time share prompts, and pay for none twice. On a busy machine an answer may
    // take longer than the four seconds after which it would be asked for again.
    let patient = ["connection.requests.timeoutSeconds=120"]
    #expect(try await world.build("unlimited", whole, patient).status == 0)
    #expect(try whole.record.total == world.feedback("unlimited").count)
    let server = try await ServedWorld.server(fault: FaultPlan(share: 0.2, faults: quick).early)
    for budget in [300, 700, 1500] {
      let stopped = try await world.build(
        "limited", server, ["budget.callsPerRun=\(budget)"], resuming: budget > 300)
      #expect(stopped.status == 1)
      #expect(
        stopped.lastError.hasPrefix(
          "Error: the budget of \(budget) calls for the run would be passed: "))
      #expect(server.record.total <= budget)
      // What was sent was waited for: nothing that was paid for is lost.
      let open = "SELECT count(*) FROM call WHERE status = 'reserved'"
      #expect(try world.number("limited", open) == 0)
    }
    let perDay = try await world.build("limited", server, ["budget.callsPerDay=10"], resuming: true)
    #expect(perDay.status == 1 && perDay.lastError.contains("calls for the day"))
    #expect(server.record.total <= 1500)
    let finished = try await world.build("limited", server, resuming: true)
    try #require(finished.status == 0, "\(finished.errors)")
    #expect(try world.tables("limited") == world.tables("unlimited"))
  }

  /// Killed 20 times, it finds what an undisturbed build finds, and sends nothing again that was
  /// answered and stored.
  @Test func aKilledBuildLosesNothingThatWasPaidFor() async throws {
    let world = try ServedWorld()
    let whole = try await ServedWorld.server(fault: FaultPlan(share: 0.3, faults: quick).early)
    #expect(try await world.build("undisturbed", whole).status == 0)
    let server = try await ServedWorld.server(fault: FaultPlan(share: 0.3, faults: quick).early)
    var random = SeededGenerator(seed: 8)
    for kill in 0..<20 {
      let known = kill == 0 ? [] : try world.storedDigests("killed")
      let before = server.record
      let limit = before.total + Int.random(in: 1...200, using: &random)
      let killed = try await world.build("killed", server, resuming: kill > 0) { process in
        while process.isRunning, server.record.total < limit {
          Thread.sleep(forTimeInterval: 0.002)
        }
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
      }
      #expect(killed.wasKilled, "\(killed.errors)")
      #expect(resent(before, server.record, known).isEmpty)
    }
    let (known, before) = (try world.storedDigests("killed"), server.record)
    let resumed = try await world.build("killed", server, resuming: true)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(resent(before, server.record, known).isEmpty)
    #expect(try world.tables("killed") == world.tables("undisturbed"))
  }

  /// Questions that were stored and yet asked again.
  private func resent(
    _ before: ServerRecord, _ after: ServerRecord, _ known: Set<String>
  ) -> [String] {
    after.received.filter { $0.value > before.received[$0.key, default: 0] }
      .map { ServedWorld.digest($0.key) }.filter(known.contains)
  }

  @Test func aServerThatRefusesTheKeyEndsTheRunAtOnce() async throws {
    let world = try ServedWorld()
    let server = try await ServedWorld.server { _ in .status(401, message: "no such key") }
    let refused = try await world.build("refused", server)
    #expect(refused.status == 1 && server.record.total < 200)
    #expect(refused.lastError.contains("'served' does not answer: the server refused"))
    let gone = try await ServedWorld.server()
    let url = gone.url
    await gone.stop()
    let unreachable = try await world.build("unreachable", at: url)
    #expect(unreachable.status == 1)
    #expect(unreachable.lastError.contains("'served' does not answer: "))
    let settings = ["targets.0.server.endpoints.0.keyVariable=MAPO_NO_SUCH_KEY"]
    let keyless = try await world.build("keyless", server, settings)
    #expect(keyless.status == 1 && keyless.lastError.contains("MAPO_NO_SUCH_KEY"))
    #expect(!FileManager.default.fileExists(atPath: world.tiny.url("keyless").path))
  }

  @Test func aWriterMakesCandidatesOnce() async throws {
    let world = try ServedWorld()
    let target = try await ServedWorld.server()
    let writer = try await LocalServer { request in
      let seed = request.seed ?? 0
      let text = request.prompt.contains("{{record}}") ? "{{record}} {{name}}?" : "{{text}}"
      return (1...4).map { "\($0). Please \(seed) \($0), say good or bad, happy or sad: \(text)" }
        .joined(separator: "\n")
    }
    let settings = [
      "dataset.writer={share: 0.5, temperature: 1.0, maximumTokens: 200, server: "
        + "{model: writer, api: chat, endpoints: [{url: \"\(writer.url)\"}]}, requests: "
        + "{candidatesPerRequest: 4, requestsPerBatch: 2, maximumRequests: 4, fruitlessBatches: 2, "
        + "limits: {minimumLengthRatio: 0.1, maximumLengthRatio: 10.0}}}"
    ]
    let built = try await world.build("written", target, settings)
    try #require(built.status == 0, "\(built.errors)")
    let written = try world.number(
      "written", "SELECT count(*) FROM prompt WHERE origin = 'languageModel'")
    #expect(written > 2)
    let asked = writer.record.total
    #expect(try world.number("written", "SELECT count(*) FROM generation") == asked)
    let paid = "SELECT sum(calls) FROM call WHERE party = 'generator'"
    #expect(try world.number("written", paid) == asked)
    // The second stage of another target would ask the same: all of it is stored.
    try FileManager.default.removeItem(at: world.tiny.url("written/finished"))
    let again = try await world.build("written", target, settings, resuming: true)
    #expect(again.status == 0 && writer.record.total == asked)
  }
}
