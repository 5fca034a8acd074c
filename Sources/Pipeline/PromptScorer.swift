import FeedbackStore
import Foundation
import TargetModels
import Tasks

/// Scores prompts on examples by asking a target, through the store: nothing is asked twice, and
/// every answer is kept, with what it cost, as soon as it is there.
package struct PromptScorer: Sendable {
  let target: any TargetModel
  package let targetID: Int64
  private let run: Run
  private let exampleIDs: [String: [String: Int64]]
  private let taskIDs: [String: Int64]
  private let sampling: Sampling
  private let meter: LedgerMeter
  private let watch: SilenceWatch
  private let underWay = CallsUnderWay()

  /// Registers the target, the tasks and their examples in the store.
  package init(_ target: any TargetModel, price: Price?, run: Run) throws {
    self.target = target
    self.run = run
    sampling = Sampling(maximumTokens: run.configuration.maximumAnswerTokens)
    meter = LedgerMeter(run, party: .target, price: price)
    watch = SilenceWatch(name: target.name)
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
  ///
  /// - Throws: `RunError` where the budget is met or the target has stopped answering, after all
  ///   that was answered is stored; `StoreError`; `CancellationError`.
  func scores(_ items: [Item], purpose: FeedbackPurpose) async throws -> [[Double?]] {
    var results = try storedScores(items)
    while true {
      let missing = calls(items) { results[$0][$1] == nil }
      let claim = await underWay.claim(missing.map { question($0, items) })
      var left = claim.own
      let own = missing.filter { left.remove(question($0, items)) != nil }
      do {
        let failed = try await ask(own, items, purpose)
        await underWay.release(claim.own, failed: failed)
      } catch {
        await underWay.release(claim.own, failed: [])
        throw error
      }
      if own.isEmpty && claim.others.isEmpty { return results }
      await underWay.wait(for: claim.others)
      results = try storedScores(items)
    }
  }

  /// What the store knows.
  private func storedScores(_ items: [Item]) throws -> [[Double?]] {
    var results: [[Double?]] = items.map { $0.examples.map { _ in nil } }
    for (key, indices) in Dictionary(grouping: items.indices, by: { samplingKey(items[$0]) }) {
      let cached = try run.store.cachedScores(
        target: targetID, prompts: Set(indices.map { items[$0].promptID }), sampling: key)
      for index in indices {
        let item = items[index]
        results[index] = item.examples.map {
          cached[item.promptID]?[exampleID(of: $0, in: item.task)]
        }
      }
    }
    return results
  }

  /// What the target answered on each of the item's examples; nil where no answer is stored.
  func answers(to item: Item) throws -> [String?] {
    try run.store.cachedAnswers(
      of: item.examples.map {
        FeedbackKey(promptID: item.promptID, exampleID: exampleID(of: $0, in: item.task))
      }, target: targetID, sampling: samplingKey(item))
  }

  private struct Call: Sendable {
    let item: Int
    let place: Int
    let example: Example
  }

  private func calls(_ items: [Item], where isWanted: (Int, Int) -> Bool) -> [Call] {
    items.indices.flatMap { index in
      items[index].examples.enumerated().compactMap { place, example in
        isWanted(index, place) ? Call(item: index, place: place, example: example) : nil
      }
    }
  }

  private func question(_ call: Call, _ items: [Item]) -> CallsUnderWay.Question {
    let item = items[call.item]
    return CallsUnderWay.Question(
      promptID: item.promptID, exampleID: exampleID(of: call.example, in: item.task))
  }

  /// Asks the target and stores every answer and every failure, each together with what it cost.
  ///
  /// - Returns: The questions that failed.
  private func ask(
    _ calls: [Call], _ items: [Item], _ purpose: FeedbackPurpose
  ) async throws -> Set<CallsUnderWay.Question> {
    try Task.checkCancellation()
    if calls.isEmpty { return [] }
    let graders = items.map { AnswerGrader(task: $0.task, prompt: $0.prompt) }
    var failed: Set<CallsUnderWay.Question> = []
    var (rows, settlements) = ([FeedbackRow](), [Settlement]())
    for await answer in target.answers(to: calls.map { request($0, items) }, meter: meter) {
      let call = calls[answer.index]
      if let row = feedback(
        answer.result, call, items[call.item], graders[call.item], purpose)
      {
        rows.append(row)
        if case .failed = row.outcome { failed.insert(question(call, items)) }
      }
      settlements += answer.receipts.map(meter.settlement)
      // An answer with a receipt has been paid for: it must not wait for others.
      if !settlements.isEmpty {
        try run.store.record(rows, settling: settlements)
        (rows, settlements) = ([], [])
      }
      if watch.isSilent(after: answer.result) { meter.stop() }
    }
    try run.store.record(rows, settling: settlements)
    try Task.checkCancellation()
    try meter.check()
    try watch.check()
    return failed
  }

  private func request(_ call: Call, _ items: [Item]) -> CompletionRequest {
    let item = items[call.item]
    let text = item.task.rendered(item.prompt, for: call.example)
    return CompletionRequest(
      prefix: text.prefix, rest: text.rest, sampling: sampling,
      labels: choosesLabels(item) ? item.task.labelWords(for: item.prompt) : [])
  }

  /// The row of a finished request; nil for one that was not sent.
  private func feedback(
    _ result: Result<Completion, TargetModelError>, _ call: Call, _ item: Item,
    _ grader: AnswerGrader, _ purpose: FeedbackPurpose
  ) -> FeedbackRow? {
    let example = exampleID(of: call.example, in: item.task)
    let sampling = samplingKey(item)
    switch result {
    case .failure(let error):
      guard error.isOutcome else { return nil }
      return FeedbackRow(
        targetID: targetID, promptID: item.promptID, exampleID: example, sampling: sampling,
        purpose: purpose, outcome: .failed(reason: error.description))
    case .success(let completion):
      let grade = grader.grade(completion.text, on: call.example)
      return FeedbackRow(
        targetID: targetID, promptID: item.promptID, exampleID: example, sampling: sampling,
        purpose: purpose, outcome: .done(output: completion.text, score: grade.score),
        isAnswered: grade.isAnswered, promptTokens: completion.promptTokens,
        outputTokens: completion.outputTokens, latencySeconds: completion.latencySeconds,
        cost: meter.cost(
          promptTokens: completion.promptTokens, outputTokens: completion.outputTokens))
    }
  }

  private func choosesLabels(_ item: Item) -> Bool {
    run.configuration.dataset.labelLikelihood && item.task.kind == .classification
  }

  /// Everything beside target, prompt and example that changes an answer. Which labels there are
  /// follows from the prompt.
  private func samplingKey(_ item: Item) -> String {
    sampling.key + (choosesLabels(item) ? " likeliest" : "")
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
