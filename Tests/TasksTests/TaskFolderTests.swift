import Foundation
import Tasks
import Testing

@Suite struct TaskFolderTests {
  private static let header = """
    name: tone
    kind: classification
    metric: accuracy
    labels: [no, yes]
    inputField: text
    heldOut: {contents: [bad/good], wordings: []}
    """
  private static let example =
    #"{"id":"1","split":"train","fields":{"text":"a/b"},"reference":"yes"}"#
  private static let prompt = #"{"text":"Say: {{text}}","family":"f","style":"plain"}"#

  private func read(
    header: String = header, examples: String = example, prompts: String = prompt
  ) throws -> PromptTask {
    try withTemporaryFolder { folder in
      try Data(header.utf8).write(to: folder.appending(path: "task.yaml"))
      try Data(examples.utf8).write(to: folder.appending(path: "examples.jsonl"))
      try Data(prompts.utf8).write(to: folder.appending(path: "prompts.jsonl"))
      return try PromptTask(contentsOf: folder)
    }
  }

  private func expectError(_ words: String, _ body: () throws -> PromptTask) {
    let error = #expect(throws: TaskError.self) { _ = try body() }
    #expect(error?.description == words)
  }

  @Test func readsWhatIsWritten() throws {
    let task = PromptTask(
      name: "1", kind: .qa, metric: .f1,
      extraction: .lastMatch(try AnswerPattern(#"#### "(\S+)"#)),
      labels: ["no", "é \"\n"], description: "x: y #z", inputField: "text",
      heldOut: HeldOut(contents: ["a/b"], wordings: ["in short"]),
      examples: [
        Example(id: "a", split: .dev, fields: ["text": "1/2\r\n\u{2028}"], references: ["x"]),
        Example(
          id: "b", split: .test, fields: ["text": "{{q}}", "q": "🙂"], references: ["x", "y"]),
        Example(
          id: "c", split: .train, fields: ["text": ""],
          answers: ["city": ["oslo"], "name": ["anna", "bo"]]),
      ],
      prompts: [
        Prompt(text: "{{q}}\nAnswer:", family: "f", style: "s"),
        Prompt(
          text: "Which city?", family: "g", style: "question", content: "city", answer: "city",
          labels: ["oslo": "Oslo"], required: ["city"]),
      ])
    try withTemporaryFolder { folder in
      let first = folder.appending(path: "one")
      let second = folder.appending(path: "two")
      try task.write(to: first)
      let again = try PromptTask(contentsOf: first)
      #expect(again == task)
      try again.write(to: second)
      for file in ["task.yaml", "examples.jsonl", "prompts.jsonl"] {
        let bytes = try Data(contentsOf: first.appending(path: file))
        #expect(try Data(contentsOf: second.appending(path: file)) == bytes)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("\\/"))
      }
    }
  }

  @Test func labelsAreReadAsWritten() throws {
    let task = try read()
    #expect(task.labels == ["no", "yes"])
    #expect(task.heldOut.contents == ["bad/good"])
    #expect(task.examples[0].answers == ["reference": ["yes"]])
  }

  @Test func blankLinesAndCarriageReturnsCountAsLines() throws {
    #expect(try read(examples: "\r\n" + Self.example + "\r\n\n").examples.count == 1)
    expectError("examples.jsonl line 4: id '1' is already that of line 2") {
      try read(examples: "\r\n" + Self.example + "\r\n\n" + Self.example)
    }
  }

  @Test func saysWhatIsWrongWithTheHeader() {
    expectError("task.yaml line 3: unknown key 'metrik'; did you mean 'metric'?") {
      try read(header: Self.header.replacing("metric:", with: "metrik:"))
    }
    expectError("task.yaml line 2: 'kind' is 'chat'; allowed are classification, qa, generation") {
      try read(header: Self.header.replacing("kind: classification", with: "kind: chat"))
    }
    expectError("task.yaml: no 'inputField'") {
      try read(header: Self.header.replacing("inputField: text\n", with: ""))
    }
    expectError("task.yaml line 4: 'labels' must be a list of strings") {
      try read(header: Self.header.replacing("[no, yes]", with: "yes"))
    }
    expectError("task.yaml line 1: a key that is there twice: name") {
      try read(header: "name: a\nname: b\n")
    }
    expectError("task.yaml: not a YAML mapping") { try read(header: "- 1") }
    expectError("task.yaml cannot be opened: no such file") {
      try PromptTask(contentsOf: URL(filePath: "/nowhere"))
    }
  }

  @Test func saysWhatIsWrongWithAnExample() {
    let cases = [
      (#""reference":"yes""#, #""answers":{}"#, "no reference"),
      (#""reference":"yes""#, #""references":[]"#, "no reference"),
      (#""reference":"yes""#, #""reference":1"#, "'reference' must be a string"),
      (
        #""reference":"yes""#, #""refrence":"yes""#,
        "unknown key 'refrence'; did you mean 'reference'?"
      ),
      (#""yes""#, #""maybe""#, "reference 'maybe' is not one of the task's labels no, yes"),
      (#""train""#, #""trian""#, "'split' is 'trian'; allowed are train, dev, test"),
      (#""a/b""#, "3", "'fields' must be an object of strings"),
      (#""id":"1","#, "", "no 'id'"),
    ]
    for (old, new, words) in cases {
      expectError("examples.jsonl line 1: " + words) {
        try read(examples: Self.example.replacing(old, with: new))
      }
    }
    expectError("examples.jsonl line 1: not a JSON object") { try read(examples: "[1]") }
    expectError("examples.jsonl has no rows") { try read(examples: "\n") }
    let error = #expect(throws: TaskError.self) { try read(examples: "{") }
    #expect(error?.description.hasPrefix("examples.jsonl line 1: not JSON") == true)
  }

  @Test func saysWhatIsWrongWithAPrompt() {
    expectError("prompts.jsonl line 1: no example has a field 'texd'; did you mean 'text'?") {
      try read(prompts: Self.prompt.replacing("{{text}}", with: "{{texd}}"))
    }
    expectError("prompts.jsonl line 1: no example has an answer 'city'") {
      try read(prompts: Self.prompt.replacing("}\"", with: "}\",\"answer\":\"city\""))
    }
    expectError("prompts.jsonl line 1: unknown key 'yess'; did you mean 'yes'?") {
      try read(prompts: Self.prompt.replacing("}\"", with: "}\",\"labels\":{\"yess\":\"good\"}"))
    }
    expectError("prompts.jsonl has no rows") { try read(prompts: "") }
  }
}
