import Foundation
import Rewriting
import TestSupport
import Testing

private let guards = Guards(maximumLengthRatio: 2.5, extraCharacters: 40)

@Suite struct GuardTests {
  private func check(
    _ original: String, _ rewritten: String, required: [String] = []
  ) -> GuardViolation? {
    guards.violation(original: original, rewritten: rewritten, required: required)
  }

  @Test(arguments: [
    ("Classify {{text}}.", "Please say what {{text}} is about."),
    ("Text: \"{{text}}\"\nIs it good or bad?", "{{text}}\nOptions: good, bad.\nAnswer:"),
    ("Options: good, bad.\n{{text}}", "Good or bad? {{text}}"),
    ("Say \"yes\" or \"no\": {{q}}", "Answer (yes / no): {{q}}"),
    ("Labels: sports | food | travel\n{{text}}", "Pick one of travel, food, or sports. {{text}}"),
    ("Use at most 12 words for {{text}}", "Summarise {{text}} in 12 words or fewer."),
    ("1. Read {{text}}.\n2. Summarise it.", "Read and summarise {{text}}."),
    ("Don't repeat the user's words. {{text}}", "Avoid the words of the user. {{text}}"),
    ("Write a joke.", "Please write a joke for me."),
    ("Übersetze {{text}} ins Deutsche.", "Bitte {{text}} auf Deutsch wiedergeben."),
    ("请把{{text}}分类。", "{{text}} 属于哪一类?"),
    ("Is {{{a}}} set? {{b}}{{c}}", "{{b}}: tell if {{{a}}} is set by {{c}}."),
  ])
  func acceptable(original: String, rewritten: String) {
    #expect(check(original, rewritten) == nil)
  }

  @Test(arguments: [
    ("Classify {{text}}.", "Classify it.", "placeholder {{text}} is missing"),
    (
      "Classify {{text}}.", "Classify {{text}}: {{text}}",
      "placeholder {{text}} stands 2 times instead of 1"
    ),
    (
      "Classify {{text}}.", "Classify {{text}} by {{x}}", "placeholder {{x}} is not in the original"
    ),
    ("Classify {{text}}.", "Classify {{ text }}.", "placeholder {{text}} is missing"),
    ("Classify {{t}}.", "Classify {{{{t}}.", "4 braces stand in a row, more than 2"),
    ("Classify {{{t}}}.", "Say {{{t}}}}.", "4 braces stand in a row, more than 3"),
    ("Options: good, bad. {{t}}", "Is {{t}} bad?", "the label word 'good' is missing"),
    ("Options: good, bad. {{t}}", "Is {{t}} goodish or bad?", "the label word 'good' is missing"),
    (
      "Translate \"hello world\" please", "Translate hello world",
      "the quoted text 'hello world' is missing"
    ),
    (
      "Sagen Sie „guten Tag“ dazu", "Sagen Sie „gute Nacht“ dazu",
      "the quoted text 'guten Tag' is missing"
    ),
    ("Use 12 words.", "Use 120 words.", "the number 12 is missing"),
    ("Version 3.5 of {{t}}", "Version 35 of {{t}}", "the number 3.5 is missing"),
    ("Classify {{t}}.", " \n", "the rewritten prompt is empty"),
    ("Classify {{t}}.", "Classify \u{7} {{t}}.", "the control character U+0007 is not text"),
    ("Classify {{t}}.", "Classify \u{FFFD} {{t}}.", "the control character U+FFFD is not text"),
    ("Classify {{t}}.", "Sure, classify {{t}}.", "the commentary 'sure,' is not part of a prompt"),
    (
      "Classify {{t}}.", "Here is the rewritten prompt: {{t}}",
      "the commentary 'here is' is not part of a prompt"
    ),
    (
      "Classify {{t}}.", "**Rewritten prompt:** Say {{t}}",
      "the commentary 'rewritten prompt' is not part of a prompt"
    ),
    (
      "Tell a good joke.", "Tell a very good joke.\nTell a very good joke.",
      "there is more than one prompt"
    ),
    ("Tell a good joke.", "Tell a joke.\n---\nMake me laugh.", "there is more than one prompt"),
    (
      "Is {{t}} good or bad? Answer:", "{{t}} (good / bad)\nAnswer: Good",
      "the answer 'good' is appended"
    ),
    ("Is {{t}} good or bad?", "{{t}} good or bad? The mood:\nbad.", "the answer 'bad' is appended"),
  ])
  func violated(original: String, rewritten: String, reason: String) {
    #expect(check(original, rewritten)?.description == reason)
  }

