import FeedbackStore
import Foundation
import Pipeline
import Tasks
import TestSupport
import Testing

@Suite struct DatasetExchangeTests {
  /// A store in a run folder: one original, two candidates, one of them chosen.
  private func makeDataset(in folder: RunFolder) throws -> FeedbackStore {
    let store = try FeedbackStore(at: folder.storeFile)
    let target = try store.upsert(target: "north", fingerprint: "f1")
    _ = try store.upsert(target: "south", fingerprint: "f2")
    let task = try store.upsert(
      task: TaskRecord(name: "reviews", kind: "classification", metric: "accuracy", hash: "h"))
    let examples = try store.upsert(
      examples: (0..<8).map { ExampleRecord(key: "e\($0)", split: .train) }, task: task)
    let records = ["Is it good?", "Good/bad \"now\"?", "Mood?", "Good, no?"].map { text in
      PromptRecord(
        text: text, family: "a", style: "", content: "g/b", origin: "pool", role: .train)
    }
    let prompts = try store.upsert(prompts: records, task: task)
    try store.add(candidates: prompts.dropFirst(), of: prompts[0], target: target)
    let scores: [[Double]] = [
      [0, 1, 0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1, 0, 1], [0, 0, 0, 1, 0, 0, 0, 0],
      // A tie: as often better as worse.
      [1, 0, 0, 1, 0, 1, 0, 1],
    ]
    for (prompt, values) in zip(prompts, scores) {
      try store.record(
        zip(examples, values).map { example, score in
          FeedbackRow(
            targetID: target, promptID: prompt, exampleID: example, sampling: "greedy",
            purpose: .search, outcome: .done(output: "", score: score))
        })
    }
    try store.record(
      [
        Optimum(
          originalID: prompts[0], chosenID: prompts[1], searchGain: 0.375, freshGain: 0.25,
          freshStandardError: 0.125, freshCount: 16)
      ], target: target)
    return store
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func exportsTheShapesOfTrainers() throws {
    try withFolder { folder in
      let run = RunFolder(folder)
      _ = try makeDataset(in: run)
      let file = folder.appending(path: "out.jsonl")
      try Data("old".utf8).write(to: file)
      #expect(try run.write(DatasetExport(format: .pairs), to: file) == 1)
      #expect(
        try String(contentsOf: file, encoding: .utf8) == #"""
          {"completion":"Good/bad \"now\"?","count":16,"gain":0.25,"kind":"classification",\#
          "prompt":"Is it good?","standardError":0.125,"target":"north","task":"reviews"}

          """#)
      let preferences = DatasetExport(format: .preferences, target: "north")
      #expect(try run.write(preferences, to: file) == 2)
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines[0].contains(#""chosen":"Good/bad \"now\"?","count":8,"gain":0.375"#))
      #expect(lines[0].contains(#""rejected":"Is it good?""#))
      #expect(lines[1].contains(#""chosen":"Is it good?","count":8,"gain":0.375"#))
      #expect(lines[1].contains(#""rejected":"Mood?""#))
      #expect(try run.write(DatasetExport(format: .pairs, target: "south"), to: file) == 0)
      #expect(try run.write(DatasetExport(format: .pairs, role: .dev), to: file) == 0)
      let error = RunError.noData("the store has no target 'west', only north, south")
      #expect(throws: error) {
        try run.write(DatasetExport(format: .pairs, target: "west"), to: file)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(
        Set(left).isSubset(of: [
          "out.jsonl", "feedback.sqlite", "feedback.sqlite-wal", "feedback.sqlite-shm",
        ]))
    }
  }

  @Test func whatIsExportedCanBeImported() throws {
    try withFolder { folder in
      let run = RunFolder(folder)
      let store = try makeDataset(in: run)
      let file = folder.appending(path: "out.jsonl")
      for format in DatasetExport.Format.allCases {
        let count = try run.write(DatasetExport(format: format), to: file)
        let source = PairSource(file: file, target: "south", kind: .classification)
        #expect(try store.add(imported: source.pairs()) == count)
      }
      let pairs = try store.importedPairs(target: "south")
      #expect(pairs.map(\.rejected) == [nil, "Is it good?", "Mood?"])
      #expect(pairs.map(\.line) == [1, 1, 2] && pairs.allSatisfy { $0.source == "out.jsonl" })
    }
  }

  private func pairs(
    _ text: String, fields: PairSource.Fields = PairSource.Fields()
  ) throws -> [ImportedPair] {
    var pairs: [ImportedPair] = []
    try withFolder { folder in
      let file = folder.appending(path: "mine.jsonl")
      try Data(text.utf8).write(to: file)
      pairs = try PairSource(
        file: file, target: "north", task: "poems", kind: .generation, fields: fields
      ).pairs()
    }
    return pairs
  }

  private func pair(
    _ prompt: String, _ chosen: String, _ rejected: String? = nil, line: Int
  ) -> ImportedPair {
    ImportedPair(
      target: "north", task: "poems", kind: "generation", prompt: prompt, chosen: chosen,
      rejected: rejected, source: "mine.jsonl", line: line)
  }

  @Test func readsTheUsualFieldsAndNamedOnes() throws {
    let lines = """
      {"prompt": " Write. ", "completion": "Write a poem.", "x": 1}

      {"prompt": "Tell.", "optimized_prompt": "Tell a story.", "rejected": null}\r
      {"prompt": "Sing.", "chosen": "Sing a song.", "rejected": "Sing!"}
      """
    #expect(
      try pairs(lines) == [
        pair("Write.", "Write a poem.", line: 1), pair("Tell.", "Tell a story.", line: 3),
        pair("Sing.", "Sing a song.", "Sing!", line: 4),
      ])
    let fields = PairSource.Fields(prompt: "from", chosen: "to", rejected: "not")
    #expect(
      try pairs(#"{"from": "A", "to": "B", "not": "C", "prompt": 1}"#, fields: fields)
        == [pair("A", "B", "C", line: 1)])
  }

  @Test func readsOneListAsBPOsFilesAre() throws {
    let list = """
      [
        {"prompt": "Write.", "optimized_prompt": "Write a poem.", "good_res": "…", "bad_res": "…"},
        {"prompt": "Tell.", "optimized_prompt": "Tell a story."}
      ]
      """
    #expect(
      try pairs(list) == [
        pair("Write.", "Write a poem.", line: 1), pair("Tell.", "Tell a story.", line: 2),
      ])
  }

  @Test(.enabled(if: RealData.has("bpo"), "no real data: set MAPO_DATA to their folder"))
  func readsBPO() throws {
    let file = RealData.folder.appending(path: "bpo/bpo_test.json")
    let pairs = try PairSource(file: file, target: "north", kind: .generation).pairs()
    #expect(pairs.count == 142 && pairs.allSatisfy { $0.rejected == nil })
    // Those that say the same of one prompt are one.
    let texts = Set(pairs.map { [$0.prompt, $0.chosen] })
    #expect(try FeedbackStore().add(imported: pairs) == texts.count)
  }

  @Test(arguments: [
    ("{}", "mine.jsonl line 2: no 'prompt'"),
    (#"{"prompt": "A"}"#, "mine.jsonl line 2: no 'chosen'"),
    (#"{"prompt": 3, "chosen": "B"}"#, "mine.jsonl line 2: 'prompt' must be a string"),
    (#"{"prompt": "A", "chosen": "\n"}"#, "mine.jsonl line 2: 'chosen' is blank"),
    (#"{"prompt": "A", "chosen": "B", "rejected": []}"#, "must be a string"),
    (#"{"prompt": "A", "chosen": "B", "rejected": "B"}"#, "both texts are the same"),
    (
      #"{"prompt": "A {{x}} {{y}}", "chosen": "B {{ x }}"}"#,
      "mine.jsonl line 2: 'chosen' does not have the same {{placeholders}} as the prompt"
    ),
    (#"{"prompt": "A", "chosen": "B", "rejected": "C {{x}}"}"#, "line 2: 'rejected' does not have"),
    ("[1]", "mine.jsonl line 2: not a JSON object"), (#"{"prompt": "#, "line 2: not JSON"),
  ])
  func refusesWhatIsNoPair(line: String, words: String) throws {
    let error = #expect(throws: TaskError.self) {
      try pairs("{\"prompt\": \"A\", \"chosen\": \"B\"}\n" + line)
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func refusesFilesWithoutPairs() throws {
    for (text, words) in [
      ("\n \n", "mine.jsonl has no rows"), ("[]", "mine.jsonl has no rows"),
      ("[3]", "mine.jsonl record 1: not a JSON object"), ("[{}", "mine.jsonl line 1: not JSON"),
    ] {
      let error = #expect(throws: TaskError.self) { try pairs(text) }
      #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }
  }
}

@Suite struct PairImportTests {
  /// A user's own pairs are learned from: they change the rewriter that supervised training ends
  /// with, and what must not be trained on is refused with its line.
  @Test func pairsAreAWarmStart() async throws {
    let finished = try await FinishedRun.make()
    let run = try finished.copy("imported")
    let world = finished.world
    let tested = try #require(
      run.pool.tasks.first.flatMap { entry in entry.prompts(.test).first?.prompt.text })
    let lines = [
      #"{"prompt": "Rate it: {{text}}", "chosen": "Good or bad? {{text}}", "rejected": "{{text}}"}"#,
      #"{"prompt": "Say it: {{text}}", "completion": "Answer: {{text}}"}"#,
    ]
    func source(_ file: String, target: String = "amber") -> PairSource {
      PairSource(file: world.url(file), target: target, kind: .classification)
    }
    let wording = try #require(run.pool.tasks.first?.task.heldOut.wordings.first)
    for pair in [
      ["prompt": tested, "chosen": tested + "!"],
      ["prompt": "Rate it: {{text}}", "chosen": "Rate the \(wording): {{text}}"],
    ] {
      let leaking = String(decoding: try JSONEncoder().encode(pair), as: UTF8.self)
      try world.write((lines + [leaking]).joined(separator: "\n"), to: "leaking.jsonl")
      #expect(throws: StoreError.evaluatedText(source: "leaking.jsonl", line: 3)) {
        _ = try run.importPairs(source("leaking.jsonl"))
      }
    }
    try world.write(lines.joined(separator: "\n"), to: "pairs.jsonl")
    #expect(try run.store.importedPairs(target: "amber").isEmpty, "all or nothing")
    #expect(throws: ConfigurationError.self) {
      _ = try run.importPairs(source("pairs.jsonl", target: "ambre"))
    }
    for stored in [2, 0] {
      let summary = try run.importPairs(source("pairs.jsonl"))
      #expect(summary.read == 2 && summary.stored == stored)
    }
    let before = try #require(run.folder.summary(.sft, "amber"))
    let rankings = try #require(run.folder.summary(.reward, "amber"))
    for stage in ["sft-amber", "reward-amber"] {
      try FileManager.default.removeItem(
        at: run.folder.url.appendingPathComponent("finished/\(stage).json"))
    }
    try await run.runStage(.sft)
    try await run.runStage(.reward)
    #expect(run.folder.summary(.sft, "amber")?["pairs"] == (before["pairs"] ?? 0) + 2)
    #expect(run.folder.summary(.reward, "amber")?["rankings"] == (rankings["rankings"] ?? 0) + 1)
  }
}
