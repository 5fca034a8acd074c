import Foundation
import Tasks
import Testing

@Suite struct TaskExtractionTests {
  private let task = PromptTask(
    name: "t", kind: .classification, metric: .accuracy, labels: ["no", "yes"], description: "",
    inputField: "text",
    examples: [Example(id: "1", split: .train, fields: ["text": "x"], references: ["no"])],
    prompts: [Prompt(text: "{{text}}?", family: "f", style: "s")])

  private func read(_ extraction: String) throws -> PromptTask {
    try withTemporaryFolder { folder in
      try task.write(to: folder)
      let file = folder.appending(path: "task.yaml")
      let header = try String(contentsOf: file, encoding: .utf8)
      try "extraction: \(extraction)\n\(header)".write(to: file, atomically: true, encoding: .utf8)
      return try PromptTask(contentsOf: folder)
    }
  }

  @Test(arguments: [
    "whole", "firstMention", "lastMention", #"{firstMatch: '"(\w+)" #'}"#,
    "{lastMatch: '(no|yes)'}",
  ])
  func aTaskFolderAndBack(written: String) throws {
    let first = try read(written)
    let again = try withTemporaryFolder { folder in
      try first.write(to: folder)
      return try PromptTask(contentsOf: folder)
    }
    #expect(again == first)
    #expect((first.extraction == .whole) == (written == "whole"))
  }

  @Test(arguments: [
    (
      "lastWord",
      "task.yaml line 1: 'extraction' is 'lastWord'; allowed are whole, firstMention, lastMention"
    ),
    ("{lastMatch: '(a'}", "task.yaml line 1: 'lastMatch' is not a regular expression"),
    (
      "{lastMatch: '(a)(b)'}",
      "task.yaml line 1: 'lastMatch' has 2 groups, not one for the answer; "
        + "(?:…) groups without being counted"
    ),
    ("{lastMach: '(a)'}", "task.yaml line 1: unknown key 'lastMach'; did you mean 'lastMatch'?"),
    ("{}", "task.yaml line 1: 'extraction' needs one of firstMatch, lastMatch"),
    (
      "{lastMatch: '(a)', firstMatch: '(b)'}",
      "task.yaml line 1: 'extraction' needs one of firstMatch, lastMatch"
    ),
    ("[firstMention]", "task.yaml line 1: 'extraction' must be a string"),
  ])
  func refusals(written: String, message: String) {
    #expect {
      try read(written)
    } throws: {
      "\($0)" == message
    }
  }
}
