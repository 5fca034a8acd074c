import Foundation
import PromptSearch
import TestSupport
import Testing

/// The phrase book of the repository.
func repositoryPhrasebook() throws -> Phrasebook {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try Phrasebook(contentsOf: root.appending(path: "Data/phrasebook.json"))
}

/// Plain prompts, one for every pattern of clause and content that the built-in tasks have.
let plainPrompts = [
  "Classify the sentiment of the text. Options: good, bad.\nText: {{text}}\nAnswer:",
  "Classify the topic of the text. Options: sports, food, travel, money.\nText: {{text}}\nAnswer:",
  "Answer the question about the text.\nText: {{text}}\nQuestion: {{question}}\nAnswer:",
  "Answer the question about the text. Also add the day.\nText: {{text}}\n"
    + "Question: {{question}}\nAnswer:",
  "Find the details of {{name}} in the text. Wanted: the city.\nText: {{record}}\nAnswer:",
  "Write a headline for the text. Include the city and the day.\nText: {{text}}\nAnswer:",
  "Write a list from the text. Wanted: the names in order.\nText: {{text}}\nAnswer:",
]

/// Prompts as people write them, with none of our clauses.
let foreignPrompts = [
  "", " ", "\n\n", "{{text}}", "{{", "}}", "{{}}", "{{text", "Answer:", "A:", "\nAnswer:\n", "=",
  "Please perform Sentiment Classification task. Given the sentence, assign a sentiment label "
    + "from ['negative', 'positive']. Return label only without any other text.",
  "Given a sentence, classify it as either positive or negative sentiment.",
  "Determine the sentiment of the text provided, positive or negative.",
  "Now you are a classifier, your task is to determine the sentiment polarity of the given text, "
    + "whether positive or negative. ",
  "{{sentence}}\nQuestion: Was that sentence \"positive\" or \"negative\"? Answer:",
  "Someone just said to me \"{{sentence}}\".\n\nDo you think they are \"sad\" or \"happy\"?",
  "Does the following sentence have a \"positive\" or \"negative\" sentiment?\n{{sentence}}\n",
  "{{text}} Did the reviewer find this movie good or bad?",
  "{{premise}} \n\nQuestion: Does this imply that \"{{hypothesis}}\"? Yes, no, or maybe?",
  "Translate to French: {{text}}", "English: {{text}}\nFrench:",
  "Classify the text (e.g. a review). Options: a, b.\n\nReview: {{text}}\nSentiment:",
  "Schreibe eine Überschrift für den Text.\n\n{{text}}\n\nÜberschrift:",
  "```json\n{\"a\": {\"b\": \"{{text}}\"}}\n```\nReturn the \"text\" of the given text.",
  "<task>Is this \u{301}good?</task>\r\nText: {{text}}\r\nAnswer:",
]

@Suite struct PromptGrammarTests {
  let grammar: PromptGrammar

  init() throws { grammar = PromptGrammar(try repositoryPhrasebook()) }

  @Test(arguments: plainPrompts)
  func plainPromptsHaveAllTheirRoles(prompt: String) {
    let form = grammar.parse(prompt)
    #expect(grammar.render(form) == prompt)
    #expect(form[.frame] == 0)
    #expect(form[.cue] == 0)
    #expect(form[.inputLabel] == 0)
    #expect(form[.order] == 0)
    #expect(form.roles.count { $0.rawValue.hasPrefix("verb.") } == 1)
    #expect(form.roles.count { $0.rawValue.hasPrefix("noun.") } == 2)
    let hasContent =
      prompt.contains("Options") || prompt.contains("Also") || prompt.contains("Wanted")
      || prompt.contains("Include")
    #expect(form.roles.contains { $0.rawValue.hasPrefix("content.") } == hasContent)
  }

  @Test(arguments: plainPrompts)
  func everyRewordingParsesToTheFormItWasRenderedFrom(prompt: String) {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<400 {
      var form = grammar.parse(prompt)
      form.reword(by: grammar) { _, count in Int.random(in: 0..<count, using: &random) }
      let text = grammar.render(form)
      #expect(grammar.parse(text) == form, "\(text)")
    }
  }

  @Test(arguments: foreignPrompts)
  func anyTextRendersToItself(text: String) {
    #expect(grammar.render(grammar.parse(text)) == text)
  }

  @Test func randomTextRendersToItself() {
    var random = SeededGenerator(seed: 2)
    let pieces = [
      "{{text}}", "{{", "}}", "\n", " ", ". ", "Classify ", "the text", "Answer:", "Task: ",
      "Options: a, b.", "(a / b)", "\"", "### Task\n", "<task>", "</task>", "a", "é", "Please ",
      "Text: ", "?", " Thanks!", "Could you ", "\t", "\r\n", "write a list",
    ]
    for _ in 0..<3000 {
      let count = Int.random(in: 0..<14, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      #expect(grammar.render(grammar.parse(text)).utf8.elementsEqual(text.utf8))
      let edited = grammar.reword(text) { _, count in Int.random(in: 0..<count, using: &random) }
      #expect(
        edited.components(separatedBy: "{{").count == text.components(separatedBy: "{{").count)
    }
  }

  @Test func aRewordingKeepsWhatItMust() {
    let prompt =
      "Answer the question about the text. Also add the day.\nText: {{text}}\n"
      + "Question: {{question}}\nAnswer:"
    let values: [Role: Int] = [
      .frame: 2, .cue: 4, .inputLabel: 4, .order: 1, Role(rawValue: "verb.answer"): 1,
      Role(rawValue: "noun.text"): 2, Role(rawValue: "content.addition"): 3,
    ]
    #expect(
      grammar.reword(prompt) { role, _ in values[role] } == """
        ### {{text}}
        Question: {{question}}
        Could you reply to the question about the passage? After that, the day.
        ->
        """)
  }

  @Test func foreignPromptsAreRewordedWithCare() {
    let chat = grammar.phrasebook.frames.firstIndex { $0.style == "question" }
    let frame = { (role: Role, _: Int) in role == .frame ? chat : nil }
    #expect(
      grammar.reword("Determine the sentiment of the review.", choosing: frame)
        == "Could you determine the sentiment of the review?")
    #expect(
      grammar.reword("Translate to French: {{text}}") { _, _ in 1 }
        == "Translate to French: {{text}}")
    #expect(
      grammar.reword("{{text}} Is this good?") { role, _ in role == .order ? 1 : nil }
        == "{{text}} Is this good?")
    #expect(
      grammar.reword("{{text}} Is this good?") { role, _ in role == .order ? 0 : nil }
        == "Is this good?\n{{text}}")
    #expect(
      grammar.reword("Is this good?\n\nReview: {{text}}\n") { role, _ in
        [.cue: 0, .inputLabel: 0][role]
      } == "Is this good?\n\nText: {{text}}\nAnswer:\n")
    #expect(
      grammar.reword("{{text}} The sentiment expressed is") { role, _ in role == .order ? 0 : nil }
        == "{{text}} The sentiment expressed is")
    #expect(
      grammar.reword("Quote \"the text\" of the text.") { role, _ in
        role.rawValue == "noun.text" ? 1 : nil
      } == "Quote \"the text\" of the sentence.")
  }

  @Test func argumentsCanBeReplaced() {
    let form = grammar.parse(plainPrompts[0])
    #expect(form.arguments == ["good", "bad"])
    #expect(
      grammar.render(form.mappingArguments { "\($0)ly" }).hasPrefix(
        "Classify the sentiment of the text. Options: goodly, badly."))
  }
}
