import Foundation
import GRDB

// Each call finds what is stored and adds what is not. What is stored is never changed: feedback
// refers to it.
extension FeedbackStore {
  /// The number of `task`.
  ///
  /// - Throws: ``StoreError/taskChanged(name:)`` when the name is stored with another hash, kind
  ///   or metric: its feedback would not be comparable.
  public func upsert(task: TaskRecord) throws(StoreError) -> Int64 {
    try write("add a task") { database in
      let stored = try Row.fetchOne(
        database, sql: "SELECT id, kind, metric, hash FROM task WHERE name = ?",
        arguments: [task.name])
      if let stored {
        guard stored["kind"] == task.kind, stored["metric"] == task.metric,
          stored["hash"] == task.hash
        else { throw StoreError.taskChanged(name: task.name) }
        return stored["id"]
      }
      try database.execute(
        sql: "INSERT INTO task (name, kind, metric, hash) VALUES (?, ?, ?, ?)",
        arguments: [task.name, task.kind, task.metric, task.hash])
      return database.lastInsertedRowID
    }
  }

  /// The numbers of `examples`, in their order.
  ///
  /// - Throws: ``StoreError/exampleMoved(key:stored:given:)`` when one is stored in another split.
  public func upsert(
    examples: [ExampleRecord], task: Int64
  ) throws(StoreError) -> [Int64] {
    try write("add examples") { database in
      let find = try database.makeStatement(
        sql: "SELECT id, split FROM example WHERE taskId = ? AND key = ?")
      let insert = try database.makeStatement(
        sql: "INSERT INTO example (taskId, key, split) VALUES (?, ?, ?)")
      return try examples.map { example in
        if let stored = try Row.fetchOne(find, arguments: [task, example.key]) {
          let split = try role(stored["split"])
          guard split == example.split else {
            throw StoreError.exampleMoved(key: example.key, stored: split, given: example.split)
          }
          return stored["id"]
        }
        try insert.execute(arguments: [task, example.key, example.split.rawValue])
        return database.lastInsertedRowID
      }
    }
  }

  /// The numbers of `prompts`, in their order. A prompt whose text is stored already for this task
  /// and content keeps the parent, family and role of its first appearance: add the pool first.
  public func upsert(prompts: [PromptRecord], task: Int64) throws(StoreError) -> [Int64] {
    try write("add prompts") { database in
      let find = try database.makeStatement(
        sql: "SELECT id FROM prompt WHERE taskId = ? AND content = ? AND text = ?")
      let insert = try database.makeStatement(
        sql: """
          INSERT INTO prompt (taskId, text, parentId, family, style, content, origin, role, heldOut)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      return try prompts.map { prompt in
        let key: StatementArguments = [task, prompt.content, prompt.text]
        if let id = try Int64.fetchOne(find, arguments: key) { return id }
        try insert.execute(arguments: [
          task, prompt.text, prompt.parentID, prompt.family, prompt.style, prompt.content,
          prompt.origin, prompt.role.rawValue, prompt.heldOut?.rawValue,
        ])
        return database.lastInsertedRowID
      }
    }
  }

  /// The number of the target with this fingerprint; the name of its first appearance stays.
  public func upsert(target name: String, fingerprint: String) throws(StoreError) -> Int64 {
    try write("add a target") { database in
      let stored = try Int64.fetchOne(
        database, sql: "SELECT id FROM target WHERE fingerprint = ?", arguments: [fingerprint])
      if let stored { return stored }
      try database.execute(
        sql: "INSERT INTO target (name, fingerprint) VALUES (?, ?)",
        arguments: [name, fingerprint])
      return database.lastInsertedRowID
    }
  }

  /// The targets that were ever asked, by number.
  public func targets() throws(StoreError) -> [StoredTarget] {
    try read("list targets") { database in
      try Row.fetchAll(database, sql: "SELECT id, name, fingerprint FROM target ORDER BY id")
        .map { StoredTarget(id: $0["id"], name: $0["name"], fingerprint: $0["fingerprint"]) }
    }
  }

  /// The number of a run; one that is resumed (same name, seed, configuration) keeps its number,
  /// and with it what it has spent.
  public func upsert(
    run name: String, seed: UInt64, configHash: String, startedAt: Date
  ) throws(StoreError) -> Int64 {
    // SQLite's integers are signed.
    let seed = Int64(bitPattern: seed)
    return try write("add a run") { database in
      let stored = try Int64.fetchOne(
        database, sql: "SELECT id FROM run WHERE name = ? AND seed = ? AND configHash = ?",
        arguments: [name, seed, configHash])
      if let stored { return stored }
      try database.execute(
        sql: "INSERT INTO run (name, seed, configHash, startedAt) VALUES (?, ?, ?, ?)",
        arguments: [name, seed, configHash, startedAt.ISO8601Format()])
      return database.lastInsertedRowID
    }
  }

  private func role(_ name: String) throws(StoreError) -> SplitRole {
    guard let role = SplitRole(rawValue: name) else {
      throw .refused(action: "read a row", reason: "unknown split '\(name)'")
    }
    return role
  }
}
