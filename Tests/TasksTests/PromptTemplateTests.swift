import Tasks
import Testing

@Suite struct PromptTemplateTests {
  private func rendered(_ text: String, _ fields: [String: String]) -> [String] {
    let (prefix, rest) = PromptTemplate(text).rendered(fields: fields, inputField: "text")
    return [prefix, rest]
  }

  @Test func prefixEndsAtTheFirstPlaceholder() {
    #expect(
      rendered("Is {{name}} in {{ text }}?", ["name": "anna", "text": "a list"])
        == ["Is ", "anna in a list?"])
    #expect(rendered("{{text}}", ["text": "x"]) == ["", "x"])
  }

  @Test func withoutPlaceholderTheInputIsAppended() {
    #expect(rendered("Good or bad?", ["text": "fine"]) == ["Good or bad?\n\n", "fine"])
  }

  @Test func aValueIsNotScannedAgain() {
    #expect(
      rendered("{{text}} {{name}}", ["text": "{{name}}", "name": "{{text}}"])
        == ["", "{{name}} {{text}}"])
  }

  @Test func aFieldWithoutValueStaysStanding() {
    #expect(rendered("See {{nothing}}.", ["text": "x"]) == ["See ", "{{nothing}}."])
  }

  @Test(arguments: [
    ("", []), ("{{a}}{{b}}{{a}}", ["a", "b", "a"]), ("{{a", []), ("{{}}", []), ("{{1a}}", []),
    ("{{{a}}}", ["a"]), ("{{a b}}", []), ("{a} {{ _b2 }}", ["_b2"]), ("{{é}} {{a}}", ["a"]),
    ("{{{{a}}}}", ["a"]), ("é{{a}}🙂{{b}}", ["a", "b"]),
  ])
  func placeholdersOf(text: String, expected: [String]) {
    #expect(placeholders(in: text) == expected)
  }

  @Test func referencesAreInThePromptsLabels() {
    let example = Example(
      id: "1", split: .test, fields: ["text": "x"],
      answers: ["reference": ["0", "2"], "city": ["oslo"]])
    let good = Prompt(text: "a", family: "f", style: "s", labels: ["0": "bad", "1": "good"])
    let city = Prompt(text: "b", family: "f", style: "s", answer: "city")
    let name = Prompt(text: "c {{name}}", family: "f", style: "s")
    let task = PromptTask(
      name: "t", kind: .qa, metric: .exactMatch, labels: [], description: "", inputField: "text",
      examples: [example], prompts: [good, city, name])
    #expect(task.references(for: good, in: example) == ["bad", "2"])
    #expect(task.references(for: city, in: example) == ["oslo"])
    #expect(task.examples(for: good, in: .test) == [example])
    #expect(task.examples(for: good, in: .train).isEmpty)
    #expect(task.examples(for: name, in: .test).isEmpty)
  }
}
