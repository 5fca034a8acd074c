import PromptSearch
import Synchronization

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

/// The share of the candidates that a language model writes.
private struct CandidateWriter: Sendable {
  private let generator: StoredGenerator
  private let settings: WriterConfiguration
  private let run: Run

  init(_ settings: WriterConfiguration, _ run: Run) throws {
    generator = try StoredGenerator(settings.model, run)
    self.settings = settings
    self.run = run
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
          return StoredGenerator.Request(instruction: instruction, draw: draw)
        }
      }
      return try await generator.answers(to: numbered, about: original.id)
    }
  }
}
