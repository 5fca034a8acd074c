import Foundation
import Tasks
import Testing

@Suite struct ImportedTaskTests {
  private static let templates = """
    dataset: films
    templates:
      a1: !Template
        answer_choices: Bad ||| Good
        id: a1
        jinja: '{{ review }}

          Was it {{"good or bad"}}, that is {{answer_choices | join(" or ")}}? |||
          {{ answer_choices [label] }}'
        metadata: !TemplateMetadata
          choices_in_prompt: true
        name: 'literals '
        reference: ''
      a2: !Template
        answer_choices: no ||| yes
        jinja: "Would you watch it? {{review}}|||{{answer_choices[0 if label < 0.5 else 1]}}"
        name: threshold
      a3: !Template
        answer_choices: negative ||| positive
        jinja: '{{review}} This is not {{answer_choices[0]}} ||| {{answer_choices[1-label]}} .'
        name: negation
      a4: !Template
        answer_choices: negative ||| positive
        jinja: '{{title}}: {{review}} ||| {{answer_choices[label]}}'
        name: title
      a5: !Template
        answer_choices: null
        jinja: '{{review}} ||| {{rating}}'
        name: rating
      a6: !Template
        answer_choices: bad ||| good
        jinja: '{% if review %}{{review}}{% endif %} ||| {{answer_choices[label]}}'
        name: statement
      a7: !Template
        answer_choices: bad ||| good
        jinja: '{{review | upper}} ||| {{answer_choices[label]}}'
        name: filter
      a8: !Template
        answer_choices: bad ||| good
        jinja: '{{review}}'
        name: open
    """

  private let task = ImportedTask(
    name: "films", kind: .classification, metric: .accuracy, labels: ["0", "1"], description: "",
    inputField: "text", heldOutContents: ["bad/good"], heldOutWordings: [],
    exampleFiles: [
      .init(
        path: "train.json", reader: .numberedJSON, split: .train, fields: ["ori": "text"],
        label: "label", labels: ["0": "1", "1": "0"]),
      .init(
        path: "test.tsv", reader: .tsv, split: .test, fields: ["sentence": "text"],
        label: "label", labels: ["0": "0", "1": "1"]),
    ],
    promptFiles: [
      .init(
        path: "films.yaml", reader: .promptsource, fields: ["review": "text"],
        choices: ["0", "1"], labelWords: []),
      .init(
        path: "pool.txt", reader: .lines, fields: [:], choices: ["0", "1"],
        labelWords: [["negative", "positive"], ["bad", "good"]]),
    ])

  private func withFiles<Result>(
    replacing replaced: [String: String] = [:], _ body: (URL) throws -> Result
  ) throws -> Result {
    let files = [
      "train.json": """
      {"10": {"ori": "ten", "label": "0"}, "2": {"ori": "Two!", "label": 1, "x": null}}
      """,
      "test.tsv": "sentence\tlabel\r\nsay \"hi\"\t0\r\ntwo\t1\r\n",
      "films.yaml": Self.templates,
      "pool.txt": "Positive or negative? \n\nGood/bad film?\nHappy or sad?\nPositive or negative?",
    ]
    return try withTemporaryFolder { folder in
      for (name, text) in files.merging(replaced, uniquingKeysWith: { $1 }) {
        try Data(text.utf8).write(to: folder.appending(path: name))
      }
      return try body(folder)
    }
  }

