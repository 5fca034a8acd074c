import LanguageModels
import Tensors
import TestSupport
import Testing

/// Beginnings that prompts share are computed once, and nothing else changes.
@Suite struct GenerationSharingTests {
  private let model = Transformer(seeded: 11)
  private let endToken: Int32 = 0

  private func run(
    _ requests: [GenerationRequest], slots: Int
  ) -> (results: [GenerationResult], computed: Int) {
    var batch = GenerationBatch(model, requests, endTokens: [endToken], slots: slots)
    while batch.hasWork { batch.advance() }
    return (batch.results, batch.computedPromptTokens)
  }

  /// Prompts from a random tree: each continues the beginning of an earlier one.
  private func promptTree(_ count: Int, using random: inout SeededGenerator) -> [[Int32]] {
    var prompts: [[Int32]] = [randomTokens(30, using: &random)]
    while prompts.count < count {
      let parent = prompts[Int.random(in: 0..<prompts.count, using: &random)]
      let shared = parent.prefix(Int.random(in: 0...parent.count, using: &random))
      let own = Int.random(in: shared.isEmpty ? 1...20 : 0...20, using: &random)
      prompts.append(Array((shared + randomTokens(own, using: &random)).prefix(100)))
    }
    return prompts.shuffled(using: &random)
  }

  @Test(arguments: [1, 4, 7, 64])
  func oneBeginningIsComputedOnce(slots: Int) {
    var random = SeededGenerator(seed: 31)
    let beginning = randomTokens(50, using: &random)
    let requests = (0..<30).map { index in
      GenerationRequest(
        prompt: beginning + [Int32(index)] + randomTokens(3, using: &random),
        maximumNewTokens: 2 + index % 9, temperature: Float(index % 2), seed: UInt64(index))
    }
    let (results, computed) = run(requests, slots: slots)
    #expect(computed == 50 + 30 * 4)
    #expect(results == requests.map { run([$0], slots: 1).results[0] })
  }

  @Test func equalPromptsComputeTheirLastTokenOnly() {
    let prompt = (0..<40).map { Int32($0 % 37) }
    let requests = (0..<12).map {
      GenerationRequest(prompt: prompt, maximumNewTokens: 6, temperature: 1, seed: UInt64($0))
    }
    #expect(run(requests, slots: 5).computed == 40 + 11)
    #expect(run(requests, slots: 12).computed == 40 + 11)
  }

  @Test func shortBeginningsAreNotShared() {
    let prompts: [[Int32]] = [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 9]]
    let requests = prompts.map { GenerationRequest(prompt: $0, maximumNewTokens: 1) }
    #expect(run(requests, slots: 2).computed == 16)
  }

  @Test(arguments: [1, 2, 5, 9, 40], [UInt64(1), 2, 3])
  func treesOfPromptsGiveWhatEachGivesAlone(slots: Int, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let requests = promptTree(40, using: &random).enumerated().map { index, prompt in
      GenerationRequest(
        prompt: prompt, maximumNewTokens: index % 12, temperature: [0, 1, 2][index % 3],
        topK: [0, 6][index % 2], topP: [1, 0.9][index / 2 % 2], seed: UInt64(index))
    }
    let (results, computed) = run(requests, slots: slots)
    #expect(computed < requests.reduce(0) { $0 + $1.prompt.count })
    for (request, result) in zip(requests, results) {
      #expect(run([request], slots: 1).results == [result])
    }
  }

  /// Prompts of more tokens than one step reads enter one after another.
  @Test func aStepIsBounded() {
    var random = SeededGenerator(seed: 78)
    let requests = (0..<40).map { _ in
      GenerationRequest(prompt: randomTokens(150, using: &random), maximumNewTokens: 3)
    }
    var batch = GenerationBatch(model, requests, endTokens: [-1], slots: 64)
    batch.advance()
    #expect((4096..<4096 + 150).contains(batch.computedPromptTokens))
    while batch.hasWork { batch.advance() }
    #expect(batch.computedPromptTokens == 40 * 150)
    #expect(
      batch.results.map(\.tokens)
        == requests.map {
          model.generate([$0], endToken: -1)[0].tokens
        })
  }

  /// Greedy tokens of a tree of prompts are those of a plain forward pass over the whole.
  @Test func treesOfPromptsAgreeWithThePlainForwardPass() {
    var random = SeededGenerator(seed: 77)
    let requests = promptTree(30, using: &random).map {
      GenerationRequest(prompt: $0, maximumNewTokens: 3)
    }
    for (request, result) in zip(requests, run(requests, slots: 6).results) {
      var sequence = request.prompt
      for token in result.tokens + (result.ended ? [endToken] : []) {
        let last = Array(model.allLogits([sequence]).suffix(37))
        #expect(last.max().flatMap(last.firstIndex) == Int(token))
        sequence.append(token)
      }
    }
  }
}
