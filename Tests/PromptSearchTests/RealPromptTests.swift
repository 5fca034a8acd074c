import Foundation
import PromptSearch
import TestSupport
import Testing

/// Human-written prompts, which are not part of the repository.
private let pools = RealData.folder.appending(path: "evoprompt")

@Suite(.enabled(if: RealData.has("evoprompt"), "no real data: set MAPO_DATA to their folder"))
struct RealPromptTests {
  @Test(arguments: ["cls_sst2_prompts.txt", "cls_agnews_prompts.txt", "sim_asset_prompts.txt"])
  func everyPromptHasCandidates(file: String) throws {
    let grammar = PromptGrammar(try repositoryPhrasebook())
    let generator = RuleBasedGenerator(
      grammar: grammar,
      config: RuleBasedGeneratorConfig(
        maximumEdits: 6, crossoverShare: 0, triesPerCandidate: 20,
        limits: CandidateLimits(minimumLengthRatio: 0.2, maximumLengthRatio: 3)))
    let text = try String(contentsOf: pools.appending(path: file), encoding: .utf8)
    var random = SeededGenerator(seed: 1)
    for prompt in text.split(separator: "\n").map(String.init) {
      #expect(grammar.render(grammar.parse(prompt)) == prompt)
      let batch = generator.candidates(
        for: prompt, count: 12, required: [], partners: [], heldOut: HeldOutTexts(),
        using: &random)
      #expect(batch.candidates.count >= 4, "\(prompt)")
    }
  }
}
