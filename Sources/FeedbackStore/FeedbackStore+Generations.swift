import GRDB

/// One answer of a model that writes candidates.
public struct GenerationRow: Sendable, Equatable {
  /// Fingerprint of the model and its settings.
  public let generator: String
  /// Number of the original prompt.
  public let promptID: Int64
  /// What was asked, in full.
  public let request: String
  /// Which of several equal requests.
  public let draw: Int
  /// What it wrote.
  public let output: String

  /// A row by its fields.
  public init(generator: String, promptID: Int64, request: String, draw: Int, output: String) {
    (self.generator, self.promptID, self.request) = (generator, promptID, request)
    (self.draw, self.output) = (draw, output)
  }
}

extension FeedbackStore {
  /// Stores an answer together with what it cost; one that is stored is never changed.
  ///
  /// - Parameter row: nil where the request failed: what its attempts cost is settled all the same.
  public func record(
    _ row: GenerationRow?, settling settlements: [Settlement]
  ) throws(StoreError) {
    try write("record what a generator wrote") { database in
      if let row {
        let insert = try database.cachedStatement(
          sql: """
            INSERT INTO generation (generator, promptId, request, draw, output)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """)
        try insert.execute(
          arguments: [row.generator, row.promptID, row.request, row.draw, row.output])
      }
      for settlement in settlements { try Self.settle(settlement, database) }
    }
  }

  /// What the generator wrote for one request before; nil where it was not asked.
  public func cachedGeneration(
    generator: String, prompt: Int64, request: String, draw: Int
  ) throws(StoreError) -> String? {
    try read("look up what a generator wrote") { database in
      try String.fetchOne(
        database,
        sql: """
          SELECT output FROM generation
          WHERE generator = ? AND promptId = ? AND request = ? AND draw = ?
          """, arguments: [generator, prompt, request, draw])
    }
  }

  /// How many answers of the generator with this fingerprint are stored.
  public func storedGenerations(generator: String) throws(StoreError) -> Int {
    try read("count what a generator wrote") { database in
      try Int.fetchOne(
        database, sql: "SELECT count(*) FROM generation WHERE generator = ?",
        arguments: [generator]) ?? 0
    }
  }
}
