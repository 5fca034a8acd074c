import FeedbackStore
import Foundation
import GRDB
import Testing

/// What the tables refuse by themselves, whoever writes to them.
@Suite struct SchemaTests {
  @Test(arguments: [
    // A failed call with a score, an answer without one, a failure without a reason.
    "(1, 1, 1, 1, 0, 'search', 'failed', NULL, 1.0, 'x', 1, 0, 0, 0, 0)",
    "(1, 1, 1, 1, 0, 'search', 'done', 'good', NULL, NULL, 1, 0, 0, 0, 0)",
    "(1, 1, 1, 1, 0, 'search', 'failed', NULL, NULL, NULL, 1, 0, 0, 0, 0)",
    // An answer that is neither found nor missing, and unknown settings.
    "(1, 1, 1, 1, 0, 'search', 'done', 'good', 1.0, NULL, 2, 0, 0, 0, 0)",
    "(1, 1, 1, 9, 0, 'search', 'done', 'good', 1.0, NULL, 1, 0, 0, 0, 0)",
    // A purpose and a status that do not exist, and an unknown target.
    "(1, 1, 1, 1, 0, 'guess', 'done', 'good', 1.0, NULL, 1, 0, 0, 0, 0)",
    "(1, 1, 1, 1, 0, 'search', 'maybe', 'good', 1.0, NULL, 1, 0, 0, 0, 0)",
    "(9, 1, 1, 1, 0, 'search', 'done', 'good', 1.0, NULL, 1, 0, 0, 0, 0)",
  ])
  func feedbackRefuses(values: String) throws {
    try withTemporaryFile { file in
      let world = try World(store: FeedbackStore(at: file))
      // The settings get number 1.
      try world.store.record([world.row(world.other, world.examples[0], score: 1)])
      let queue = try DatabaseQueue(path: file.path)
      let insert = """
        INSERT INTO feedback (targetId, promptId, exampleId, samplingId, rollout, purpose, status,
          output, score, error, isAnswered, promptTokens, outputTokens, latencySeconds, cost) VALUES
        """
      let error = #expect(throws: DatabaseError.self) {
        try queue.write { try $0.execute(sql: insert + values) }
      }
      #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }
  }
}
