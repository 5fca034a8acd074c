import FeedbackStore
import Foundation
import GRDB
import Testing

/// Stores of earlier versions become stores of this one, with all that they hold.
@Suite struct MigrationTests {
  private func writeVersion1(to file: URL) throws {
    let dump = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/version1.sql")
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false  // a dump is in the order of names
    let queue = try DatabaseQueue(path: file.path, configuration: configuration)
    let statements = try String(contentsOf: dump, encoding: .utf8)
    try queue.writeWithoutTransaction { try $0.execute(sql: statements) }
    try queue.close()
  }

  private func read<Value>(_ file: URL, _ body: (Database) throws -> Value) throws -> Value {
    let queue = try DatabaseQueue(path: file.path)
    defer { try? queue.close() }
    return try queue.read(body)
  }

  @Test func version1KeepsItsRows() throws {
    try withTemporaryFile { file in
      try writeVersion1(to: file)
      let query = """
        SELECT targetId, promptId, exampleId, \("%"), rollout, purpose, status, output, score,
          error, promptTokens, outputTokens, latencySeconds, cost
        FROM feedback ORDER BY targetId, promptId, exampleId
        """
      let before = try read(file) {
        try Row.fetchAll($0, sql: query.replacing("%", with: "sampling"))
      }
      #expect(before.count == 40)
      _ = try FeedbackStore(at: file)
      let after = try read(file) {
        try Row.fetchAll(
          $0,
          sql: query.replacing(
            "%", with: "(SELECT key FROM sampling WHERE id = samplingId) AS sampling"))
      }
      #expect(after == before)
      #expect(try read(file) { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") } == [])
    }
  }

  @Test func version1GetsTotalsComparisonsAndALedger() throws {
    try withTemporaryFile { file in
      try writeVersion1(to: file)
      let scores = try read(file) {
        try Row.fetchAll(
          $0, sql: "SELECT promptId, exampleId, score FROM feedback WHERE targetId = 1")
      }
      let store = try FeedbackStore(at: file, create: false)
      let statistics = try store.statistics()
      #expect(statistics.map(\.answered) == [19, 19] && statistics.map(\.failed) == [1, 1])
      #expect(statistics.map(\.unanswered) == [0, 0] && statistics.map(\.cost) == [5, 5])
      #expect(try store.spending(run: 1) == Spending(calls: 40, tokens: 456, cost: 7.8))
      #expect(try store.pairs(target: 1).map(\.chosenText) == ["Good? Bad?"])

      let byPrompt = Dictionary(grouping: scores) { $0["promptId"] as Int64 }.mapValues { rows in
        Dictionary(
          uniqueKeysWithValues: rows.map { ($0["exampleId"] as Int64, $0["score"] as Double?) })
      }
      let ranking = try #require(try store.rankings(target: 1).first)
      #expect(Set(ranking.candidates.map(\.promptID)) == [1, 2, 3])
      for candidate in ranking.candidates {
        let differences = try #require(byPrompt[candidate.promptID]).compactMap { example, score in
          score.flatMap { own in byPrompt[1]?[example]?.map { own - $0 } }
        }
        #expect(candidate.count == differences.count)
        let gain = differences.reduce(0, +) / Double(differences.count)
        #expect(abs(candidate.gain - gain) < 1e-12)
      }
      // And it goes on: what had failed is answered now.
      let row = FeedbackRow(
        targetID: 2, promptID: 2, exampleID: 3, sampling: "t=1", purpose: .search,
        outcome: .done(output: "bad", score: 1), isAnswered: false)
      #expect(try store.record([row]) == 1)
      #expect(try store.statistics().map(\.unanswered) == [0, 1])
    }
  }
}