  @Test func examplesKeepTheirNumbersAndOverlapLeavesTrain() throws {
    let (task, report) = try withFiles { try self.task.load(root: $0) }
    #expect(
      task.examples == [
        Example(id: "train-2", split: .train, fields: ["text": "ten"], references: ["1"]),
        Example(id: "test-1", split: .test, fields: ["text": "say \"hi\""], references: ["0"]),
        Example(id: "test-2", split: .test, fields: ["text": "two"], references: ["1"]),
      ])
    #expect(report.overlappingExamples == 1)
    #expect(report.examples == ["train": 1, "test": 2])
    #expect(report.records == ["train.json": 2, "test.tsv": 2])
    #expect(report.unselectedRecords == 0)
  }

  @Test func templatesBecomePromptsOrAreCounted() throws {
    let (task, report) = try withFiles { try self.task.load(root: $0) }
    #expect(
      task.prompts == [
        Prompt(
          text: "{{text}}\nWas it good or bad, that is Bad or Good?", family: "films/literals",
          style: "promptsource", content: "bad/good", labels: ["0": "Bad", "1": "Good"],
          required: ["bad", "good"]),
        Prompt(
          text: "Would you watch it? {{text}}", family: "films/threshold", style: "promptsource",
          content: "no/yes", labels: ["0": "no", "1": "yes"]),
        Prompt(
          text: "Positive or negative?", family: "pool/line 1", style: "lines",
          content: "negative/positive", labels: ["0": "negative", "1": "positive"],
          required: ["negative", "Positive"]),
        Prompt(
          text: "Good/bad film?", family: "pool/line 3", style: "lines", content: "bad/good",
          labels: ["0": "bad", "1": "good"], required: ["bad", "Good"]),
      ])
    #expect(report.prompts == ["films.yaml": 2, "pool.txt": 2])
    #expect(report.repeatedPrompts == 1)
    #expect(
      report.skippedPrompts.map { "\($0.name): \($0.reason)" } == [
        "negation: target is not the label's answer choice", "title: variable 'title'",
        "rating: other number of answer choices", "statement: no text to reword",
        "filter: no text to reword",
        "open: no target", "line 4: no known label words",
      ])
    #expect(report.skipCounts["no target"] == 1)
    #expect("\(report)".hasPrefix("4 prompts read, "))
    #expect("\(report)".contains("7 skipped (1 "))
  }

  @Test func saysWhatIsWrongWithAFile() throws {
    let cases = [
      ("test.tsv", "sentence\tlabel\nx\n", "test.tsv line 2: 1 columns where the header has 2"),
      ("test.tsv", "text\tlabel\nx\t0\n", "test.tsv line 2: the row has no text in 'sentence'"),
      (
        "train.json", #"{"0": {"ori": null, "label": "0"}}"#,
        "train.json: record 0 has no text in 'ori'"
      ),
      (
        "train.json", #"{"0": {"ori": "x", "label": "7"}}"#,
        "train.json: record 0 has the label code '7', which `labels` lacks"
      ),
      ("train.json", #"{"a": {}}"#, "train.json: record a has no text in 'ori'"),
      ("films.yaml", "templates:\n  a: {jinja: x}\n", "films.yaml: no 'name'"),
    ]
    for (file, text, words) in cases {
      let error = #expect(throws: TaskError.self) {
        _ = try withFiles(replacing: [file: text]) { try task.load(root: $0) }
      }
      #expect(error?.description == words)
    }
  }

  /// A task of free answers: the definition in its file is the prompt, and so is every line.
  @Test func definitionsAndLinesWithoutChoicesArePrompts() throws {
    let task = ImportedTask(
      name: "doubling", kind: .qa, metric: .exactMatch, extraction: .whole, labels: [],
      description: "", inputField: "input", heldOutContents: [], heldOutWordings: [],
      exampleFiles: [
        .init(
          path: "task.json", reader: .json, records: "Instances", take: 2, split: .test, id: "id",
          fields: ["input": "input"], references: ["output"])
      ],
      promptFiles: [
        .init(
          path: "task.json", reader: .json, fields: [:], choices: [], labelWords: [],
          texts: ["Definition"]),
        .init(path: "pool.txt", reader: .lines, fields: [:], choices: [], labelWords: []),
      ])
    func json(lastID: String) -> String {
      """
      {"Definition": ["Double it."], "Instances": [
        {"id": "a", "input": "1", "output": ["2"]}, {"id": "\(lastID)", "input": "2",
        "output": ["4", "four"]}, {"id": "c", "input": "3", "output": ["6"]}]}
      """
    }
    let files = ["task.json": json(lastID: "b"), "pool.txt": "Twice as much?\n"]
    let (loaded, report) = try withFiles(replacing: files) { try task.load(root: $0) }
    #expect(loaded.examples.map(\.id) == ["a", "b"])
    #expect(loaded.prompts.map(\.text) == ["Double it.", "Twice as much?"])
    #expect(loaded.prompts.map(\.family) == ["task/Definition 1", "pool/line 1"])
    #expect(report.records == ["task.json": 3])
    #expect("\(report)".hasSuffix(", 1 records not selected"))
    let error = #expect(throws: TaskError.self) {
      _ = try withFiles(replacing: ["task.json": json(lastID: "a")]) { try task.load(root: $0) }
    }
    #expect(
      error?.description
        == "task.json: record Instances.1 has the id of task.json record Instances.0"
    )
  }

  @Test func labelsMustBeTheTasks() throws {
    var task = task
    task.exampleFiles[1].labels = nil
    let error = #expect(throws: TaskError.self) {
      _ = try withFiles(replacing: ["test.tsv": "sentence\tlabel\nx\t2\n"]) {
        try task.load(root: $0)
      }
    }
    #expect(
      error?.description
        == "test.tsv line 2: the row has the label '2', which is not one of the task's"
    )
    task.promptFiles = []
    #expect(throws: TaskError.self) { _ = try withFiles { try task.load(root: $0) } }
  }

  @Test func survivesCoding() throws {
    let data = try JSONEncoder().encode(task)
    #expect(try JSONDecoder().decode(ImportedTask.self, from: data) == task)
  }
}
