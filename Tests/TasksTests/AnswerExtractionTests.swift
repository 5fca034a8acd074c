import Foundation
import Tasks
import Testing

@Suite struct AnswerExtractionTests {
  private let grades = LabelWords(["positive", "negative", "very positive"])

  @Test(arguments: [
    ("Positive.", ["positive"]), ("**NEGATIVE**", ["negative"]), ("", []), ("none", []),
    ("Label:\npositive", ["positive"]), ("positively good", []), ("nonpositive", []),
    ("It is very positive, not negative", ["very positive", "negative"]),
    ("very, very positive", ["very positive"]), ("Very\u{a0}Positive!", ["very positive"]),
    ("not positive", ["positive"]), ("positive positive", ["positive", "positive"]),
    ("<answer>negative</answer>", ["negative"]), ("POSITIVE/NEGATIVE", ["positive", "negative"]),
    ("éclat: Pos\u{301}itive", []),
  ])
  func mentions(text: String, expected: [String]) {
    #expect(grades.mentions(in: text) == expected)
  }

  @Test func labelsOfSeveralWordsNeedAllOfThem() {
    let labels = LabelWords(["not_entailment", "entailment", "Sci/Tech", "No", "World  news"])
    #expect(labels.mentions(in: "That is Not  Entailment") == ["not_entailment"])
    #expect(labels.mentions(in: "entailment, not") == ["entailment"])
    #expect(labels.mentions(in: "sci tech; world\nnews; world") == ["Sci/Tech", "World  news"])
    #expect(labels.mentions(in: "No. None, nothing, know") == ["No"])
    #expect(LabelWords(["été"]).mentions(in: "E\u{301}TE\u{301}!") == ["été"])
  }

