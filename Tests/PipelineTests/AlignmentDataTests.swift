import FeedbackStore
import LanguageModels
import Pipeline
import Rewriting
import Testing
import Tokenizers

@Suite struct AlignmentDataTests {
  private let format: RewriterFormat
  private let data: AlignmentData

  init() throws {
    let tokenizer = Tokenizer.train(
      on: ["Judge the text. Is it good?"], vocabularySize: 280, specialTokens: SpecialToken.all)
    format = try #require(RewriterFormat(tokenizer))
    data = AlignmentData(format: format, maximumLength: 160)
  }

  private let long = String(repeating: "Judge this. ", count: 20)

  private func pair(_ original: String, _ chosen: String, freshGain: Double) -> PromptPair {
    PromptPair(
      task: "t", kind: "classification", role: .train, family: "f", content: "c",
      originalText: original, chosenText: chosen,
      optimum: Optimum(
        originalID: 1, chosenID: 2, searchGain: 0.5, freshGain: freshGain, freshStandardError: 0.1,
        freshCount: 4))
  }

  private func ranking(_ original: String, _ texts: [String]) -> PromptRanking {
    PromptRanking(
      task: "t", kind: "qa", role: .train, family: "f", content: "c", originalID: 1,
      originalText: original,
      candidates: texts.enumerated().map { index, text in
        RankedPrompt(
          promptID: Int64(index), text: text, origin: "rules", mean: 1 - Double(index) / 8,
          count: 4, variance: nil, gain: -Double(index) / 8, gainStandardError: nil, sharedCount: 4)
      })
  }

  @Test func aPairBecomesAPromptAndItsRewrite() {
    let examples = data.supervisedExamples([pair("Good?", "Is it good?", freshGain: 0.2)])
    #expect(examples.count == 1)
    #expect(examples.first?.prompt == format.prompt("Good?", kind: .classification))
    #expect(examples.first?.response == format.response("Is it good?"))
  }

  @Test func aGainThatIsNotBelievedLeavesTheOriginal() {
    let pairs = [-0.1, 0.05, 0.1, 0.3].map { pair("Good?", "Is it good?", freshGain: $0) }
    let chosen = pairs.map { $0.believed(minimumFreshGain: 0.1).chosenText }
    #expect(chosen == ["Good?", "Good?", "Is it good?", "Is it good?"])
  }

  @Test func whatIsTooLongIsLeftOut() {
    let pairs = [
      pair(long, "Good?", freshGain: 1), pair("Good?", long, freshGain: 1),
      pair("Good?", "Is it good?", freshGain: 1),
    ]
    let examples = data.supervisedExamples(pairs)
    #expect(examples.map(\.response) == [format.response("Is it good?")])
    let rankings = data.rankingExamples([
      ranking("A?", ["A?", long, "B?"]), ranking(long, ["A?", "B?"]), ranking("A?", ["A?", long]),
    ])
    #expect(rankings.map(\.candidates) == [["A?", "B?"].map(format.response)])
    #expect(rankings.map(\.scores) == [[0, -0.25]])
  }

  @Test func rankingsKeepTextsAndScoresTogether() {
    let texts = ["A?", "B?", "C?", "D?", "E?", "F?", "G?"]
    let all = data.rankingExamples([ranking("C?", texts)])
    #expect(all.first?.prompt == format.prompt("C?", kind: .qa))
    #expect(all.first?.candidates == texts.map(format.response))
    #expect(all.first?.scores == [0, -0.125, -0.25, -0.375, -0.5, -0.625, -0.75])
  }

  @Test(arguments: [
    (2, ["A?", "G?"]), (3, ["A?", "D?", "G?"]), (4, ["A?", "C?", "E?", "G?"]),
    (7, ["A?", "B?", "C?", "D?", "E?", "F?", "G?"]),
    (9, ["A?", "B?", "C?", "D?", "E?", "F?", "G?"]),
  ])
  func candidatesAreSpreadFromBestToWorst(count: Int, expected: [String]) {
    let texts = ["A?", "B?", "C?", "D?", "E?", "F?", "G?"]
    let examples = data.rankingExamples([ranking("C?", texts)], candidates: count)
    #expect(examples.first?.candidates == expected.map(format.response))
  }

  @Test func oneCandidateIsNoRanking() {
    #expect(data.rankingExamples([ranking("A?", ["A?"])]).isEmpty)
    #expect(data.rankingExamples([ranking("A?", ["A?", "B?"])], candidates: 1).isEmpty)
  }
}
