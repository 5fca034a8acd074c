import PromptSearch
import Tasks
import Testing

@Suite struct CheckedWriterTests {
  private let problem = BaselineWorld(seed: 1, examples: 4).problem(CountingWriter())

  private func revision(_ text: String, _ index: Int, failures: Int = 0) -> CheckedWriter.Request {
    .revision(
      SentenceRevision(
        brief: problem.brief, prompt: PromptSentences(text), index: index,
        failures: (0..<failures).map { FailedAnswer(input: "\($0)", answer: "a", expected: "b") }))
  }

  /// Whatever else is asked for in between, a request of one kind and subject misses no draw.
  @Test func drawsAreCountedBySubject() async throws {
    var writer = CheckedWriter(problem)
    let scored = [ScoredPrompt(text: "A", score: 0.5)]
    var texts: [String] = []
    for round in 0..<3 {
      let requests: [CheckedWriter.Request] = [
        .firstPrompt, .rewrite(of: "A"), .rewrite(of: "B"),
        .proposal(round == 0 ? [] : scored), revision("Say it. Be brief.", 0, failures: round),
        revision("Say it. Be brief.", 1), revision("Go on.", 0),
      ]
      for request in requests {
        guard case .prompt(let text) = try await writer.write(request) else { continue }
        texts.append(text)
      }
    }
    #expect(
      texts
        == (0..<3).flatMap {
          [
            "First \($0)", "A \($0)", "B \($0)", "Proposal \($0)",
            "Say it. Be brief., part 0 \($0)",
            "Say it. Be brief., part 1 \($0)", "Go on., part 0 \($0)",
          ]
        })
    #expect(writer.calls == 21)
  }

  @Test func whatWasSeenIsRefused() async throws {
    var writer = CheckedWriter(SearchScript(texts: ["A {{text}}", "A {{text}}", "B", nil]).problem)
    #expect(try await writer.write(.firstPrompt) == .prompt("A {{text}}"))
    #expect(try await writer.write(.rewrite(of: "x")) == .refused("A {{text}}", .duplicate))
    #expect(try await writer.write(.proposal([])) == .refused("B", .placeholders))
    #expect(try await writer.write(.firstPrompt) == .nothing)
  }
}