  @Test func requiredWordsOfTheCaller() {
    let original = "Give the city of {{name}}."
    #expect(check(original, "City of {{name}}?", required: ["city"]) == nil)
    #expect(
      check(original, "Where does {{name}} live?", required: ["city"])?.description
        == "the required word 'city' is missing")
    #expect(check(original, "City -> {{name}}", required: ["->"]) == nil)
    #expect(check(original, "City: {{name}}", required: ["->"]) == .requiredWordMissing("->"))
  }

  @Test func lengthIsBounded() {
    let short = Guards(maximumLengthRatio: 2, extraCharacters: 5)
    #expect(short.violation(original: "abcde", rewritten: String(repeating: "x", count: 15)) == nil)
    #expect(
      short.violation(original: "abcde", rewritten: String(repeating: "x", count: 16))?.description
        == "the rewritten prompt has 16 characters, more than 15")
  }

  @Test func whatTheOriginalHasIsAllowed() {
    #expect(check("Sure, here is a prompt: {{t}}", "Sure, here is a prompt. {{t}}") == nil)
    #expect(check("a\u{7}b {{t}}", "b\u{7}a {{t}}") == nil)
    #expect(check("one two three\none two three", "one two three\none two three\nfour") == nil)
    #expect(check("Options: a1x, b. Answer: b", "Either a1x or b? Answer: b") == nil)
  }

  @Test func reasonsToKeepAPromptWithoutRewriting() {
    #expect(Guards.reasonToKeep(" \n\t")?.description == "the prompt is empty")
    #expect(
      Guards.reasonToKeep("{{a}}\n- {{b}}")?.description == "the prompt has only placeholders")
    #expect(Guards.reasonToKeep("Text: {{a}}") == nil)
    #expect(Guards.reasonToKeep("...") == nil)
    #expect(!Guards.containsOnlyPlaceholders("") && Guards.isEmpty(""))
  }

  /// Texts of random pieces, among them every mark that the guards give a meaning.
  @Test func aTextAgainstItselfNeverViolates() {
    let pieces = [
      "{{text}}", "{{", "}}", "{", "}", "{\"a\": {\"b\": 1}}", "\"", "'", "“", "”", "„", "«", "»",
      "`",
      "(", ")", "[", "]", "/", "|", ",", ":", ".", "?", "\n", "\n- ", "\n1. ", " ", " ", "Options:",
      "choose from", "either", "or", "and", "one of", "a", "good", "very bad", "don't", "3.5", "12",
      "Sure, ", "Here is the prompt:", "---", "Answer: good", "日本語", "ß", "👩‍👩‍👧", "\u{301}", "\u{0}",
      "Classify the text", "\r\n", "\t", "=", "->", "²", "½",
    ]
    var random = SeededGenerator(seed: 21)
    let strict = Guards(maximumLengthRatio: 1, extraCharacters: 0)
    for _ in 0..<3_000 {
      let count = Int.random(in: 0...25, using: &random)
      let text = (0..<count).map { _ in
        (pieces.randomElement(using: &random) ?? "") + (Bool.random(using: &random) ? " " : "")
      }.joined()
      #expect(strict.violation(original: text, rewritten: text) == nil, "\(text.debugDescription)")
    }
  }

  @Test func longAndHostileTextsAreFast() {
    let clock = ContinuousClock()
    for piece in [
      "{", "{{", "\"", "“a ", "'a ", "(a, ", "either ", "a, ", "a or ", "Options: ", "1.",
    ] {
      let text = String(repeating: piece, count: 10_000 / piece.count)
      let elapsed = clock.measure {
        #expect(check(text, text) == nil)
      }
      #expect(elapsed < .seconds(1), "\(piece)")
    }
  }
}

