import TargetModels
import Testing

@Suite struct TargetModelErrorTests {
  @Test(arguments: [
    (
      TargetModelError.labelsNotScored, "the server does not score labels; only embedded targets do"
    ),
    (.timedOut(seconds: 2.5), "the server gave no whole answer within 2.5 s"),
    (
      .connectionFailed(reason: "connection reset"),
      "the server cannot be reached: connection reset"
    ),
    (.rateLimited, "the server's rate limit was met on each attempt"),
    (.serverError(status: 503), "the server failed with status 503"),
    (
      .malformedAnswer(reason: "it has no choices"),
      "the server's answer is not usable: it has no choices"
    ),
    (.refused(status: 400, reason: "no"), "the server refused the request with status 400: no"),
    (.refused(status: 404, reason: ""), "the server refused the request with status 404"),
    (.budgetMet(reason: "10 calls"), "the budget is met: 10 calls"),
    (.cancelled, "the request was cancelled"),
  ])
  func eachErrorIsASentence(error: TargetModelError, words: String) {
    #expect(error.description == words)
  }
}
