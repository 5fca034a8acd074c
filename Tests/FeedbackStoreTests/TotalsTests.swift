import FeedbackStore
import Foundation
import GRDB
import TestSupport
import Testing

/// The sums that are kept beside the rows.
@Suite struct TotalsTests {
  /// Answers of five prompts by one target, some of them failed at first and answered later.
  private func rows(_ world: World, prompts: [Int64]) -> [FeedbackRow] {
    var random = SeededGenerator(seed: 11)
    return prompts.flatMap { prompt in
      world.examples.flatMap { example in
        FeedbackPurpose.allCases.enumerated().map { rollout, purpose in
          let score = Double.random(in: 0...1, using: &random)
          return world.row(
            prompt, example, score: score < 0.1 ? nil : score, purpose: purpose,
            isAnswered: score < 0.9, rollout: rollout)
        }
      }
    }
  }

  private func contents(_ file: URL, _ query: String) throws -> [Row] {
    let queue = try DatabaseQueue(path: file.path)
    defer { try? queue.close() }
    return try queue.read { try Row.fetchAll($0, sql: query) }
  }

  /// Fills a store in an order and in batches of its own.
  private func fill(_ file: URL, seed: UInt64, candidatesFirst: Bool) throws {
    var random = SeededGenerator(seed: seed)
    let world = try World(store: FeedbackStore(at: file))
    let prompts = [world.train, world.other, world.dev]
    let addCandidates = {
      for original in prompts {
        try world.store.add(candidates: prompts, of: original, target: world.target)
      }
    }
    if candidatesFirst { try addCandidates() }
    var rows = rows(world, prompts: prompts).shuffled(using: &random)
    // A second attempt of everything: only what had failed is replaced.
    rows += rows.map { row in
      world.row(row.promptID, row.exampleID, score: 0.75, purpose: .fresh, rollout: row.rollout)
    }
    while !rows.isEmpty {
      let count = min(rows.count, Int.random(in: 1...40, using: &random))
      try world.store.record(Array(rows.prefix(count)))
      rows.removeFirst(count)
    }
    if !candidatesFirst { try addCandidates() }
  }

  @Test func areTheSumsOfTheRowsWhateverTheOrder() throws {
    try withTemporaryFile { file in
      let other = file.appendingPathExtension("other")
      try fill(file, seed: 1, candidatesFirst: true)
      try fill(other, seed: 2, candidatesFirst: false)
      for (kept, computed) in [
        ("promptTotal", "computedPromptTotal"), ("comparison", "computedComparison"),
      ] {
        let rows = try contents(file, "SELECT * FROM \(kept)")
        #expect(rows.count == (kept == "promptTotal" ? 3 * FeedbackPurpose.allCases.count : 9))
        #expect(try contents(file, "SELECT * FROM \(kept) EXCEPT SELECT * FROM \(computed)") == [])
        #expect(try contents(file, "SELECT * FROM \(computed) EXCEPT SELECT * FROM \(kept)") == [])
        // To the last bit: a run that was interrupted ends like one that was not.
        #expect(try contents(other, "SELECT * FROM \(kept)") == rows)
      }
    }
  }
}