/// Real prompts of people; none where they are not there.
private let humanPrompts: [String] =
  ["evoprompt/cls_sst2_prompts.txt", "evoprompt/sum_sam_prompts.txt"].flatMap { name in
    (try? String(contentsOf: RealData.folder.appending(path: name), encoding: .utf8))?
      .split(separator: "\n").map(String.init) ?? []
  }

@Suite struct ProtectedSpanTests {
  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
  func anyRatioIsABound(ratio: Double) {
    for extra in [0, Int.max, Int.min] {
      let guards = Guards(maximumLengthRatio: ratio, extraCharacters: extra)
      _ = guards.violation(original: "Say it.", rewritten: "Say that.")
    }
    let broken = Guards(maximumLengthRatio: .nan, extraCharacters: 0)
    #expect(broken.violation(original: "a", rewritten: "b") == .tooLong(characters: 1, limit: 0))
  }

  @Test(.enabled(if: !humanPrompts.isEmpty, "no real data: set MAPO_DATA to their folder"))
  func promptsOfPeoplePassTheirOwnGuards() {
    for prompt in humanPrompts {
      #expect(guards.violation(original: prompt, rewritten: "Please: " + prompt) == nil)
    }
    let sentiment = humanPrompts.filter { $0.contains("positive or negative") }
    #expect(!sentiment.isEmpty)
    for prompt in sentiment {
      #expect(Set(ProtectedSpans(of: prompt).labels).isSuperset(of: ["positive", "negative"]))
    }
  }

  @Test(arguments: [
    ("Options: good, bad.", ["good", "bad"]),
    ("Options are: very good, not so bad.", ["very good", "not so bad"]),
    ("Labels: [a1x, b2x]", ["a1x", "b2x"]),
    ("labels = positive | negative", ["positive", "negative"]),
    ("({{x}}) (good / bad)", ["good", "bad"]),
    ("[joy, anger or fear]", ["joy", "anger", "fear"]),
    ("Either plus or minus for the text", ["plus", "minus"]),
    ("Choose from 'World', 'Sports' and 'Sci/Tech'.", ["World", "Sports", "Sci", "Tech"]),
    ("Pick one of the following options: red, green or blue.", ["red", "green", "blue"]),
    ("Choose between up and down for {{t}}", ["up", "down"]),
    ("Is it positive, neutral, or negative?", ["positive", "neutral", "negative"]),
    ("Categories:\n- travel\n- money\nText: {{t}}", ["travel", "money"]),
    ("Answer yes/no.", ["yes", "no"]),
    ("Say of the text, positive or negative.", ["positive", "negative"]),
    ("Is it about sports, food or travel today", ["sports", "food", "travel"]),
    ("Is it an objective or a subjective opinion", ["objective", "subjective"]),
    ("Pick one of five classes, from bad to good.", []),
    ("Class the news as \"World\", \"Tech\" or \"Food\".", ["World", "Tech", "Food"]),
    ("Themes: World, Tech, or Food, by content.", ["World", "Tech", "Food"]),
    ("It made no sense, or was wrong. Name the topic or theme of it.", []),
    ("Read and/or skip it. He/she may go to or from there.", []),
    ("For example (in a word, please), write a text.", []),
    ("Summarise the text, then stop.", []),
  ])
  func labels(text: String, expected: [String]) {
    #expect(ProtectedSpans(of: text).labels == expected)
  }

  @Test func placeholdersAreVerbatimAndCounted() {
    let spans = ProtectedSpans(of: "{{a}} {{ a }} {{{a}}} {{}} {{b\n}} {\"k\": {\"v\": 1}} {{a")
    #expect(spans.placeholders == ["{{a}}": 2, "{{ a }}": 1])
  }

  @Test func quotesAreNotApostrophes() {
    let spans = ProtectedSpans(
      of:
        "It's the dogs' 'own bowl', “my text”, «le mot», `x = 1`, \"{{text}}\", {{\"a\"}}, 5\" long"
    )
    #expect(spans.quotes == ["own bowl", "my text", "le mot", "x = 1"])
  }

  @Test func numbersAsWritten() {
    let spans = ProtectedSpans(of: "1. Use 1,000 or 3.5 of GPT-4, at 10:30.\n2) ٣ times, {{x9}}")
    #expect(spans.numbers == ["1,000", "3.5", "4", "10:30", "٣"])
  }
}
