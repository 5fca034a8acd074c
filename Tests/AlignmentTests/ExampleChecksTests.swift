import Alignment
import Testing

/// Each kind of damage to a good sample is found, and only that.
@Suite struct ExampleChecksTests {
  private let checks = ExampleChecks(
    endToken: 1, paddingToken: 0, vocabularySize: 32, maximumLength: 12)
  private let good = SequenceExample(prompt: [3, 4], response: [5, 6, 7, 1])
  private let ranking = RankingExample(
    prompt: [3, 4], candidates: [[5, 1], [6, 7, 1], [8, 1]], scores: [0.5, 0, 0.25])

  @Test func goodSamplesPass() {
    #expect(checks.problem(of: good) == nil)
    #expect(checks.problem(of: good, allowingPlainText: true) == nil)
    #expect(checks.problem(of: ranking) == nil)
    var masked = good
    masked.isTarget = [false, true, false, true]
    #expect(checks.problem(of: masked) == nil)
    let longest = SequenceExample(prompt: [3, 4], response: [Int32](repeating: 31, count: 9) + [1])
    #expect(checks.problem(of: longest) == nil)
    let shortest = SequenceExample(prompt: [3], response: [1])
    #expect(checks.problem(of: shortest) == nil)
  }

  @Test(
    arguments: [
      ([], [5, 1], nil, ExampleProblem.emptyPrompt),
      ([3], [], nil, .emptyResponse),
      ([3], [5, 1], [false, false], .nothingLearned),
      ([3], [5, 1], [true], .maskCount(1, tokens: 2)),
      ([3], [5, 6, 7, 8, 9, 3, 3, 3, 3, 3, 3, 1], nil, .tooLong(13, limit: 12)),
      ([3], [32, 1], nil, .unknownToken(32, position: 1, vocabularySize: 32)),
      ([-1], [5, 1], nil, .unknownToken(-1, position: 0, vocabularySize: 32)),
      ([3, 0], [5, 1], nil, .padding(position: 1)),
      ([3], [5, 1, 0], nil, .padding(position: 3)),
      ([3], [5, 1, 1], nil, .learnedAfterEnd(position: 2)),
      ([3, 4], [5, 1, 6, 1], nil, .learnedAfterEnd(position: 3)),
      ([3], [5, 6], nil, .missingEnd),
      ([3, 1], [5], nil, .missingEnd),
      ([3], [5, 6, 1], [true, true, false], .endNotLearned),
    ] as [([Int32], [Int32], [Bool]?, ExampleProblem)])
  func damage(prompt: [Int32], response: [Int32], mask: [Bool]?, problem: ExampleProblem) {
    var example = SequenceExample(prompt: prompt, response: response)
    example.isTarget = mask
    #expect(checks.problem(of: example) == problem)
    guard mask == nil else { return }
    let ranking = RankingExample(
      prompt: prompt, candidates: [response, [5, 1]], scores: [1, 0])
    #expect(checks.problem(of: ranking) == .candidate(0, problem))
  }

  /// A text to be modelled as it stands has a prompt of one token, and may stop anywhere.
  @Test func plainText() {
    let text = SequenceExample(prompt: [3], response: [5, 6, 2])
    #expect(checks.problem(of: text, allowingPlainText: true) == nil)
    #expect(checks.problem(of: text) == .missingEnd)
    let pair = SequenceExample(prompt: [3, 4], response: [5, 6, 2])
    #expect(checks.problem(of: pair, allowingPlainText: true) == .missingEnd)
    let padded = SequenceExample(prompt: [3], response: [5, 0])
    #expect(checks.problem(of: padded, allowingPlainText: true) == .padding(position: 2))
  }

  /// Several questions about one text: what follows an end is the next question, unlearned.
  @Test func anEndBeforeAnUnlearnedQuestion() {
    let turns = SequenceExample(
      prompt: [3], response: [5, 1, 9, 6, 1], isTarget: [true, true, false, true, true])
    #expect(checks.problem(of: turns) == nil)
  }

  @Test func paddingThatIsTheEnd() {
    var same = checks
    same.paddingToken = same.endToken
    #expect(same.problem(of: good) == .paddingIsEnd(1))
    #expect(same.problem(of: ranking) == .candidate(0, .paddingIsEnd(1)))
    var unpadded = checks
    unpadded.paddingToken = nil
    #expect(unpadded.problem(of: SequenceExample(prompt: [3, 0], response: [5, 1])) == nil)
  }

  @Test func damagedRankings() {
    var short = ranking
    (short.candidates, short.scores) = ([[5, 1]], [1])
    #expect(checks.problem(of: short) == .tooFewCandidates(1))
    var uneven = ranking
    uneven.scores.removeLast()
    #expect(checks.problem(of: uneven) == .scoreCount(2, candidates: 3))
    for value in [Float.nan, .infinity] {
      var infinite = ranking
      infinite.scores[2] = value
      #expect(checks.problem(of: infinite) == .candidate(2, .scoreNotFinite))
    }
  }

  @Test func ties() {
    #expect(!ranking.isTied() && !ranking.isTied(minimumGap: 0.4))
    #expect(ranking.isTied(minimumGap: 0.5), "a gap of the minimum is a tie")
    #expect(RankingExample(prompt: [3], candidates: [[1], [1]], scores: [2, 2]).isTied())
    #expect(RankingExample(prompt: [3], candidates: [], scores: []).isTied())
  }

  @Test func words() {
    #expect(
      "\(ExampleProblem.candidate(2, .padding(position: 4)))"
        == "candidate 2: there is a padding token at position 4")
    #expect("\(ExampleProblem.missingEnd)" == "the response does not end with the end token")
    #expect("\(ExampleProblem.nothingLearned)" == "no token is learned: the mask is all 0")
    #expect("\(ExampleProblem.emptyPrompt)" == "the prompt is empty: the mask is all 1")
    #expect("\(ExampleProblem.paddingIsEnd(1))" == "padding and end are the same token, 1")
  }
}
