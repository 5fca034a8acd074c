import FeedbackStore
import Foundation
import GRDB
import LocalServer
import Pipeline
import PromptSearch
import TargetModels
import TestSupport
import Testing

/// Writers of prompts that need a run: a model behind a server, and a trained rewriter.
@Suite struct PromptWriterTests {
  private static let text = "Is {{text}} good or bad?\nAnswer:"

  private let brief = TaskBrief(
    kind: .classification, description: "", labels: ["good", "bad"], required: ["good", "bad"],
    fields: ["text"], original: text, partners: [], exemplars: [])

  /// A run whose one target and whose writer are behind a server, and the number of an original.
  private func served(
    _ server: LocalServer, in world: TinyWorld, settings: [String] = []
  ) throws -> (run: Run, original: Int64, settings: PromptServerConfiguration) {
    let endpoint = ServerEndpoint(url: server.url)
    let run = try world.open(
      "run-\(UUID().uuidString)",
      overrides: [
        "targets=[{name: served, server: {model: words, api: chat, endpoints: [{url: \"\(server.url)\"}]}}]"
      ] + settings)
    let task = try run.store.upsert(
      task: TaskRecord(name: "moods", kind: "classification", metric: "accuracy", hash: "h"))
    let original = try run.store.upsert(
      prompts: [
        PromptRecord(
          text: Self.text, family: "f", style: "plain", content: "", origin: "user", role: .train)
      ], task: task)[0]
    let writer = PromptServerConfiguration(
      server: ServerSettings(model: "writer", api: .chat, endpoints: [endpoint]),
      price: nil, temperature: 1, maximumTokens: 300)
    return (run, original, writer)
  }

  private func number(_ run: Run, _ query: String) throws -> Double {
    try DatabaseQueue(path: run.folder.storeFile.path).read {
      try Double.fetchOne($0, sql: query) ?? 0
    }
  }

  @Test func whatWasWrittenIsAskedForOnce() async throws {
    let server = try await LocalServer { request in
      "<result>Judge {{text}}: good or bad? (\(request.seed ?? 0))</result>"
    }
    let world = try TinyWorld()
    let (run, original, settings) = try served(server, in: world)
    var texts: [[String?]] = []
    for _ in 0..<2 {
      // A new writer each time, as a run has that is resumed.
      let writer = try LanguageModelPromptWriter(settings, run, original: original)
      var drawn: [String?] = []
      for draw in 0..<3 { drawn.append(try await writer.firstPrompt(brief, draw: draw)) }
      drawn.append(try await writer.rewrite(of: Self.text, brief, draw: 3))
      texts.append(drawn)
    }
    #expect(texts[0] == texts[1] && Set(texts[0]).count == 4 && !texts[0].contains(nil))
    #expect(server.record.total == 4)
    #expect(try number(run, "SELECT count(*) FROM generation") == 4)
    #expect(try number(run, "SELECT sum(calls) FROM call WHERE party = 'generator'") == 4)
  }

  @Test func aFailureIsKeptToo() async throws {
    let server = try await LocalServer(fault: { _ in .status(400) }) { _ in "unused" }
    let world = try TinyWorld()
    let (run, original, settings) = try served(server, in: world)
    for _ in 0..<2 {
      let writer = try LanguageModelPromptWriter(settings, run, original: original)
      #expect(try await writer.firstPrompt(brief, draw: 0) == nil)
    }
    #expect(server.record.total == 1)
  }

  @Test func theBudgetHoldsToTheCall() async throws {
    let server = try await LocalServer { _ in "<result>Good or bad: {{text}}</result>" }
    let world = try TinyWorld()
    let (run, original, settings) = try served(
      server, in: world, settings: ["budget.callsPerRun=2"])
    let writer = try LanguageModelPromptWriter(settings, run, original: original)
    for draw in 0..<2 {
      #expect(try await writer.firstPrompt(brief, draw: draw) == "Good or bad: {{text}}")
    }
    await #expect(throws: RunError.self) { try await writer.firstPrompt(brief, draw: 2) }
    // What is stored costs nothing, even then.
    let again = try LanguageModelPromptWriter(settings, run, original: original)
    #expect(try await again.firstPrompt(brief, draw: 1) == "Good or bad: {{text}}")
    #expect(server.record.total == 2)
  }

  @Test func aRewriterWritesTheSameForTheSameDraw() async throws {
    let finished = try await FinishedRun.make()
    let run = finished.run
    let rules = RulePromptWriter(
      generator: RuleBasedGenerator(
        grammar: PromptGrammar(
          try Phrasebook(
            contentsOf: TinyWorld.packageRoot.appending(path: "Data/phrasebook.json"))),
        config: run.configuration.dataset.rules), heldOut: HeldOutTexts(), seed: 1)
    let writers = try (0..<2).map { _ in
      RewriterPromptWriter(
        try SharedRewriter(
          contentsOf: run.folder.url.appending(path: "rl/amber"),
          guards: run.configuration.guards),
        rules: rules, temperature: 1, seed: 1)
    }
    let prompt = PromptSentences(Self.text)
    let request = SentenceRevision(brief: brief, prompt: prompt, index: 0, failures: [])
    var texts: [[String?]] = []
    for writer in writers {
      #expect(!writer.followsInstructions)
      var drawn: [String?] = []
      for draw in 0..<3 {
        drawn.append(try await writer.firstPrompt(brief, draw: draw))
        drawn.append(try await writer.rewrite(of: Self.text, brief, draw: draw))
        drawn.append(try await writer.revision(request, draw: draw))
      }
      texts.append(drawn)
    }
    #expect(texts[0] == texts[1])
    for text in texts[0].compactMap(\.self) {
      #expect(run.configuration.guards.violation(original: Self.text, rewritten: text) == nil)
    }
  }
}
