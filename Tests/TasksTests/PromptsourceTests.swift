import Foundation
import Jinja
import Tasks
import TestSupport
import Testing

@Suite struct PromptsourceTests {
  private static let records = """
    {"id": "a", "text": "One.", "label": 0, "hint": "look up", "words": ["x", "y"], "note": null}
    {"id": "b", "text": "Two.", "label": 1, "hint": "", "words": ["z"], "note": "n"}
    {"id": "c", "text": "A ||| B", "label": 1, "hint": "here", "words": [], "note": "n"}
    """

  /// The task that one template gives, and why it was skipped if it was. Another prompt stands
  /// beside it.
  private func imported(
    _ jinja: String, answerChoices: String? = nil, choices: [String] = [],
    fields: [String: String] = ["text": "text"]
  ) throws -> (task: PromptTask, skipped: [String]) {
    let template: [String: String] = ["name": "t", "jinja": jinja].merging(
      answerChoices.map { ["answer_choices": $0] } ?? [:], uniquingKeysWith: { $1 })
    let yaml = try JSONEncoder().encode(["templates": ["1": template]])
    return try withTemporaryFolder { folder in
      try Data(Self.records.utf8).write(to: folder.appending(path: "records.jsonl"))
      try yaml.write(to: folder.appending(path: "my-file.yaml"))
      try Data("No or yes?".utf8).write(to: folder.appending(path: "pool.txt"))
      let (task, report) = try ImportedTask(
        name: "films", kind: .classification, metric: .accuracy, labels: ["0", "1"],
        description: "", inputField: "text", heldOutContents: [], heldOutWordings: [],
        exampleFiles: [
          .init(
            path: "records.jsonl", reader: .jsonl, split: .train, id: "id",
            fields: ["text": "text"], label: "label")
        ],
        promptFiles: [
          .init(
            path: "my-file.yaml", reader: .promptsource, fields: fields, choices: choices,
            labelWords: []),
          .init(
            path: "pool.txt", reader: .lines, fields: [:], choices: ["0", "1"],
            labelWords: [["no", "yes"]]),
        ]
      ).load(root: folder)
      return (task, report.skippedPrompts.map { "\($0.name): \($0.reason)" })
    }
  }

  /// What each example is asked and how it may answer, by the example's id; "a: One.? > 0".
  private func askedAndAnswered(_ task: PromptTask) -> [String] {
    task.prompts.filter { $0.family == "my-file/t" }.flatMap { prompt in
      task.examples(for: prompt, in: .train).map { example in
        let text = task.rendered(prompt, for: example)
        let references = task.references(for: prompt, in: example).joined(separator: ", ")
        return "\(example.id): \(text.prefix + text.rest) > \(references)"
      }
    }
  }

