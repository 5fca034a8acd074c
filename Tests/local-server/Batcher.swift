import LocalServer
import TargetModels

/// Gathers the requests that come while the model computes, and answers them in one batch.
actor Batcher {
  private let model: any TargetModel
  private var waiting: [(CompletionRequest, CheckedContinuation<Reply, Never>)] = []
  private var isComputing = false

  typealias Reply = Result<Completion, TargetModelError>

  init(_ model: any TargetModel) { self.model = model }

  /// The model's answer to one request.
  func answer(_ request: ReceivedRequest) async -> Reply {
    let question = CompletionRequest(
      prefix: "", rest: request.prompt,
      sampling: Sampling(
        temperature: Float(request.temperature ?? 1), seed: request.seed ?? 0,
        maximumTokens: request.maximumTokens ?? 16))
    return await withCheckedContinuation { continuation in
      waiting.append((question, continuation))
      if !isComputing {
        isComputing = true
        Task { await compute() }
      }
    }
  }

  private func compute() async {
    while !waiting.isEmpty {
      let batch = waiting
      waiting = []
      for (entry, reply) in zip(batch, await model.complete(batch.map(\.0))) {
        entry.1.resume(returning: reply)
      }
    }
    isComputing = false
  }
}
