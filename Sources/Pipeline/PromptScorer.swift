import FeedbackStore
import Foundation
import TargetModels
import Tasks

/// Scores prompts on examples by asking a target, through the store: nothing is asked twice.
struct PromptScorer: Sendable {
  let target: any TargetModel
  let targetID: Int64
  private let run: Run
  private let exampleIDs: [String: [String: Int64]]
  private let taskIDs: [String: Int64]
  private let sampling: Sampling

  /// Registers the target, the tasks and their examples in the store.
  init(_ target: any TargetModel, run: Run) throws {
    self.target = target
    self.run = run
    sampling = Sampling(maximumTokens: run.configuration.maximumAnswerTokens)
    targetID = try run.store.upsert(target: target.name, fingerprint: target.fingerprint)
    var (taskIDs, exampleIDs) = ([String: Int64](), [String: [String: Int64]]())
    for entry in run.pool.tasks {
      let task = entry.task
      let id = try run.store.upsert(
        task: TaskRecord(
          name: task.name, kind: task.kind.rawValue, metric: task.metric.rawValue,
          hash: run.pool.dataHashes["task \(task.name)"] ?? ""))
      let records = task.examples.map {
        ExampleRecord(key: $0.id, split: SplitRole($0.split))
      }
      let ids = try run.store.upsert(examples: records, task: id)
      taskIDs[task.name] = id
      exampleIDs[task.name] = Dictionary(
        zip(task.examples.map(\.id), ids), uniquingKeysWith: { first, _ in first })
    }
    self.taskIDs = taskIDs
    self.exampleIDs = exampleIDs
  }

  /// Registers prompts and returns their numbers.
  func register(_ records: [PromptRecord], of task: PromptTask) throws -> [Int64] {
    guard let id = taskIDs[task.name] else { return [] }
    return try run.store.upsert(prompts: records, task: id)
  }

  /// One prompt to be scored.
  struct Item: Sendable {
    let promptID: Int64
    let prompt: Prompt
    let task: PromptTask
    let examples: [Example]
  }

  /// The score of each item on each of its examples, in their order; nil where the call failed.
  func scores(_ items: [Item], purpose: FeedbackPurpose) async throws -> [[Double?]] {
    let cached = try run.store.cachedScores(
      target: targetID, prompts: Set(items.map(\.promptID)), sampling: sampling.key)
    var results: [[Double?]] = items.map { item in
      item.examples.map { cached[item.promptID]?[exampleID(of: $0, in: item.task)] }
    }
    var missing: [Call] = []
    for (index, item) in items.enumerated() {
      for (place, example) in item.examples.enumerated() where results[index][place] == nil {
        missing.append(Call(item: index, place: place, example: example))
      }
    }
    for start in stride(from: 0, to: missing.count, by: Self.batchSize) {
      try Task.checkCancellation()
      let calls = missing[start..<min(start + Self.batchSize, missing.count)]
      for (call, score) in try await ask(calls, items, purpose) {
        results[call.item][call.place] = score
      }
    }
    return results
  }

  /// Calls between two looks at whether the run is interrupted.
  private static let batchSize = 1024

  private struct Call: Sendable {
    let item: Int
    let place: Int
    let example: Example
  }

  /// Asks the target, stores every answer and every failure, and returns the scores.
  private func ask(
    _ calls: ArraySlice<Call>, _ items: [Item], _ purpose: FeedbackPurpose
  ) async throws -> [(Call, Double?)] {
    let reservation = try run.store.reserve(
      Spending(calls: calls.count), run: run.runID,
      within: Budget(limits: [.callsPerRun: Double(run.configuration.dataset.maximumCalls)]))
    let requests = calls.map { call in
      let item = items[call.item]
      let text = item.task.rendered(item.prompt, for: call.example)
      return CompletionRequest(prefix: text.prefix, rest: text.rest, sampling: sampling)
    }
    let start = ContinuousClock().now
    let answers = await target.complete(requests)
    let seconds = (ContinuousClock().now - start) / .seconds(1) / Double(max(1, calls.count))
    var (rows, scores, tokens): ([FeedbackRow], [(Call, Double?)], Int) = ([], [], 0)
    for (call, answer) in zip(calls, answers) {
      let item = items[call.item]
      let (row, score) = grade(answer, call, item, purpose, seconds)
      rows.append(row)
      scores.append((call, score))
      tokens += row.promptTokens + row.outputTokens
    }
    try run.store.record(rows)
    try run.store.settle(reservation, spent: Spending(calls: calls.count, tokens: tokens))
    return scores
  }

  private func grade(
    _ answer: Result<Completion, TargetModelError>, _ call: Call, _ item: Item,
    _ purpose: FeedbackPurpose, _ seconds: Double
  ) -> (FeedbackRow, Double?) {
    func row(_ outcome: FeedbackOutcome, _ promptTokens: Int, _ outputTokens: Int) -> FeedbackRow {
      FeedbackRow(
        targetID: targetID, promptID: item.promptID,
        exampleID: exampleID(of: call.example, in: item.task), sampling: sampling.key,
        purpose: purpose, outcome: outcome, promptTokens: promptTokens,
        outputTokens: outputTokens, latencySeconds: seconds)
    }
    switch answer {
    case .failure(let error): return (row(.failed(reason: error.description), 0, 0), nil)
    case .success(let completion):
      let score = item.task.metric.score(
        completion.text, references: item.task.references(for: item.prompt, in: call.example))
      return (
        row(
          .done(output: completion.text, score: score), completion.promptTokens,
          completion.outputTokens), score
      )
    }
  }

  private func exampleID(of example: Example, in task: PromptTask) -> Int64 {
    exampleIDs[task.name]?[example.id] ?? 0
  }
}

extension SplitRole {
  /// The store's word for a split.
  init(_ split: Split) {
    switch split {
    case .train: self = .train
    case .dev: self = .dev
    case .test: self = .test
    }
  }
}