  @Test func constantPartsAreWrittenOut() throws {
    let (task, _) = try imported(
      "{% set or = ' or ' %}{{ text }} Is it {{ answer_choices | join(or) }}?"
        + "{% if answer_choices[0] == 'No' %} Answer.{% endif %} ||| {{ answer_choices[label] }}",
      answerChoices: "No ||| Yes", choices: ["0", "1"])
    #expect(
      task.prompts.first
        == Prompt(
          text: "{{text}} Is it No or Yes? Answer.", family: "my-file/t", style: "promptsource",
          content: "no/yes", labels: ["0": "No", "1": "Yes"], required: ["No", "Yes"]))
    #expect(task.examples.allSatisfy { $0.fields.count == 1 && $0.answers.count == 1 })
  }

  @Test func whatARecordDecidesBecomesAPlaceholder() throws {
    let (task, _) = try imported(
      "{{ text | replace('.', '!') }} {{ hint }}{% if hint %}!{% endif %} Good? ||| {{ answer_choices[label] }}",
      answerChoices: "No ||| Yes", choices: ["0", "1"])
    #expect(task.prompts.first?.text == "{{my_file_1_1}} {{hint}}{{my_file_1_2}} Good?")
    #expect(task.prompts.first?.answer == Example.defaultAnswer)
    #expect(
      task.examples.map(\.fields) == [
        ["text": "One.", "my_file_1_1": "One!", "hint": "look up", "my_file_1_2": "!"],
        ["text": "Two.", "my_file_1_1": "Two!", "hint": "", "my_file_1_2": ""],
        ["text": "A ||| B", "my_file_1_1": "A ||| B", "hint": "here", "my_file_1_2": "!"],
      ])
  }

  @Test func aConditionAroundTheTemplateChoosesTheRecords() throws {
    let (task, _) = try imported(
      "{% if hint %}{{ text }} Good? ||| {{ answer_choices[label] }}{% endif %}",
      answerChoices: "No ||| Yes", choices: ["0", "1"])
    #expect(task.prompts.first?.text == "{{text}} Good?")
    #expect(task.prompts.first?.labels == ["0": "No", "1": "Yes"])
    #expect(askedAndAnswered(task) == ["a: One. Good? > No", "c: A ||| B Good? > Yes"])
  }

  @Test func branchesWithTargetsAreSeveralPrompts() throws {
    let (task, _) = try imported(
      "Say: {% if label == 0 %}{{ text }} Bad? ||| so{% elif hint %}{{ text }} Good? ||| yes"
        + "{% else %}no target{% endif %}!")
    #expect(askedAndAnswered(task) == ["a: Say: One. Bad? > so!", "c: Say: A ||| B Good? > yes!"])
  }

  @Test func targetsAndChoicesOfARecordAreItsAnswers() throws {
    let (task, _) = try imported(
      "{{ text }} Which? {{ answer_choices | join('/') }} ||| {{ answer_choices[0] }}",
      answerChoices: "{{ words | join(\" ||| \") }}")
    #expect(askedAndAnswered(task) == ["a: One. Which? x/y > x", "b: Two. Which? z > z"])
    #expect(task.prompts.first?.labels == [:])
  }

  @Test func aChoiceInTheTargetIsAnyOfItsItems() throws {
    let (task, skipped) = try imported("{{ text }} Which? ||| {{ words | choice }}.")
    #expect(skipped == [])
    #expect(askedAndAnswered(task) == ["a: One. Which? > x., y.", "b: Two. Which? > z."])
  }

  @Test func aTargetThatIsTheReferenceAsksForTheReferences() throws {
    let (task, _) = try imported("{{ text }} Code? ||| {{ label }}")
    #expect(task.prompts.first?.answer == Example.defaultAnswer)
    #expect(task.examples.allSatisfy { $0.answers.count == 1 })
  }

  @Test func theLabelHasTheNameThatFieldsGiveIt() throws {
    let (task, _) = try imported(
      "{{ content }} {{ kind }} Good? ||| {{ answer_choices[kind] }}",
      answerChoices: "No ||| Yes", choices: ["0", "1"],
      fields: ["content": "text", "kind": "label"])
    #expect(task.prompts.first?.text == "{{text}} {{kind}} Good?")
    #expect(task.examples.map { $0.fields["kind"] } == ["0", "1", "1"])
  }

  @Test func withChoicesTheTargetIsTheLabelsChoice() throws {
    let targets = [
      "{{ answer_choices[label] }}": [],
      "{% if label == 0 %}No{% else %}Yes{% endif %}": [],
      "{{ answer_choices[1 - label] }}": ["t: target is not the label's answer choice"],
      "{{ hint }}": ["t: target is not the label's answer choice"],
    ]
    for (target, skips) in targets {
      let (_, skipped) = try imported(
        "{{ text }} Good? ||| \(target)", answerChoices: "No ||| Yes", choices: ["0", "1"])
      #expect(skipped == skips, "\(target)")
    }
  }

  @Test(arguments: [
    ("{{ text }} Good?", "no target"), ("a ||| b ||| c", "several targets"),
    ("{% for w in words %}a ||| b{% endfor %}", "a target within a loop"),
    ("Read {{ titel }} ||| x", "variable 'titel'"),
    ("Read {{ words | choice }} ||| x", "random"),
    ("Read {{ words | choice }} ||| {{ words | choice }}", "random"),
    ("Read {{ text }} ||| {{ words | choice }} {{ words | choice }}", "random"),
    ("{{ text }}: {{ hint }} ||| x", "no text to reword"),
    ("Read {{ '{{x}}' }} ||| x", "braces in the text"),
    ("Read {{ text }} ||| {{ hint | tojson }}", "filter 'tojson'"),
    ("Read {{ text }} ||| {{ hint", "not Jinja"),
    ("Read {{ text }} ||| {{ note.a.b }}", "'b' of 'a', which is undefined"),
    ("{% if 1 == 2 %}Read {{ text }} ||| x{% endif %}", "a condition that never holds"),
    ("{% if label == 7 %}Read {{ text }} ||| x{% endif %}", "no record it applies to"),
    ("Read {{ text }} ||| {{ '' }}", "no record it applies to"),
  ])
  func skipsWithAReason(jinja: String, reason: String) throws {
    #expect(try imported(jinja).skipped == ["t: \(reason)"])
  }

  @Test func aRecordThatFailsIsLeftOut() throws {
    let (task, skipped) = try imported("Read {{ text }}: {{ note.upper() }} ||| x{{ 1 / label }}")
    #expect(skipped == [])
    #expect(askedAndAnswered(task).map { $0.prefix(1) } == ["b", "c"])
  }

  private struct Template: Decodable {
    let jinja: String
    let answerChoices: String?

    private enum CodingKeys: String, CodingKey {
      case jinja
      case answerChoices = "answer_choices"
    }
  }

  @Test(.enabled(if: RealData.has("promptsource"), "no real data: set MAPO_DATA to their folder"))
  func allOfPromptsourceParses() throws {
    let file = RealData.folder.appending(path: "promptsource/templates.jsonl")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    var withChance = 0
    for line in lines {
      let template = try JSONDecoder().decode(Template.self, from: Data(line.utf8))
      if try JinjaTemplate(template.jinja).usesChance { withChance += 1 }
      if let choices = template.answerChoices { _ = try JinjaTemplate(choices) }
    }
    #expect(lines.count == 746)
    #expect(withChance == 115)
  }
}
