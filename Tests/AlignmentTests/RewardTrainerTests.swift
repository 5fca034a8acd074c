import Alignment
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct RewardTrainerTests {
  /// A gradient that is not a number spoils one step alone.
  @Test func aGradientThatIsNotFiniteIsSkipped() {
    let model = Toy.model(seed: 9, head: .scalar)
    let config = RewardConfig(
      batchSize: 2, schedule: Toy.constantRate(1e-2), optimizer: Toy.optimizer, dropout: 0,
      minimumGap: 0)
    let trainer = RewardTrainer(model, config: config, seed: 0)
    let before = model.parameters.snapshot
    model.parameters.withBuffers { _, gradients in gradients[3] = .infinity }
    #expect(trainer.step(PPOTrainerTests.rankings).isSkipped)
    #expect(model.parameters.snapshot == before)
    #expect(!trainer.step(PPOTrainerTests.rankings).isSkipped)
  }

  private static let config = RewardConfig(
    batchSize: 8, schedule: Toy.constantRate(5e-3), optimizer: Toy.optimizer, dropout: 0,
    minimumGap: 0)

  /// Candidates whose score is the number of fives in them.
  private func ranking(using random: inout SeededGenerator) -> RankingExample {
    let candidates = (0..<4).map { _ in
      Toy.text(3...6, using: &random).map { Bool.random(using: &random) ? $0 : 5 } + [Toy.endToken]
    }
    return RankingExample(
      prompt: Toy.text(1...3, using: &random), candidates: candidates,
      scores: candidates.map { Float($0.count { $0 == 5 }) })
  }

  @Test func learnsARuleThatHoldsForNewCandidates() {
    var random = SeededGenerator(seed: 31)
    let model = Toy.model(seed: 1, head: .scalar)
    let trainer = RewardTrainer(model, config: Self.config, seed: 0)
    for step in 0..<120 {
      let statistics = trainer.step((0..<8).map { _ in ranking(using: &random) })
      // A new head says nothing, so each pair costs log 2.
      if step == 0 { #expect(abs(statistics.loss - log(2)) < 1e-6) }
    }
    let heldOut = (0..<40).map { _ in ranking(using: &random) }
    let result = pairwiseRewardLoss(
      rewards: rewards(of: model, heldOut.flatMap(\.sequences)), scores: heldOut.flatMap(\.scores),
      groups: Array(stride(from: 0, through: 160, by: 4)), minimumGap: 0)
    #expect((result.accuracy ?? 0) > 0.9)
  }

  /// The loss of a step is the mean over all untied pairs, (0, 2), (1, 2), (0, 3) and (1, 3) here.
  @Test func allUntiedPairsOfARankingCount() {
    let model = Toy.model(seed: 2, head: .scalar)
    var random = SeededGenerator(seed: 32)
    let trainer = RewardTrainer(model, config: Self.config, seed: 0)
    for _ in 0..<5 { _ = trainer.step([ranking(using: &random)]) }
    let tied = RankingExample(
      prompt: [4], candidates: [[5, 1], [6, 7, 1], [8, 1], [9, 9, 1]], scores: [2, 2, 0, 0])
    let values = rewards(of: model, tied.sequences)
    let expected = [(0, 2), (1, 2), (0, 3), (1, 3)].reduce(0.0) { sum, pair in
      sum + log1p(exp(Double(values[pair.1] - values[pair.0]))) / 4
    }
    #expect(abs(Double(trainer.step([tied]).loss) - expected) < 1e-6)
  }

  @Test func tiesTeachNothing() {
    let model = Toy.model(seed: 3, head: .scalar)
    let before = model.parameters.snapshot
    let trainer = RewardTrainer(model, config: Self.config, seed: 0)
    let statistics = trainer.step([
      RankingExample(prompt: [4], candidates: [[5, 1], [6, 1]], scores: [0.5, 0.5])
    ])
    #expect(statistics.loss == 0 && statistics.accuracy == nil && statistics.gradientNorm == 0)
    #expect(model.parameters.snapshot == before)
  }

  @Test func aBatchEqualsItsRows() {
    let model = Toy.model(seed: 4, head: .scalar)
    var random = SeededGenerator(seed: 33)
    let trainer = RewardTrainer(model, config: Self.config, seed: 0)
    for _ in 0..<5 { _ = trainer.step([ranking(using: &random)]) }
    let examples = (0..<5).flatMap { _ in ranking(using: &random).sequences }
    let packed = rewards(of: model, examples)
    for size in [1, 3] {
      expectClose(
        rewards(of: model, examples, batchSize: size), packed.map { Double($0) }, tolerance: 1e-5)
    }
    #expect(Set(packed).count > 10)
    #expect(rewards(of: model, []).isEmpty)
  }

  @Test func aTokenHeadIsRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = RewardTrainer(Toy.model(seed: 0), config: Self.config, seed: 0)
    }
  }
}

extension RankingExample {
  /// Each candidate with its prompt.
  fileprivate var sequences: [SequenceExample] {
    candidates.map { SequenceExample(prompt: prompt, response: $0) }
  }
}
