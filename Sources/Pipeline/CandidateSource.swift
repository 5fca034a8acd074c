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
      rejections: made.rejections.merging(written?.rejections ?? [:], uniquingKeysWith: +))
  }
}

/// A language model behind a server that writes candidates; what it wrote is stored, and nothing is
/// asked twice.
private struct CandidateWriter: Sendable {
  private let model: OpenAITarget
  private let settings: WriterConfiguration
  private let meter: LedgerMeter
  private let watch: SilenceWatch
  private let run: Run

  init(_ settings: WriterConfiguration, _ run: Run) throws {
    let name = "writer \(settings.server.model)"
    do {
      let client = try OpenAIClient(settings.server, run.configuration.connection.requests)
      model = OpenAITarget(name: name, client: client)
    } catch {
      throw RunError.unusableTarget(name: name, reason: "\(error)")
    }
    self.settings = settings
    self.run = run
    meter = LedgerMeter(run, party: .generator, price: settings.price)
    watch = SilenceWatch(name: name)
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
      let text = try? answer.result.get().text
      let row = text.map {
        GenerationRow(
          generator: fingerprint, promptID: original.id, request: draws[index].instruction,
          draw: draws[index].number, output: $0)
      }
      try run.store.record(row, settling: answer.receipts.map(meter.settlement))
      answers[index] = text
      if watch.isSilent(after: answer.result) { break }
    }
    try Task.checkCancellation()
    try meter.check()
    try watch.check()
    return answers
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

  private var fingerprint: String {
    "\(model.fingerprint) t=\(settings.temperature) n=\(settings.maximumTokens)"
      + " s=\(run.configuration.seed)"
  }
}
