import PromptSearch
import Testing

@Suite struct CandidateFilterTests {
  private let wide = CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: 1000)

  private func filter(
    _ original: String, required: [String] = [], limits: CandidateLimits? = nil
  ) -> CandidateFilter {
    CandidateFilter(
      original: original, required: required, limits: limits ?? wide, heldOut: HeldOutTexts())
  }

  @Test func everyReasonIsCounted() {
    var filter = CandidateFilter(
      original: "Is {{text}} good or bad?", required: ["good", "bad"],
      limits: CandidateLimits(
        minimumLengthRatio: 0.9, maximumLengthRatio: 2, nearDuplicateThreshold: 0.8),
      heldOut: HeldOutTexts(wordings: ["Result:"]) { $0.hasPrefix("Secret") },
      earlier: ["Say whether {{text}} is good or bad!"])
    #expect(filter.accept(" Say of {{text}}: good or bad?\n") == "Say of {{text}}: good or bad?")
    #expect(filter.accept("Say of {{text}}: good or bad?") == nil)
    #expect(filter.accept("Is {{text}}\nGood or bad?") == nil)
    #expect(filter.accept("say whether {{text}} is good or bad!") == nil)
    #expect(filter.accept("Is this text good or bad?") == nil)
    #expect(filter.accept("Is {{text}} {{text}} good or bad?") == nil)
    #expect(filter.accept("Is {text} good or bad, please?") == nil)
    #expect(filter.accept("{{text}}: good, bad?") == nil)
    #expect(filter.accept("Is {{text}} good or bad?" + String(repeating: "!", count: 30)) == nil)
    #expect(filter.accept("Is {{text}} goodish or bad?") == nil)
    #expect(filter.accept("{{text}}, good or bad? RESULT:") == nil)
    #expect(filter.accept("Secret: {{text}} good or bad?") == nil)
    #expect(filter.accept("Say of {{text}}: good - or bad...") == nil)
    #expect(
      filter.rejections == [
        .duplicate: 3, .placeholders: 3, .tooShort: 1, .tooLong: 1, .requiredWord: 1,
        .heldOutWording: 1, .nearHeldOut: 1, .nearDuplicate: 1,
      ])
  }

  @Test(arguments: [
    ("Judge it: {{text}}", "Judge it: {{text}}"),
    ("\r\n Judge it:  \r\n{{text}}\t\r\n\r\n", "Judge it:\n{{text}}"),
    ("\"Judge it: {{text}}\"", "Judge it: {{text}}"),
    ("“Judge ‘it’: {{text}}”", "Judge ‘it’: {{text}}"),
    ("**Judge it: {{text}}**", "Judge it: {{text}}"),
    ("\"Judge\" {{text}} as \"it\"", "\"Judge\" {{text}} as \"it\""),
    ("```text\nJudge it:\n{{text}}\n```", "Judge it:\n{{text}}"),
    ("Rewritten prompt: Judge it: {{text}}", "Judge it: {{text}}"),
    (
      "Here's a revised version of the prompt:\n\n```\n\"Judge it: {{text}}\"\n```",
      "Judge it: {{text}}"
    ),
    ("**Variant 3:** Judge it: {{text}}", "Judge it: {{text}}"),
    ("Sure! Here is the prompt: Judge it: {{text}}", "Judge it: {{text}}"),
    ("Here is the text: {{text}}", "Here is the text: {{text}}"),
    ("Prompt: {{text}}", "Prompt: {{text}}"), ("Text 1: {{text}}", "Text 1: {{text}}"),
    ("Judge the rewritten sentence: {{text}}", "Judge the rewritten sentence: {{text}}"),
    ("Cafe\u{301}: {{text}}", "Caf\u{e9}: {{text}}"),
  ])
  func theFormOfCandidates(written: String, expected: String) throws {
    var filter = filter("Assess {{text}}")
    let accepted = filter.accept(written)
    let text = try #require(accepted)
    #expect(Array(text.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(arguments: [
    ("\"Assess {{text}}\"", "\"Judge {{text}}\""),
    ("```\n{{text}}\n```", "```\nJudge {{text}}\n```"),
    ("Rewritten text: {{text}}", "Rewritten text: Judge {{text}}"),
  ])
  func whatTheOriginalHasIsNotTakenOff(original: String, candidate: String) {
    var filter = filter(original)
    #expect(filter.accept(candidate) == candidate)
  }

  @Test func requiredWordsWithoutLetters() {
    var filter = filter("{{text}}: + or -?", required: ["+", "-"])
    #expect(filter.accept("Say + or - of {{text}}") != nil)
    #expect(filter.accept("Say + of {{text}}") == nil)
  }

  @Test(arguments: ["", " \n", "\"\"", "``````", "**", ":", "```", "\u{0}", "{{", "Sure:", "''''"])
  func textsOfNothingDoNotStopIt(text: String) {
    var filter = filter("Assess {{text}}")
    #expect(filter.accept(text) == nil)
  }

  @Test func withoutPlaceholdersAnEmptyTextIsTooShort() {
    var filter = filter("Assess it.")
    let accepted = filter.accept(" ")
    #expect(accepted == nil)
    #expect(filter.rejections == [.tooShort: 1])
  }

  @Test(
    arguments: [
      (-1, 2, nil, "minimumLengthRatio is -1.0, outside 0...1000"),
      (0, .nan, nil, "maximumLengthRatio is nan, outside 0...1000"),
      (3, 2, nil, "minimumLengthRatio is 3.0, above maximumLengthRatio"),
      (0, 2, 0, "nearDuplicateThreshold is 0.0, not above 0 and up to 1"), (0, 2, 0.9, nil),
    ] as [(Double, Double, Double?, String?)])
  func limits(minimum: Double, maximum: Double, threshold: Double?, problem: String?) {
    #expect(
      CandidateLimits(
        minimumLengthRatio: minimum, maximumLengthRatio: maximum, nearDuplicateThreshold: threshold
      ).problem == problem)
  }
}