  @Test func labelsThatCannotBeToldApartAreNamed() {
    #expect(grades.problem == nil)
    #expect(
      LabelWords(["C", "C++"]).problem
        == "labels 'C' and 'C++' are the same words, and a mention means either")
    #expect(
      LabelWords([":)", ":("]).problem
        == "label ':)' has no letter or digit to be mentioned by")
  }

  @Test(
    arguments: [
      (AnswerExtraction.whole, "Positive.", "positive"),
      (.whole, "It is positive.", nil), (.whole, "", nil),
      (.firstMention, "Negative? No, very positive.", "negative"),
      (.lastMention, "Negative? No, very positive.", "very positive"),
      (.firstMention, "I cannot say.", nil), (.lastMention, "", nil),
    ] as [(AnswerExtraction, String, String?)])
  func oneOfTheLabels(extraction: AnswerExtraction, text: String, expected: String?) {
    #expect(extraction.answer(in: text, labels: grades) == expected)
  }

  @Test func aPatternsGroupHoldsTheAnswer() throws {
    let first = AnswerExtraction.firstMatch(try AnswerPattern(#"(?i)answer:\s*([\w ]+)"#))
    #expect(first.answer(in: "Answer: Very Positive\nok", labels: grades) == "very positive")
    #expect(first.answer(in: "answer: good", labels: grades) == nil)
    #expect(first.answer(in: "answer: good", labels: nil) == "good")
    #expect(first.answer(in: "positive", labels: grades) == nil)
    let number = AnswerExtraction.lastMatch(try AnswerPattern(#"(-?\d[\d,]*(?:\.\d+)?)"#))
    #expect(number.answer(in: "3 and 4 make 7; so −, -1,234.5 €.", labels: nil) == "-1,234.5")
    let marked = AnswerExtraction.lastMatch(try AnswerPattern(#"####\s*(\S+)"#))
    #expect(marked.answer(in: "#### 3\n🙂 so\n#### 18", labels: nil) == "18")
    let either = AnswerExtraction.lastMatch(try AnswerPattern(#"so (\d+)|maybe"#))
    #expect(either.answer(in: "so 3, maybe", labels: nil) == "3")
  }

  @Test func aPatternHasOneGroup() {
    #expect(throws: AnswerPattern.Problem.syntax) { try AnswerPattern("(a") }
    #expect(throws: AnswerPattern.Problem.groups(0)) { try AnswerPattern("a") }
    #expect(throws: AnswerPattern.Problem.groups(2)) { try AnswerPattern("(a)(b)") }
  }

  @Test func aPatternThatNeverEndsIsStopped() throws {
    let slow = AnswerExtraction.firstMatch(try AnswerPattern("^((?:a+)+)$"))
    #expect(slow.answer(in: String(repeating: "a", count: 60) + "b", labels: nil) == nil)
    let long = AnswerExtraction.lastMatch(try AnswerPattern(#"(\d+)"#))
    let text = "1 " + String(repeating: "word ", count: 100_000) + "2"
    #expect(long.answer(in: text, labels: nil) == "2")
  }

  @Test(arguments: [#""whole""#, #""firstMention""#, #""lastMention""#, #"{"firstMatch":"(a)"}"#])
  func aFileAndBack(text: String) throws {
    let extraction = try JSONDecoder().decode(AnswerExtraction.self, from: Data(text.utf8))
    #expect(String(decoding: try JSONEncoder().encode(extraction), as: UTF8.self) == text)
  }

  @Test(arguments: [
    (#""lastWord""#, "not one of whole, firstMention, lastMention, {firstMatch: PATTERN}"),
    (#"{"lastMatch": "(a"}"#, "is not a regular expression"),
    (#"{"middleMatch": "(a)"}"#, "not one of whole"), ("{}", "not one of whole"),
    (#"{"lastMatch": "a"}"#, "has 0 groups, not one for the answer"),
    (#"{"lastMatch": "(a)", "firstMatch": "(b)"}"#, "not one of whole"),
  ])
  func refusals(text: String, reason: String) {
    #expect {
      try JSONDecoder().decode(AnswerExtraction.self, from: Data(text.utf8))
    } throws: { error in
      guard case DecodingError.dataCorrupted(let context) = error else { return false }
      return context.debugDescription.hasPrefix(reason)
    }
  }
}

@Suite struct AnswerGraderTests {
  private func task(
    _ extraction: AnswerExtraction, kind: TaskKind = .classification,
    metric: Metric = .accuracy, labels: [String] = ["0", "1"], words: [String: String] = [:]
  ) -> PromptTask {
    PromptTask(
      name: "t", kind: kind, metric: metric, extraction: extraction, labels: labels,
      description: "", inputField: "text",
      examples: [
        Example(
          id: "1", split: .train, fields: ["text": "x"],
          answers: ["reference": [labels.last ?? "the sea"], "other": ["blue"]])
      ],
      prompts: [
        Prompt(text: "a", family: "f", style: "s", labels: words),
        Prompt(text: "b", family: "f", style: "s", answer: "other"),
      ])
  }

  private func grade(_ text: String, _ task: PromptTask, prompt: Int = 0) -> Grade {
    task.grade(text, prompt: task.prompts[prompt], example: task.examples[0])
  }

  @Test func theWholeTextIsComparedUnlessTheTaskSaysOtherwise() {
    let words = ["0": "bad", "1": "good"]
    let whole = task(.whole, words: words)
    #expect(grade("Good!", whole) == Grade(score: 1, extracted: "good"))
    #expect(grade("bad", whole) == Grade(score: 0, extracted: "bad"))
    #expect(grade("It is good.", whole) == Grade(score: 0, extracted: nil))
    #expect(!grade("1", whole).isAnswered)
    let last = task(.lastMention, words: words)
    #expect(grade("Not bad, it is good.", last) == Grade(score: 1, extracted: "good"))
    #expect(grade("Nothing.", last) == Grade(score: 0, extracted: nil))
  }

  @Test func answersThatAreNoLabelsAreComparedAsTheyAre() throws {
    #expect(
      grade("Blue.", task(.firstMention), prompt: 1) == Grade(score: 1, extracted: "Blue."))
    let question = task(.whole, kind: .qa, metric: .f1, labels: [])
    #expect(grade("a sea", question) == Grade(score: 1, extracted: "a sea"))
    #expect(grade("", question).isAnswered)
    let marked = task(
      .lastMatch(try AnswerPattern("#(.*)")), kind: .qa, metric: .exactMatch, labels: [])
    #expect(grade("so #the sea", marked) == Grade(score: 1, extracted: "the sea"))
    #expect(grade("the sea", marked) == Grade(score: 0, extracted: nil))
  }

  @Test func otherMetricsSeeTheWholeTextOfAClassification() {
    let partial = task(.whole, metric: .f1, words: ["0": "bad", "1": "good"])
    #expect(grade("good one", partial).score == 2.0 / 3)
    let mention = task(.firstMention, metric: .f1, words: ["0": "bad", "1": "good"])
    #expect(grade("good one", mention) == Grade(score: 1, extracted: "good"))
  }

  @Test func validationNamesLabelsThatMentionsCannotTell() {
    #expect {
      try task(.lastMention, words: ["0": "C", "1": "C++"]).validate()
    } throws: {
      "\($0)"
        == "prompts.jsonl line 1: labels 'C' and 'C++' are the same words, and a mention means either"
    }
    #expect {
      try task(.lastMention, kind: .qa, labels: []).validate()
    } throws: {
      "\($0)".hasPrefix("task.yaml: 'extraction' looks for label words, and a task of kind qa")
    }
    #expect(throws: Never.self) {
      try task(.lastMention, words: ["0": "bad", "1": "good"]).validate()
    }
  }
}
