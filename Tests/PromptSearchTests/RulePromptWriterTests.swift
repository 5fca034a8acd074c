import Foundation
import PromptSearch
import Tasks
import TestSupport
import Testing

@Suite struct RulePromptWriterTests {
  private let generator: RuleBasedGenerator
  private let writer: RulePromptWriter
  private static let heldOut = HeldOutTexts(wordings: ["snippet", "result"])

  init() throws {
    generator = RuleBasedGenerator(
      grammar: PromptGrammar(try repositoryPhrasebook()),
      config: RuleBasedGeneratorConfig(
        maximumEdits: 6, crossoverShare: 0.2, triesPerCandidate: 8,
        limits: CandidateLimits(minimumLengthRatio: 0.2, maximumLengthRatio: 2.5)))
    writer = RulePromptWriter(generator: generator, heldOut: Self.heldOut, seed: 1)
  }

  // MARK: Phase 1

  @Test func aFirstPromptHasFiveParts() async throws {
    let prompt = try await writer.firstPrompt(
      brief(plainPrompts[0], labels: ["good", "bad"]), draw: 0)
    #expect(
      prompt == """
        ### Task type
        This is a classification task.
        ### Task
        Classify the sentiment of the text.
        ### Rules
        Options: good, bad. Write nothing else.
        ### Steps
        Read every word.
        ### Tips
        Be exact.
        Text: {{text}}
        Answer:
        """)
  }

  @Test func whatThePromptDoesNotSayComesFromTheTask() async throws {
    let brief = brief(
      "{{text}}\nMood:", labels: ["calm", "wild"], description: "Is a text calm or wild?",
      outputs: ["It begins softly. So it is calm."])
    let prompt = try #require(try await writer.firstPrompt(brief, draw: 0))
    #expect(prompt.contains("### Task\nIs a text calm or wild?\n"))
    #expect(prompt.contains("Answer only with calm or wild."))
    #expect(prompt.contains("Think step by step") && !prompt.contains("nothing else"))
    #expect(prompt.hasSuffix("\n{{text}}\nMood:"))
  }

  @Test(arguments: plainPrompts + foreignPrompts)
  func firstPromptsKeepPlaceholders(text: String) async throws {
    let brief = brief(text)
    for prompt in try await drawn(12, { try await writer.firstPrompt(brief, draw: $0) }) {
      #expect(placeholders(in: prompt).sorted() == placeholders(in: text).sorted())
    }
  }

  @Test(arguments: plainPrompts + foreignPrompts.filter { $0.count > 10 })
  func everyFirstPromptIsAnother(text: String) async throws {
    let brief = brief(text)
    let prompts = try await drawn(24) { try await writer.firstPrompt(brief, draw: $0) }
    #expect(prompts.count >= 7 && prompts.count < 24, "\(prompts)")
    var seen = CandidateFilter(
      original: text, required: [],
      limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: .infinity),
      heldOut: HeldOutTexts())
    for prompt in prompts { #expect(seen.check(prompt) != .rejected(.duplicate), "\(prompt)") }
    #expect(try await writer.firstPrompt(brief, draw: 1000) == nil)
  }

  @Test func firstPromptsOfTheBuiltInTasks() async throws {
    for (task, prompts) in try builtInPrompts(every: 31) {
      for prompt in prompts {
        let brief = brief(of: prompt, task)
        var filter = gate(brief)
        let texts = try await drawn(8) { try await writer.firstPrompt(brief, draw: $0) }
        #expect(texts == (try await drawn(8) { try await writer.firstPrompt(brief, draw: $0) }))
        #expect(texts.filter { filter.accept($0) != nil }.count == 8, "\(prompt.text): \(texts)")
      }
    }
  }

  // MARK: Phase 2

  @Test func revisionsChangeWhatBelongsToTheSentence() async throws {
    for (task, prompts) in try builtInPrompts(every: 31) {
      for prompt in prompts {
        let (brief, sentences) = (brief(of: prompt, task), PromptSentences(prompt.text))
        for index in sentences.editable {
          let request = SentenceRevision(
            brief: brief, prompt: sentences, index: index, failures: [])
          let texts = try await drawn(4) { try await writer.revision(request, draw: $0) }
          // Of a line with an input that has no label of the book, nothing can be made.
          let count = sentences.parts[index].text.hasPrefix("Question: ") ? 0 : 4
          #expect(
            texts.count == count && Set(texts).count == count,
            "\(index) of \(prompt.text.debugDescription): \(texts)")
          #expect(texts.first == (try await writer.revision(request, draw: 0)))
          var filter = gate(brief)
          for text in texts {
            #expect(
              filter.accept(text) != nil, "\(index) of \(prompt.text.debugDescription): \(text)")
            #expect(text.hasPrefix(untouched(before: index, of: sentences)))
          }
        }
      }
    }
  }

  /// All that stands before a part and the headings right before it.
  private func untouched(before index: Int, of prompt: PromptSentences) -> String {
    let start = (prompt.parts[..<index].lastIndex { $0.isEditable } ?? -1) + 1
    let text = prompt.parts[..<start].map { $0.before + $0.text + $0.after }.joined()
    return String(text.reversed().drop(while: \.isWhitespace).reversed())
  }

  @Test func theCueAndTheOrderAreChangedWhereTheyStand() async throws {
    let sentences = PromptSentences(plainPrompts[0])
    let cue = try #require(sentences.editable.last)
    let head = plainPrompts[0].dropLast("Answer:".count)
    let texts = try await revisions(of: sentences, cue, count: 6)
    #expect(texts.allSatisfy { $0.hasPrefix(head) })
    let first = try await revisions(of: sentences, 0, count: 40)
    #expect(first.contains { $0.hasPrefix("Text: {{text}}\n") })
    #expect(first.contains { $0.hasPrefix("### Task\n") })
    #expect(first.allSatisfy { $0.hasSuffix("Answer:") })
  }

  @Test func stockSentencesAreReplacedOrLeftOut() async throws {
    let prompt = PromptSentences("Is it good or bad? Be exact.\n{{text}}")
    let texts = try await revisions(of: prompt, 1, count: 6)
    #expect(texts.contains("Is it good or bad? {{text}}"))
    #expect(texts.contains("Is it good or bad? Think about every word.\n{{text}}"))
    #expect(texts.allSatisfy { $0.hasPrefix("Is it good or bad? ") && $0.hasSuffix("{{text}}") })
  }

  @Test func sentencesThatNoRoleTouchesArePutOtherwise() async throws {
    let prompt = PromptSentences("Is it {{text}}, or not? Consider the author first.")
    let texts = try await revisions(of: prompt, 1, count: 30)
    #expect(texts.contains("Is it {{text}}, or not? Please consider the author first."))
    #expect(texts.allSatisfy { $0.hasPrefix("Is it {{text}}, or not?") })
  }

  @Test func failuresCallForTheFormOfAnAnswer() async throws {
    let prompt = PromptSentences("Is it good or bad? {{text}}")
    let failures = ["It is a fine film.", "nice"].map {
      FailedAnswer(input: "x", answer: $0, expected: "good")
    }
    let texts = try await revisions(of: prompt, 0, count: 60, failures: failures)
    #expect(texts.contains { $0.contains("Answer only with good or bad.") })
    #expect(!texts.contains { $0.contains("Give only the answer.") }, "half of them is not most")
    let long = try await revisions(of: prompt, 0, count: 60, failures: [failures[0]])
    #expect(long.contains { $0.contains("Give only the answer.") })
    let none = try await revisions(of: prompt, 0, count: 60)
    #expect(!none.contains { $0.contains("Answer only") })
  }

  /// A part's revisions are all different, whatever failures are shown with each, and come to an end.
  @Test func noRevisionComesTwice() async throws {
    let sentences = PromptSentences("Is it good or bad? Be exact.\n{{text}}\nAnswer:")
    for index in [1, try #require(sentences.editable.last)] {
      let texts = try await revisions(of: sentences, index, count: 40)
      #expect(texts.count < 40 && !texts.isEmpty && Set(texts).count == texts.count)
      let others = try await revisions(
        of: sentences, index, count: 40,
        failures: [FailedAnswer(input: "x", answer: "It is good.", expected: "good")])
      #expect(others.filter(texts.contains) == texts)
    }
  }

  /// A search that accepts nothing goes through what can be said, and never says it twice.
  @Test(arguments: ["Is it good or bad? Be exact.\n{{text}}\nAnswer:", plainPrompts[0]])
  func searchesAreNeverRefusedADuplicate(text: String) async throws {
    let problem = OptimizationProblem(
      brief: brief(text, labels: ["good", "bad"]), validationCount: 2,
      score: { prompts, examples in prompts.map { _ in examples.map { _ in 0 } } },
      failures: { _, _ in [FailedAnswer(input: "x", answer: "It is good.", expected: "good")] },
      writer: writer, limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: 12),
      heldOut: Self.heldOut, seed: 1)
    let outcome = try await dualPhase(
      problem, meter: ScoreMeter(problem, limit: nil),
      config: .paper.with { ($0.drafts, $0.trialsPerStep, $0.trialsPerSentence) = (8, 30, 2) })
    #expect(outcome.drafts.allSatisfy { $0.refusal == nil })
    #expect(outcome.trials.filter { $0.refusal == .duplicate }.isEmpty)
    #expect(outcome.trials.filter { $0.verdict == .belowGate }.count > 20)
  }

  @Test(arguments: foreignPrompts)
  func anyPromptCanBeRevised(text: String) async throws {
    let sentences = PromptSentences(text)
    for index in sentences.editable {
      for revised in try await revisions(of: sentences, index, count: 12) {
        #expect(placeholders(in: revised).sorted() == placeholders(in: text).sorted())
        #expect(revised != text)
      }
    }
  }

  @Test func ofARewriteOnlyTheSentenceIsTaken() throws {
    let request = SentenceRevision(
      brief: brief(plainPrompts[0]), prompt: PromptSentences(plainPrompts[0]), index: 0,
      failures: [])
    let rewrite = "Please judge the mood of the text. Either good or bad.\nText: {{text}}\n->"
    #expect(
      writer.revision(request, takenFrom: rewrite)
        == "Please judge the mood of the text. Options: good, bad.\nText: {{text}}\nAnswer:")
    #expect(writer.revision(request, takenFrom: plainPrompts[0]) == nil)
  }

  @Test func rewritesAreThoseOfTheGenerator() async throws {
    let brief = brief(plainPrompts[0], required: ["good", "bad"])
    let texts = try await drawn(20) {
      try await writer.rewrite(of: plainPrompts[0], brief, draw: $0)
    }
    var filter = gate(brief)
    #expect(texts.filter { filter.accept($0) != nil }.count >= 18)
    #expect(!writer.followsInstructions)
  }

  @Test func theStockIsOfThePhraseBook() throws {
    let book = try repositoryPhrasebook()
    let known = book.frames.map { $0.before + $0.middle + $0.after }.joined(separator: "\n")
    for sentence in RulePromptWriter.stockSentences {
      #expect(known.contains(sentence.dropLast()), "\(sentence)")
    }
  }

  // MARK: Helpers

  private func brief(
    _ original: String, labels: [String] = [], required: [String] = [], description: String = "",
    outputs: [String] = ["good"]
  ) -> TaskBrief {
    TaskBrief(
      kind: .classification, description: description, labels: labels, required: required,
      fields: placeholders(in: original), original: original, partners: [],
      exemplars: outputs.map { TaskBrief.Exemplar(input: "x", output: $0) })
  }

  private func brief(of prompt: Prompt, _ task: PromptTask) -> TaskBrief {
    TaskBrief(
      kind: task.kind, description: task.description, labels: task.labelWords(for: prompt),
      required: prompt.required, fields: placeholders(in: prompt.text), original: prompt.text,
      partners: [], exemplars: [TaskBrief.Exemplar(input: "x", output: "y")])
  }

  /// The built-in tasks with some of their prompts, none of them with a held-out wording.
  private func builtInPrompts(every step: Int) throws -> [(PromptTask, [Prompt])] {
    let folder = TinyWorld.packageRoot.appending(path: "Data/tasks")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      let task = try PromptTask(contentsOf: folder.appending(path: name))
      let prompts = task.prompts.filter { !Self.heldOut.hasWording(in: $0.text) }
      return (task, stride(from: 0, to: prompts.count, by: step).map { prompts[$0] })
    }
  }

  private func gate(_ brief: TaskBrief) -> CandidateFilter {
    CandidateFilter(
      original: brief.original, required: brief.required,
      limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: 12),
      heldOut: Self.heldOut)
  }

  private func revisions(
    of prompt: PromptSentences, _ index: Int, count: Int, failures: [FailedAnswer] = []
  ) async throws -> [String] {
    let request = SentenceRevision(
      brief: brief(prompt.text, labels: ["good", "bad"]), prompt: prompt, index: index,
      failures: failures)
    return try await drawn(count) { try await writer.revision(request, draw: $0) }
  }

  /// What comes of the first `count` draws.
  private func drawn(_ count: Int, _ write: (Int) async throws -> String?) async throws -> [String]
  {
    var texts: [String] = []
    for draw in 0..<count {
      if let text = try await write(draw) { texts.append(text) }
    }
    return texts
  }
}
