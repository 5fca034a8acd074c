import FeedbackStore
import Foundation
import LocalServer
import Pipeline
import TestSupport
import Testing

@Suite struct StudyTests {
  private static let small = [
    "study.examples=6", "study.halvings=2", "study.resamples=20",
    "study.twins=[{target: birch, of: amber}]",
  ]

  @Test func theStudyMeasuresAndTrainsNothing() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("studied")
    let settings = try finished.world.configuration(Self.small)
    let studying = try Run(
      settings, folder: run.folder, opening: .resume, data: nil, observer: .silent)
    let targets = try run.store.targets()
    let before = try targets.map {
      (try run.store.rankings(target: $0.id), try run.store.pairs(target: $0.id))
    }
    let report = try await studying.study()
    #expect(try run.folder.study() == report)
    for (target, old) in zip(targets, before) {
      #expect(try run.store.leaks(target: target.id).isEmpty)
      try studying.checkForLeaks(target: target.id)
      #expect(try run.store.rankings(target: target.id) == old.0)
      #expect(try run.store.pairs(target: target.id) == old.1)
    }
    let prompts = studying.pool.tasks.map(\.task.prompts.count).reduce(0, +)
    #expect(report.scores.count == 2 * prompts)
    #expect(report.scores.allSatisfy { $0.count == 6 && $0.mean != nil })
    #expect(report.distributions.map(\.task) == ["sentiment", "lookup", "sentiment", "lookup"])
    #expect(
      report.distributions.allSatisfy {
        $0.minimum <= $0.lowerQuartile && $0.lowerQuartile <= $0.median
          && $0.median <= $0.upperQuartile && $0.upperQuartile <= $0.maximum
      })
    #expect(report.groups == 7 && report.groupsLeftOut == 0)
    for entry in report.kendallTau {
      #expect(entry.low <= entry.tau && entry.tau <= entry.high && entry.prompts >= 5)
      #expect(entry.relation == (entry.a == entry.b ? .splitHalf : .twin))
    }
    let again = try await studying.study()
    #expect(again == report, "a second study asks nothing and finds the same")
  }

  @Test func withoutItsSectionTheKeyIsNamed() throws {
    var settings = try TinyWorld().configuration()
    settings.study = nil
    #expect(throws: ConfigurationError.self) { try settings.studySettings() }
    #expect(throws: ConfigurationError.self) {
      try TinyWorld().configuration(["study.twins=[{target: cedar, of: amber}]"]).validate()
    }
    #expect(throws: ConfigurationError.self) {
      try TinyWorld().configuration(["study.promptsPerContent=4"]).validate()
    }
    #expect(throws: ConfigurationError.self) {
      try TinyWorld().configuration(["study.resamples=19"]).validate()
    }
  }

  // MARK: Through a server

  /// Answers with words of which one is a label of any prompt; which, depends on model, prompt and
  /// example. One request in nine fails for good.
  private static func server() async throws -> LocalServer {
    try await LocalServer(
      fault: { request in
        digest(request.prompt) % 9 == 0 ? .status(400) : nil
      },
      answer: { request in
        let isOne = String(decoding: request.body, as: UTF8.self).contains("\"one\"")
        let isPositive = digest((isOne ? "one " : "two ") + request.prompt) % 2 == 0
        return isPositive ? "positive good happy plus up" : "negative bad angry minus down"
      })
  }

  /// FNV-1a without its lowest bits, which only some of the text decides.
  private static func digest(_ text: String) -> Int {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return Int(hash >> 32)
  }

  private func open(
    _ world: TinyWorld, _ name: String, _ server: LocalServer, calls: Int,
    _ opening: RunFolder.Opening = .new
  ) throws -> Run {
    let targets = ["one", "two"].map {
      "{name: \($0), server: {model: \($0), api: chat, endpoints: [{url: \"\(server.url)\"}]}}"
    }.joined(separator: ", ")
    return try world.open(
      name, opening,
      overrides: [
        "targets=[\(targets)]", "tasks=[{folder: \(world.folder.path)/tasks/sentiment}]",
        "connection.requests.maximumAttempts=1", "budget.callsPerRun=\(calls)",
        "study.examples=6", "study.promptsPerContent=5", "study.halvings=2", "study.resamples=20",
      ])
  }

  @Test func anInterruptedStudyRepeatsNoCall() async throws {
    let world = try TinyWorld()
    let task = try world.text("tasks/sentiment/task.yaml")
    try world.write(task + "extraction: firstMention\n", to: "tasks/sentiment/task.yaml")
    let (whole, interrupted) = (try await Self.server(), try await Self.server())
    let expected = try await open(world, "whole", whole, calls: 100_000).study()
    #expect(expected.scores.count == 2 * 5 * 5 && whole.record.total == 50 * 6)
    // A failed call is no score.
    #expect(
      expected.scores.reduce(0) { $0 + $1.count } == whole.record.answered.values.reduce(0, +))
    #expect(expected.kendallTau.contains { $0.relation == .other && $0.task == "all" })
    for (calls, opening) in [(40, RunFolder.Opening.new), (170, .resume)] {
      await #expect(throws: RunError.self) {
        try await open(world, "interrupted", interrupted, calls: calls, opening).study()
      }
      #expect(interrupted.record.total <= calls, "\(interrupted.record.total) of \(calls)")
    }
    let report = try await open(world, "interrupted", interrupted, calls: 100_000, .resume).study()
    #expect(report == expected)
    for (prompt, count) in interrupted.record.answered { #expect(count <= 2, "\(prompt.count)") }
  }
}
