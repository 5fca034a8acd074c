import PromptSearch
import Testing

@Suite struct ScoreMeterTests {
  private struct Request: Equatable, Sendable {
    let prompts: [String]
    let examples: [Int]
  }

  private let script = SearchScript(
    scores: ["a": right(4), "b": right(6), "c": [1, nil, nil, nil, nil, nil, nil, 0, 0, 0]],
    texts: [])

  @Test func asksForNothingTwice() async throws {
    let asked = Record<Request>()
    let problem = script.problem { asked.add(Request(prompts: $0, examples: $1)) }
    let meter = ScoreMeter(problem, limit: nil)
    #expect(try await meter.scores(of: ["a"], on: [5, 3]) == [[0, 1]])
    #expect(
      try await meter.scores(of: ["a", "a", "b"], on: [0, 3, 5]) == [
        [1, 1, 0], [1, 1, 0], [1, 1, 1],
      ])
    #expect(try await meter.scores(of: ["b", "a"], on: [3]) == [[1], [1]])
    #expect(
      asked.values == [
        Request(prompts: ["a"], examples: [5, 3]), Request(prompts: ["a"], examples: [0]),
        Request(prompts: ["b"], examples: [0, 3, 5]),
      ])
    #expect(await meter.calls == 6)
  }

  @Test func tellsHowManyNewPromptsItPays() async throws {
    let meter = ScoreMeter(script.problem, limit: 35)
    #expect(await meter.payablePrompts(2) == 2)
    #expect(await meter.payablePrompts(9) == 3)
    _ = try await meter.scores(of: ["a"], on: Array(0..<6))
    #expect(await meter.payablePrompts(9) == 2)
    #expect(await ScoreMeter(script.problem, limit: nil).payablePrompts(9) == 9)
  }

  @Test func asksForPromptsThatLackTheSameExamplesTogether() async throws {
    let asked = Record<Request>()
    let problem = script.problem { asked.add(Request(prompts: $0, examples: $1)) }
    let meter = ScoreMeter(problem, limit: nil)
    _ = try await meter.scores(of: ["a", "b", "c"], on: problem.validation)
    #expect(asked.values == [Request(prompts: ["a", "b", "c"], examples: problem.validation)])
  }

  @Test func failedCallsCountButAreNoScores() async throws {
    let meter = ScoreMeter(script.problem, limit: nil)
    #expect(try await meter.scores(of: ["c"], on: [0, 1, 7]) == [[1, nil, 0]])
    #expect(try await meter.scores(of: ["c"], on: [1]) == [[nil]])
    #expect(await meter.calls == 3)
  }

  @Test func listsPromptsThatWereScoredOnEverything() async throws {
    let problem = script.problem
    let meter = ScoreMeter(problem, limit: nil)
    _ = try await meter.scores(of: ["b", "c"], on: [9, 8])
    _ = try await meter.scores(of: ["a"], on: problem.validation)
    #expect(await meter.scored == [ScoredPrompt(text: "a", score: 0.4)])
    _ = try await meter.scores(of: ["c", "b"], on: problem.validation)
    // Most of c's calls failed.
    #expect(
      await meter.scored == [
        ScoredPrompt(text: "a", score: 0.4), ScoredPrompt(text: "b", score: 0.6),
      ])
  }

  @Test func limitHoldsToTheCall() async throws {
    let asked = Record<Request>()
    let problem = script.problem { asked.add(Request(prompts: $0, examples: $1)) }
    let meter = ScoreMeter(problem, limit: 13)
    _ = try await meter.scores(of: ["a"], on: problem.validation)
    #expect(try await meter.scores(of: ["b"], on: [0, 1, 2, 3]) == nil)
    #expect(asked.values.count == 1)
    #expect(try await meter.scores(of: ["b"], on: [0, 1, 2]) == [[1, 1, 1]])
    #expect(await meter.calls == 13)
    #expect(await !meter.pays(for: 1))
    #expect(try await meter.scores(of: ["a", "b"], on: [0, 2]) == [[1, 1], [1, 1]])
  }

  @Test func saysHowManyPromptsAreStillPaidFor() async throws {
    let problem = script.problem
    let meter = ScoreMeter(problem, limit: 25)
    #expect(await meter.payable(["a", "a", "b", "c"], on: problem.validation) == 3)
    #expect(await meter.payable(["a", "b", "c"], on: [0]) == 3)
    _ = try await meter.scores(of: ["c"], on: [0, 1, 2, 3, 4])
    #expect(await meter.payable(["c", "a", "b"], on: problem.validation) == 2)
    #expect(await ScoreMeter(problem, limit: nil).payable(["a", "b"], on: [0]) == 2)
  }

  @Test func countsNothingWhereAnEvaluationFails() async throws {
    struct Unreachable: Error {}
    let asked = Record<Int>()
    let problem = script.problem { _, _ in
      asked.add(1)
      if asked.values.count == 1 { throw Unreachable() }
    }
    let meter = ScoreMeter(problem, limit: 10)
    await #expect(throws: Unreachable.self) { try await meter.scores(of: ["a"], on: [0]) }
    #expect(await meter.calls == 0)
    #expect(try await meter.scores(of: ["a"], on: problem.validation) == [right(4)])
  }

  @Test func comparesOnlyWhatBothHave() {
    #expect(meanScore([1, nil, 0, 1]).map { abs($0 - 2.0 / 3) < 1e-12 } == true)
    #expect(meanScore([1, nil]) == 1)
    #expect(meanScore([1, nil, nil]) == nil)
    #expect(meanScore([]) == nil)
    #expect(meanGain([1, 1, nil, 1], over: [0, 1, 1, nil]) == 0.5)
    #expect(meanGain([1, nil, nil, 1], over: [1, 1, 1, nil]) == nil)
  }
}
