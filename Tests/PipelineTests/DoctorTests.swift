import Alignment
import FeedbackStore
import Foundation
import GRDB
import Pipeline
import PromptSearch
import Rewriting
import Tasks
import TestSupport
import Testing
import Tokenizers

@Suite struct DoctorTests {
  @Test func aFinishedRunIsGood() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("doctored")
    let before = try Self.files(in: run.folder.url)
    let report = try await run.configuration.examine(run.folder, data: nil)
    #expect(try Self.files(in: run.folder.url) == before, "nothing is written")
    #expect(report.problems.isEmpty && report.unmade.isEmpty, "\(report.problems)")
    let names = report.samples.filter { !$0.kind.hasPrefix("held-out") }
      .map { "\($0.stage) \($0.rewriter ?? "-") \($0.kind)" }
    let kinds = ["sft * sample", "reward * ranking", "rl * prompt", "rl * ranking", "rl * text"]
    var expected = ["base - sample"]
    for rewriter in ["amber", "amber-control", "birch", "birch-control"] {
      expected += kinds.map { $0.replacingOccurrences(of: "*", with: rewriter) }
    }
    #expect(names == expected)
    #expect(report.samples.contains { ($0.stage, $0.kind) == ("reward", "held-out ranking") })
    for set in report.samples {
      let isHeldOut = set.kind.hasPrefix("held-out")
      #expect(set.wrong == 0 && set.longest <= run.configuration.rewriter.maximumLength)
      #expect(isHeldOut || set.count > 10, "\(set.stage) \(set.kind) \(set.count)")
      #expect((set.learned == 0) == (set.kind == "prompt"))
      #expect((set.tied == nil) == !set.kind.hasSuffix("ranking"))
      let isShown = !isHeldOut && (set.rewriter == nil || set.rewriter == "amber")
      let shown = set.stage == "rl" ? 1 : 3
      #expect(set.samples.count == (isShown ? shown : 0))
      // The very samples that the stage had.
      let key = ["sft sample": "pairs", "reward ranking": "rankings"]["\(set.stage) \(set.kind)"]
      guard let key, let rewriter = set.rewriter, let stage = Stage(rawValue: set.stage) else {
        continue
      }
      #expect(run.folder.summary(stage, rewriter)?[key] == Double(set.count))
    }
    let vocabulary = try #require(report.vocabulary)
    #expect(vocabulary.isOfRun && vocabulary.size == 400)
    #expect([vocabulary.padding, vocabulary.end, vocabulary.answer] == [0, 1, 2])
    #expect(vocabulary.roundTrips == report.tasks.reduce(0) { $0 + $1.prompts.train })
  }

  /// What the stage trained its own tokenizer on is drawn first: its samples are those that follow.
  @Test func samplesAreThoseOfTheStage() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("sampled")
    let report = try await run.configuration.examine(run.folder, data: nil)
    let tokenizer = try Tokenizer(
      contentsOf: run.folder.model(.base).appendingPathComponent("tokenizer.json"))
    let format = try #require(RewriterFormat(tokenizer))
    var corpus = PromptCorpus(run)
    _ = corpus.tokenizerTexts()
    guard case .trained(let settings) = run.configuration.base else {
      Issue.record("the base is not trained")
      return
    }
    let first = try corpus.nextBatch(settings.batchSize, format)[0]
    let base = try #require(report.samples.first?.samples.first)
    #expect(base.tokens.map(\.id) == first.prompt + first.response)
    #expect(base.tokens.map(\.position) == Array(base.tokens.indices))
    #expect(base.tokens.count { $0.isResponse } == first.response.count)

    for set in report.samples where set.stage == "sft" || set.stage == "reward" {
      for sample in set.samples {
        let end = try #require(sample.tokens.last)
        #expect(end.isEnd && end.mask && end.isResponse && end.text == "<|endoftext|>")
        #expect(sample.tokens.count { $0.isEnd } == 1)
        let masked = sample.tokens.filter(\.mask)
        let responses = sample.tokens.filter(\.isResponse)
        let learned = set.stage == "sft" ? responses : [end]
        #expect(masked == learned)
        #expect(sample.tokens.last { !$0.isResponse }?.text == "<|answer|>")
        #expect(sample.reads.hasPrefix("\"This is a ") && sample.reads.contains("task.\\n"))
        #expect(sample.writes.hasSuffix("\" <|endoftext|>"))
      }
    }
  }

  @Test func aRunThatHasNotBegun() async throws {
    let finished = try await FinishedRun.make()
    let configuration = try finished.world.configuration()
    let folder = RunFolder(finished.world.url("unborn"))
    let report = try await configuration.examine(folder, data: nil)
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
    #expect(report.problems.isEmpty)
    #expect(report.samples.map(\.stage) == ["base"])
    #expect(report.unmade.count == 12)
    let first = try #require(report.unmade.first)
    #expect(
      "\(first.stage) \(first.rewriter): \(first.reason)"
        == "sft amber: the dataset of target 'amber' is not built yet")
    // The tokenizer that the base stage will train is the one that it has trained.
    let run = try finished.copy("born")
    let trained = try await configuration.examine(run.folder, data: nil)
    #expect(report.vocabulary?.isOfRun == false && trained.vocabulary?.isOfRun == true)
    #expect(report.samples[0].samples == trained.samples[0].samples)
  }

  @Test func aWrongSampleIsNamed() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("infinite")
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    try await database.write { database in
      try database.execute(
        sql: """
          UPDATE comparison SET differenceSum = 9e999 WHERE targetId = 2 AND promptId <> originalId
            AND originalId = (SELECT min(originalId) FROM comparison WHERE targetId = 2)
          """)
    }
    let report = try await run.configuration.examine(run.folder, data: nil)
    #expect(!report.problems.isEmpty)
    for problem in report.problems {
      #expect(problem.place.contains(/^(reward|rl) birch(-control)?, (held-out )?ranking$/))
      #expect(problem.sample != nil && problem.reason.contains("the score is not a finite number"))
    }
    let rankings = try #require(
      report.samples.first { ($0.stage, $0.rewriter, $0.kind) == ("rl", "birch", "ranking") })
    #expect(rankings.wrong > 0)
    let id = try #require(report.problems.first { $0.place.hasPrefix("rl birch,") }?.sample)
    #expect(rankings.samples.map(\.id) == [id], "it is shown although birch is not the first")
    let first = try #require(report.problems.first)
    #expect("\(first)" == "\(first.place) \(first.sample ?? -1): \(first.reason)")
  }

  @Test func aLeakInTheStoreIsFound() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("leaking")
    let database = try DatabaseQueue(path: run.folder.storeFile.path)
    let ids = try await database.read { database in
      try ["train", "test"].compactMap { role in
        try Int64.fetchOne(
          database, sql: "SELECT min(id) FROM prompt WHERE taskId = 1 AND role = ?",
          arguments: [role])
      }
    }
    try run.store.add(candidates: [ids[1]], of: ids[0], target: 1)
    let report = try await run.configuration.examine(run.folder, data: nil)
    #expect(
      report.problems.map(\.description)
        == ["dataset amber: evaluated data in the training set: role of prompt \(ids[1])"])
  }

  @Test func aTokenizerWithoutItsSpecialTokens() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("padless")
    let file = run.folder.model(.base).appendingPathComponent("tokenizer.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("<|pad|>", with: "<|fill|>").write(
      to: file, atomically: true, encoding: .utf8)
    let report = try await run.configuration.examine(run.folder, data: nil)
    #expect(report.vocabulary == nil && report.samples.isEmpty)
    #expect(
      report.problems.map(\.description)
        == ["tokenizer: it lacks one of <|pad|>, <|endoftext|>, <|answer|>"])
  }

  @Test func whatCannotBeContinuedIsRefused() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("refusing")
    let other = try finished.world.configuration(["sft.epochs=2"])
    await #expect(
      throws: RunError.configurationChanged(run.folder.url.path, key: "epochs: 2")
    ) { _ = try await other.examine(run.folder, data: nil) }
    try finished.world.write("dear diary", to: "diary/today.txt")
    let diary = RunFolder(finished.world.url("diary"))
    await #expect(throws: RunError.notARunFolder(diary.url.path)) {
      _ = try await other.examine(diary, data: nil)
    }
    try await run.folder.exclusively {
      _ = await #expect(throws: RunError.folderInUse(run.folder.url.path)) {
        _ = try await run.configuration.examine(run.folder, data: nil)
      }
    }
  }

  // MARK: Splits

  private func task(_ prompts: [Prompt], examples: [Example]) -> PromptTask {
    PromptTask(
      name: "toy", kind: .qa, metric: .exactMatch, labels: [], description: "", inputField: "text",
      heldOut: HeldOut(wordings: ["kindly"]), examples: examples, prompts: prompts)
  }

  private func example(_ id: String, _ split: Split, _ text: String) -> Example {
    Example(id: id, split: split, fields: ["text": text], references: ["yes"])
  }

  private func prompts(_ families: [String], _ texts: [String]) -> [Prompt] {
    zip(families, texts).map { Prompt(text: $1, family: $0, style: "plain") }
  }

  /// A split that was made for other families, as a bug would make it.
  private func split(_ task: PromptTask, as families: [String]) -> PromptSplit {
    PromptSplit(
      of: self.task(
        zip(families, task.prompts).map { Prompt(text: $1.text, family: $0, style: "plain") },
        examples: task.examples),
      fractions: SplitFractions(train: 0.5, dev: 0))
  }

  @Test func leaksBetweenSplitsAreFound() throws {
    let texts = ["Say what is asked.", "Name the city that is meant.", "Which word comes last?"]
    let examples = [
      example("a", .train, "one"), example("b", .dev, "two"), example("c", .test, "three"),
    ]
    // Families whose hashes fall into both halves.
    let names = (0..<20).map { "family \($0)" }
    let trained = names.filter {
      Tasks.split(of: $0, fractions: SplitFractions(train: 0.5, dev: 0)) == .train
    }
    let tested = names.filter { !trained.contains($0) }
    let clean = task(prompts([trained[0], trained[1], tested[0]], texts), examples: examples)
    let good = split(clean, as: [trained[0], trained[1], tested[0]])
    #expect(good.assignments.map(\.split) == [.train, .train, .test])
    #expect(SplitTask(task: clean, split: good, heldOut: HeldOutTexts()).splitProblems.isEmpty)

    func reasons(_ task: PromptTask, _ heldOut: HeldOutTexts = HeldOutTexts()) -> [String] {
      SplitTask(task: task, split: good, heldOut: heldOut).splitProblems.map(\.description)
    }
    #expect(
      reasons(task(clean.prompts, examples: examples + [example("d", .test, "one")]))
        == ["task 'toy': examples 'a' (train) and 'd' (test) have the same fields"])
    #expect(
      reasons(task(clean.prompts, examples: examples + [example("d", .train, "one")])) == [])
    #expect(
      reasons(task(prompts([trained[0], trained[1], trained[1]], texts), examples: examples))
        == ["task 'toy': family '\(trained[1])' is in both train and test"])
    #expect(
      reasons(clean, HeldOutTexts(isNearHeldOut: { $0.hasPrefix("Name") }))
        == ["task 'toy': training prompt number 2 is nearly an evaluated one"])
    #expect(
      reasons(clean, HeldOutTexts(wordings: ["Asked"]))
        == ["task 'toy': training prompt number 1 has a held-out wording"])
  }
}

extension DoctorTests {
  /// Every file of a folder with its bytes, and the time of its last change.
  private static func files(in folder: URL) throws -> [String: [String]] {
    var result: [String: [String]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: folder.appendingPathComponent(path).path)
      result[path] = [
        "\(attributes[.size] ?? 0)", "\(attributes[.modificationDate] ?? Date.distantPast)",
      ]
    }
    return result
  }
}
