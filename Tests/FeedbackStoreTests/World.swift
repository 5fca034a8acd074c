import FeedbackStore
import Foundation

/// A store with one target, one task of twelve examples and four prompts, ready for feedback.
struct World {
  let store: FeedbackStore
  let target, task: Int64
  /// Six of train, three of dev, three of test.
  let examples: [Int64]
  /// Of the pool: two of train, one of dev, one of test.
  let train, other, dev, test: Int64

  init(store: FeedbackStore) throws {
    self.store = store
    target = try store.upsert(target: "north", fingerprint: "f1")
    task = try store.upsert(task: .reviews)
    examples = try store.upsert(examples: Self.exampleRecords, task: task)
    let ids = try store.upsert(
      prompts: [
        .pool("Is it good or bad?", family: "a"),
        .pool("Good or bad:", family: "b"),
        .pool("Decide: good, bad.", family: "c", role: .dev),
        .pool("Judge it good or bad.", family: "d", role: .test),
      ], task: task)
    (train, other, dev, test) = (ids[0], ids[1], ids[2], ids[3])
  }

  init() throws { try self.init(store: FeedbackStore()) }

  static let exampleRecords = (0..<12).map { index in
    ExampleRecord(key: "e\(index)", split: index < 6 ? .train : index < 9 ? .dev : .test)
  }

  func row(
    _ prompt: Int64, _ example: Int64, score: Double?, purpose: FeedbackPurpose = .search,
    isAnswered: Bool = true, rollout: Int = 0
  ) -> FeedbackRow {
    FeedbackRow(
      targetID: target, promptID: prompt, exampleID: example, sampling: "greedy",
      rollout: rollout, purpose: purpose,
      outcome: score.map { .done(output: "good", score: $0) } ?? .failed(reason: "timed out"),
      isAnswered: isAnswered, promptTokens: 10, outputTokens: 2, latencySeconds: 0.5, cost: 0.25)
  }

  /// Adds a prompt derived from `parent`, and makes it a candidate of `original`.
  func addCandidate(
    _ text: String, parent: Int64?, of original: Int64, family: String, content: String = "g/b"
  ) throws -> Int64 {
    let record = PromptRecord(
      text: text, parentID: parent, family: family, style: "terse", content: content,
      origin: "rules", role: .train)
    let id = try store.upsert(prompts: [record], task: task)[0]
    try store.add(candidates: [id], of: original, target: target)
    return id
  }
}

extension TaskRecord {
  static let reviews = TaskRecord(
    name: "reviews", kind: "classification", metric: "accuracy", hash: "h1")
}

extension PromptRecord {
  static func pool(
    _ text: String, family: String, content: String = "g/b", role: SplitRole = .train,
    heldOut: HeldOutReason? = nil
  ) -> PromptRecord {
    PromptRecord(
      text: text, family: family, style: "terse", content: content, origin: "pool", role: role,
      heldOut: heldOut)
  }
}

/// Runs `body` with the path of a store file in a new folder, which is removed afterwards.
func withTemporaryFile(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.appending(path: "feedback.sqlite"))
}

/// The same for a body that waits.
func withTemporaryFile(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await body(folder.appending(path: "feedback.sqlite"))
}
