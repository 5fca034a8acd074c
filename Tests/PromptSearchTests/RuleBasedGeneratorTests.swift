import Foundation
import PromptSearch
import TestSupport
import Testing

@Suite struct RuleBasedGeneratorTests {
  let generator: RuleBasedGenerator
  let limits = CandidateLimits(minimumLengthRatio: 0.2, maximumLengthRatio: 2.5)

  init() throws {
    generator = RuleBasedGenerator(
      grammar: PromptGrammar(try repositoryPhrasebook()),
      config: RuleBasedGeneratorConfig(
        maximumEdits: 6, crossoverShare: 0.3, triesPerCandidate: 20, limits: limits))
  }

  @Test(arguments: plainPrompts)
  func candidatesAreManyAndDifferent(prompt: String) {
    var random = SeededGenerator(seed: 3)
    let form = generator.grammar.parse(prompt)
    let batch = generator.candidates(
      for: prompt, count: 200, required: form.arguments, partners: [prompt],
      heldOut: HeldOutTexts(wordings: ["snippet", "result"]), using: &random)
    let texts = batch.candidates.map(\.text)
    #expect(texts.count == 200)
    #expect(Set(texts).count == 200)
    for text in texts {
      #expect(text != prompt)
      #expect(!text.contains("snippet") && !text.contains("Result:"))
      #expect(generator.grammar.parse(text).arguments == form.arguments)
      #expect(placeholderCount(text) == placeholderCount(prompt))
    }
  }

  @Test func theSameSeedGivesTheSameCandidates() {
    var (first, second) = (SeededGenerator(seed: 4), SeededGenerator(seed: 4))
    let batches = (draw(using: &first), draw(using: &second))
    #expect(batches.0 == batches.1)
  }

  @Test func earlierCandidatesDoNotComeAgain() {
    var (first, second) = (SeededGenerator(seed: 4), SeededGenerator(seed: 4))
    let earlier = draw(using: &first).candidates.map(\.text)
    let more = generator.candidates(
      for: plainPrompts[0], count: 20, required: ["good", "bad"], partners: [],
      heldOut: HeldOutTexts(), earlier: earlier, using: &second)
    #expect(Set(more.candidates.map(\.text)).isDisjoint(with: earlier))
    #expect((more.rejections[.duplicate] ?? 0) >= 20)
  }

  private func draw(using random: inout SeededGenerator) -> CandidateBatch {
    generator.candidates(
      for: plainPrompts[0], count: 20, required: ["good", "bad"], partners: [],
      heldOut: HeldOutTexts(), using: &random)
  }

  @Test func crossoverTakesTheWordingsOfAPartner() {
    var random = SeededGenerator(seed: 5)
    let partner =
      "Source: {{text}}\nHi! Can you help me judge the mood of the note? (good / bad) Thanks!\n="
    let mixing = RuleBasedGenerator(
      grammar: generator.grammar,
      config: RuleBasedGeneratorConfig(
        maximumEdits: 1, crossoverShare: 1, triesPerCandidate: 50, limits: limits))
    let batch = mixing.candidates(
      for: plainPrompts[0], count: 30, required: ["good", "bad"], partners: [partner],
      heldOut: HeldOutTexts(), using: &random)
    let forms = batch.candidates.map { mixing.grammar.parse($0.text) }
    let parents = [plainPrompts[0], partner].map(mixing.grammar.parse)
    #expect(batch.candidates.allSatisfy { $0.origin == .crossover })
    for form in forms {
      for role in form.roles { #expect(parents.contains { $0[role] == form[role] }) }
    }
  }

  @Test(arguments: [
    ("Given a sentence, classify it as either positive or negative sentiment.", 4),
    ("Determine the sentiment of the text provided, positive or negative.", 40),
    ("{{text}} Did the reviewer find this movie good or bad?", 40),
    ("Does the following sentence have a \"positive\" or \"negative\" sentiment?\n{{text}}", 40),
    ("{{text}}\nQuestion: Was that sentence \"positive\" or \"negative\"? Answer:", 20),
    ("Translate to French: {{text}}", 0),
  ])
  func foreignPromptsGetCandidatesToo(prompt: String, least: Int) {
    var random = SeededGenerator(seed: 6)
    let batch = generator.candidates(
      for: prompt, count: 40, required: [], partners: [], heldOut: HeldOutTexts(), using: &random)
    #expect(batch.candidates.count >= least, "\(batch.candidates.map(\.text))")
    for candidate in batch.candidates {
      #expect(placeholderCount(candidate.text) == placeholderCount(prompt))
    }
  }

  @Test func aRewordingIsNeverHeldOut() {
    var random = SeededGenerator(seed: 7)
    let heldOut = HeldOutTexts(wordings: ["note", "output", "either"])
    for _ in 0..<200 {
      let text = generator.rewording(of: plainPrompts[0], heldOut: heldOut, using: &random)
      #expect(text != plainPrompts[0])
      #expect(!heldOut.hasWording(in: text))
    }
    let everything = HeldOutTexts { _ in true }
    #expect(
      generator.rewording(of: plainPrompts[0], heldOut: everything, using: &random)
        == plainPrompts[0])
    #expect(generator.rewording(of: "{{", heldOut: heldOut, using: &random) == "{{")
  }
}

private func placeholderCount(_ text: String) -> Int {
  text.components(separatedBy: "}}").count
}
