import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct AnswerScoringTests {
  private let model = Transformer(seeded: 11)

  /// Σ log p by the packed forward pass that training uses.
  private func plain(_ request: ScoringRequest) -> [Double] {
    request.answers.map { answer in
      let batch = PackedBatch([request.prompt + answer])
      let responses = ResponseTokens(batch, promptCounts: [request.prompt.count])
      let values = withoutGradient { model.logProbs(batch, of: responses).values }
      return stride(from: 0, to: values.count, by: 2).reduce(0) { $0 + Double(values[$1]) }
    }
  }

  private func score(
    _ requests: [ScoringRequest], slots: Int
  ) -> (results: [[AnswerLikelihood]], computed: Int) {
    var batch = ScoringBatch(model, requests, slots: slots)
    while batch.hasWork { batch.advance() }
    return (batch.results, batch.computedTokens)
  }

  @Test(arguments: [1, 3, 16, 128])
  func scoresAreThoseOfTheForwardPass(slots: Int) {
    var random = SeededGenerator(seed: 41)
    let beginning = randomTokens(20, using: &random)
    let requests = (0..<15).map { index in
      let prompt = beginning.prefix(index * 2) + randomTokens(1 + index % 4, using: &random)
      return ScoringRequest(
        prompt: Array(prompt),
        answers: (0..<index % 5).map { randomTokens($0 * 2 % 7, using: &random) })
    }
    let found = model.score(requests, slots: slots)
    #expect(found.count == requests.count)
    for (request, result) in zip(requests, found) {
      #expect(result.map(\.tokenCount) == request.answers.map(\.count))
      expectClose(result.map { Float($0.logLikelihood) }, to: plain(request), within: 1e-5)
    }
  }

  /// 30 prompts of which the first 50 tokens are the same, three answers to each.
  @Test(arguments: [1, 8, 128])
  func whatIsSharedIsComputedOnce(slots: Int) {
    var random = SeededGenerator(seed: 42)
    let beginning = randomTokens(50, using: &random)
    let requests = (0..<30).map { index in
      ScoringRequest(
        prompt: beginning + [Int32(index)] + randomTokens(4, using: &random),
        answers: [1, 2, 4].map { randomTokens($0, using: &random) })
    }
    // Each answer computes the prompt's last token and its own tokens but the last.
    #expect(score(requests, slots: slots).computed == 50 + 30 * (4 + 1 + 2 + 4))
  }

  @Test func nothingToScore() {
    #expect(model.score([]).isEmpty)
    let requests = [[], [[]]].map { ScoringRequest(prompt: [1, 2], answers: $0) }
    let found = model.score(requests)
    #expect(found.map(\.count) == [0, 1])
    #expect(found[1][0].logLikelihood == 0 && found[1][0].tokenCount == 0)
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      let request = ScoringRequest(prompt: [1], answers: [[1]])
      _ = Transformer(.tiny(), head: .scalar).score([request])
    }
    await #expect(processExitsWith: .failure) {
      let request = ScoringRequest(
        prompt: [1, 2], answers: [[1], [Int32](repeating: 1, count: 159)])
      _ = Transformer(.tiny()).score([request])
    }
    await #expect(processExitsWith: .failure) {
      _ = Transformer(.tiny()).score([ScoringRequest(prompt: [], answers: [[1]])])
    }
  }
}
