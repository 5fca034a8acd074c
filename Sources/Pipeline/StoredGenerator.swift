import FeedbackStore
import TargetModels

/// A language model behind a server that writes texts: what it wrote is stored, and nothing is asked
/// twice.
struct StoredGenerator: Sendable {
  /// One request; equal ones differ in their draw.
  struct Request: Sendable {
    let instruction: String
    let draw: Int
  }

  private let model: OpenAITarget
  private let fingerprint: String
  private let settings: PromptServerConfiguration
  private let meter: LedgerMeter
  private let watch: SilenceWatch
  private let run: Run

  /// A generator with a ledger entry for each of its calls.
  ///
  /// - Throws: `RunError.unusableTarget` where its key is not in the environment.
  init(_ settings: PromptServerConfiguration, _ run: Run) throws(RunError) {
    model = try settings.open(run.configuration.connection)
    self.settings = settings
    self.run = run
    meter = LedgerMeter(run, party: .generator, price: settings.price)
    watch = SilenceWatch(name: model.name)
    fingerprint = settings.fingerprint(of: model, seed: run.configuration.seed)
  }

  /// What the model writes, in the order of the requests: an empty text where a request failed for
  /// good.
  ///
  /// - Parameter prompt: Number of the original prompt that the requests are about.
  /// - Throws: `RunError` where the budget is met or the model has stopped answering, after all that was
  ///   answered is stored; `StoreError`; `CancellationError`.
  func answers(to requests: [Request], about prompt: Int64) async throws -> [String?] {
    var answers = try requests.map { request in
      try run.store.cachedGeneration(
        generator: fingerprint, prompt: prompt, request: request.instruction, draw: request.draw)
    }
    let missing = requests.indices.filter { answers[$0] == nil }
    if missing.isEmpty { return answers }
    let calls = missing.map { completion(requests[$0]) }
    for await answer in model.answers(to: calls, meter: meter) {
      let index = missing[answer.index]
      let output = Self.output(of: answer.result)
      let row = output.map {
        GenerationRow(
          generator: fingerprint, promptID: prompt, request: requests[index].instruction,
          draw: requests[index].draw, output: $0)
      }
      try run.store.record(row, settling: answer.receipts.map(meter.settlement))
      answers[index] = output
      if watch.isSilent(after: answer.result) { meter.stop() }
    }
    try Task.checkCancellation()
    try meter.check()
    try watch.check()
    return answers
  }

  /// What is stored of a request. One that failed for good is stored as an empty answer: asked again
  /// later, it might succeed, and what is made of the answers would be another. nil where it was not
  /// sent.
  private static func output(of result: Result<Completion, TargetModelError>) -> String? {
    switch result {
    case .success(let completion): completion.text
    case .failure(let error): error.isOutcome ? "" : nil
    }
  }

  /// Equal requests differ in their seed, where the server takes one.
  private func completion(_ request: Request) -> CompletionRequest {
    CompletionRequest(
      prefix: "", rest: request.instruction,
      sampling: Sampling(
        temperature: settings.temperature,
        seed: (run.configuration.seed &+ UInt64(request.draw)) & 0x7FFF_FFFF,
        maximumTokens: settings.maximumTokens))
  }
}

extension PromptServerConfiguration {
  /// The model, ready to be asked; nothing is sent.
  ///
  /// - Throws: `RunError.unusableTarget` where its key is not in the environment.
  func open(_ connection: ConnectionConfiguration) throws(RunError) -> OpenAITarget {
    let name = "writer \(server.model)"
    do {
      return OpenAITarget(name: name, client: try OpenAIClient(server, connection.requests))
    } catch {
      throw .unusableTarget(name: name, reason: "\(error)")
    }
  }

  /// Everything that changes what the model writes.
  func fingerprint(of model: OpenAITarget, seed: UInt64) -> String {
    "\(model.fingerprint) t=\(temperature) n=\(maximumTokens) s=\(seed)"
  }
}
