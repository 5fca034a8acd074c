import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct BeamSearchTests {
  private struct Golden: Decodable {
    struct Result: Decodable {
      let tokens: [Int32]
      let endToken: Int32?
      let logProbability: Double
      let score: Double
    }
    struct Case: Decodable {
      let beams: Int
      let best: Int
      let newTokens: Int
      let lengthPenalty: Double
      let stopping: BeamStopping
      let ends: [Int32]
      let results: [[Result]]
    }
    let weightSeed: UInt64
    let prompts: [[Int32]]
    let cases: [Case]
  }

  private let model = Transformer(seeded: 11)

  /// Agreement with `generate` of transformers: see `Golden/beam-search.py`.
  @Test func continuationsAndScores() throws {
    let golden = try readGolden("beam-search", as: Golden.self)
    #expect(golden.weightSeed == 11)
    for expected in golden.cases {
      let requests = golden.prompts.map {
        BeamSearchRequest(
          prompt: $0, maximumNewTokens: expected.newTokens, beams: expected.beams,
          best: expected.best, lengthPenalty: expected.lengthPenalty, stopping: expected.stopping)
      }
      let found = model.beamSearch(requests, endTokens: expected.ends)
      for (results, reference) in zip(found, expected.results) {
        #expect(results.map(\.tokens) == reference.map(\.tokens))
        #expect(results.map(\.endToken) == reference.map(\.endToken))
        for (result, reference) in zip(results, reference) {
          #expect(abs(result.logProbability - reference.logProbability) < 1e-4)
          #expect(abs(result.score - reference.score) < 1e-4)
        }
      }
    }
  }

  /// Prompts with common beginnings, so that their keys and values are shared.
  private func requests(_ count: Int) -> [BeamSearchRequest] {
    var random = SeededGenerator(seed: 3)
    let beginning = randomTokens(30, using: &random)
    return (0..<count).map { index in
      BeamSearchRequest(
        prompt: Array(beginning.prefix(index % 4 * 10))
          + randomTokens(1 + index % 5, using: &random),
        maximumNewTokens: 3 + index % 11, beams: 1 + index % 6, best: 1 + index % 6,
        stopping: [.whenFull, .whenUnlikely, .whenImpossible][index % 3])
    }
  }

  @Test(arguments: [1, 6, 13, 200])
  func aSearchDoesNotDependOnItsNeighbours(slots: Int) {
    let requests = requests(25)
    let together = model.beamSearch(requests, endTokens: [31, 34], slots: slots)
    for (request, found) in zip(requests, together) {
      let alone = model.beamSearch([request], endTokens: [31, 34])[0]
      #expect(found.map(\.tokens) == alone.map(\.tokens))
      for (a, b) in zip(found, alone) { #expect(abs(a.score - b.score) < 1e-5) }
    }
  }

  @Test func logProbabilitiesAreThoseOfScoring() {
    let requests = requests(25)
    let found = model.beamSearch(requests, endTokens: [31, 34], slots: 12)
    let scored = model.score(
      zip(requests, found).map { request, results in
        ScoringRequest(
          prompt: request.prompt,
          answers: results.map { $0.tokens + ($0.endToken.map { [$0] } ?? []) })
      })
    for (results, likelihoods) in zip(found, scored) {
      for (result, likelihood) in zip(results, likelihoods) {
        #expect(abs(result.logProbability - likelihood.logLikelihood) < 1e-4)
      }
      #expect(results.map(\.score) == results.map(\.score).sorted(by: >))
    }
  }

  @Test func oneBeamIsGreedy() {
    let prompts = requests(12).map(\.prompt)
    let greedy = model.generate(
      prompts.map { GenerationRequest(prompt: $0, maximumNewTokens: 20) }, endToken: 31)
    let found = model.beamSearch(
      prompts.map {
        BeamSearchRequest(prompt: $0, maximumNewTokens: 20, beams: 1, stopping: .whenFull)
      }, endTokens: [31])
    #expect(found.map { $0[0].tokens } == greedy.map(\.tokens))
  }

  @Test func samplesAreRankedByTheirLogProbability() {
    let requests = requests(6).enumerated().map { index, request in
      GenerationRequest(
        prompt: request.prompt, maximumNewTokens: 3, temperature: 0.7, seed: UInt64(index))
    }
    let found = model.bestSamples(requests, count: 20, endTokens: [31])
    for (request, samples) in zip(requests, found) {
      #expect((2...20).contains(samples.count))
      #expect(Set(samples.map(\.tokens)).count == samples.count)
      #expect(samples.map(\.score) == samples.map(\.score).sorted(by: >))
      #expect(
        samples.map(\.tokens).contains(model.generate([request], endToken: 31)[0].tokens))
    }
  }

  @Test func nothingIsAskedForNothing() {
    #expect(model.beamSearch([], endTokens: [0]).isEmpty)
    #expect(model.bestSamples([], count: 3, endTokens: [0]).isEmpty)
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      let request = BeamSearchRequest(prompt: [1], maximumNewTokens: 4, beams: 2, best: 3)
      _ = Transformer(.tiny()).beamSearch([request], endTokens: [0])
    }
    await #expect(processExitsWith: .failure) {
      let request = BeamSearchRequest(prompt: [1], maximumNewTokens: 160)
      _ = Transformer(.tiny()).beamSearch([request], endTokens: [0])
    }
  }
}
