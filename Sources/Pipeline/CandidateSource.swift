import FeedbackStore
import PromptSearch
import Synchronization
import TargetModels
import Tasks

/// Makes the candidates of an original: some by a language model where one is configured, the rest
/// by rules.
struct CandidateSource: Sendable {
  private let run: Run
  private let rules: RuleBasedGenerator
  private let writer: CandidateWriter?

  /// - Throws: `RunError` where the writer cannot be opened.
  init(_ run: Run) throws {
    self.run = run
    rules = RuleBasedGenerator(grammar: run.pool.grammar, config: run.configuration.dataset.rules)
    writer = try run.configuration.dataset.writer.map { try CandidateWriter($0, run) }
  }

  /// Candidates, all different, and how many were dropped for each reason.
  func batch(for original: Original) async throws -> CandidateBatch {
    let count = run.configuration.dataset.candidates
    let written = try await writer?.candidates(for: original, among: count)
    var random = run.randomNumbers(original, "candidates")
    let earlier = written?.candidates ?? []
    let made = rules.candidates(
      for: original.prompt.text, count: count - earlier.count, required: original.prompt.required,
      partners: original.partners, heldOut: original.entry.heldOut, earlier: earlier.map(\.text),
      using: &random)
    return CandidateBatch(
      candidates: earlier + made.candidates,
      rejections: made.rejections.merging(written?.rejections ?? [:], uniquingKeysWith: +),
      requests: written?.requests ?? CandidateBatch.Requests())
  }
}

/// A language model behind a server that writes candidates; what it wrote is stored, and nothing is
/// asked twice.
private struct CandidateWriter: Sendable {
  private let model: OpenAITarget
  private let fingerprint: String
  private let settings: WriterConfiguration
  private let meter: LedgerMeter
  private let watch: SilenceWatch
  private let run: Run

  init(_ settings: WriterConfiguration, _ run: Run) throws {
    model = try settings.open(run.configuration.connection)
    self.settings = settings
    self.run = run
    meter = LedgerMeter(run, party: .generator, price: settings.price)
    watch = SilenceWatch(name: model.name)
    fingerprint = settings.fingerprint(of: model, seed: run.configuration.seed)
  }

  /// The writer's share of `count` candidates, as far as it writes good ones.
  func candidates(for original: Original, among count: Int) async throws -> CandidateBatch {
    let draws = Mutex<[String: Int]>([:])
    var random = run.randomNumbers(original, "writer")
    return try await LanguageModelGenerator(config: settings.requests).candidates(
      for: original.prompt.text, count: Int((settings.share * Double(count)).rounded()),
      required: original.prompt.required, heldOut: original.entry.heldOut, using: &random
    ) { instructions in
      let numbered = instructions.map { instruction in
        draws.withLock { draws in
          let draw = draws[instruction, default: 0]
          draws[instruction] = draw + 1
          return Draw(instruction: instruction, number: draw)
        }
      }
      return try await answers(to: numbered, original)
    }
  }

  private struct Draw {
    let instruction: String
    let number: Int
  }

  private func answers(to draws: [Draw], _ original: Original) async throws -> [String?] {
    var answers = try draws.map { draw in
      try run.store.cachedGeneration(
        generator: fingerprint, prompt: original.id, request: draw.instruction, draw: draw.number)
    }
    let missing = draws.indices.filter { answers[$0] == nil }
    if missing.isEmpty { return answers }
    for await answer in model.answers(to: missing.map { request(draws[$0]) }, meter: meter) {
      let index = missing[answer.index]
      let output = Self.output(of: answer.result)
      let row = output.map {
        GenerationRow(
          generator: fingerprint, promptID: original.id, request: draws[index].instruction,
          draw: draws[index].number, output: $0)
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
  /// for the next target, it might succeed, and the candidates would be others. nil where it was not
  /// sent.
  private static func output(of result: Result<Completion, TargetModelError>) -> String? {
    switch result {
    case .success(let completion): completion.text
    case .failure(let error): error.isOutcome ? "" : nil
    }
  }

  /// Equal requests differ in their seed, where the server takes one.
  private func request(_ draw: Draw) -> CompletionRequest {
    CompletionRequest(
      prefix: "", rest: draw.instruction,
      sampling: Sampling(
        temperature: settings.temperature,
        seed: (run.configuration.seed &+ UInt64(draw.number)) & 0x7FFF_FFFF,
        maximumTokens: settings.maximumTokens))
  }
}

extension WriterConfiguration {
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
