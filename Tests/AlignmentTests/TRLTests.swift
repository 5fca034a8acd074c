import Alignment
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Agreement with the PPOTrainer of TRL 0.21 from the same weights and rollouts: what was run is in
/// `Golden/trl-ppo.py`, what differs by definition in docs/trl.md.
///
/// Both sides compute in Float32 and sum in different orders; the largest difference found is 4e-6 of
/// numbers up to 8.
@Suite struct TRLTests {
  private let golden: TRLGolden

  init() throws { golden = try readGolden("trl-ppo", as: TRLGolden.self) }

  /// No row ends early, some have no end token, and no penalty is paid: the definitions are the same
  /// but for the variance.
  @Test func fullRowsAgree() throws {
    let expected = try golden.case("moved")
    let rows = TRLRows(expected)
    let models = try TRLModels(golden)
    let old = rows.evaluate(models, temperature: golden.settings.temperature)
    close(old.logProbs, expected.logProbs)
    close(old.referenceLogProbs, expected.referenceLogProbs)
    close(old.values, expected.values)
    close(old.scores, expected.scores)

    let reward = golden.reward(old, offsets: rows.offsets)
    close(reward.rewards, expected.rewards)
    close([reward.kl, reward.meanScore], [expected.kl, expected.meanScore])
    let estimate = golden.advantages(reward.rewards, old.values, offsets: rows.offsets)
    close(estimate.advantages, expected.advantages)
    close(estimate.returns, expected.returns)
    let white = whitenedByUnbiasedVariance(estimate.advantages)
    close(white, expected.whitened)

    try models.moveOn()
    let new = rows.evaluate(models, temperature: golden.settings.temperature)
    close(new.logProbs, expected.newLogProbs[0])
    close(new.values, expected.newValues[0])
    let policyLoss = golden.policyLoss(new.logProbs, old.logProbs, white)
    close(
      [
        policyLoss.result.loss, policyLoss.clipFraction, policyLoss.approximateKL,
        policyLoss.meanRatio, new.meanEntropy,
      ],
      expected.policyLoss + expected.clipFraction + expected.approximateKL + expected.ratio
        + expected.entropy)
    let valueLoss = golden.valueLoss(new.values, old.values, estimate.returns)
    close(
      [valueLoss.result.loss, valueLoss.clipFraction],
      expected.valueLoss + expected.valueClipFraction)
  }

  /// A whole update of the trainer: four epochs with the optimizer's steps between them. TRL's
  /// whitening takes the biased variance here.
  @Test func oneUpdateAgrees() throws {
    let expected = try golden.case("update")
    let rows = TRLRows(expected)
    let models = try TRLModels(golden)
    let scores = rows.evaluate(models, temperature: golden.settings.temperature).scores
    let trainer = PPOTrainer(
      policy: models.policy, reference: models.reference, critic: models.critic,
      config: golden.trainerConfig(
        epochs: expected.policyLoss.count, prompts: expected.prompts.count),
      endTokens: [golden.endToken], maximumResponse: golden.longestResponse,
      data: .init(prompts: expected.prompts, rankings: [], pretraining: []), seed: 0)
    // Samples come from a trainer alone: TRL's take the place of those it drew.
    var samples = trainer.sample()
    for index in samples.indices {
      samples[index].promptIndex = index
      samples[index].response = expected.responses[index].dropLast()
      samples[index].endToken = golden.endToken
    }
    let found = trainer.learn(from: samples, scores: scores)
    close(
      [found.kl, found.scores, found.entropy],
      [expected.kl, expected.meanScore, expected.entropy[0]])
    close(
      [
        found.policyLoss, found.valueLoss, found.approximateKL, found.clipFraction,
        found.valueClipFraction, found.ratio,
      ],
      [
        expected.policyLoss, expected.valueLoss, expected.approximateKL, expected.clipFraction,
        expected.valueClipFraction, expected.ratio,
      ].map { $0.reduce(0, +) / Double($0.count) })
    let final = rows.evaluate(models, temperature: golden.settings.temperature)
    close(final.logProbs, expected.finalLogProbs)
  }

  /// After an early end TRL has one position more: it pays the score there, lets the critic give it a
  /// value, and learns that value. With this position added, and the penalty subtracted, our functions
  /// give all of its numbers, so that nothing else differs.
  @Test func earlyEndsDifferByOnePositionAlone() throws {
    let expected = try golden.case("early")
    let rows = TRLRows(expected)
    let models = try TRLModels(golden)
    var old = rows.evaluate(models, temperature: golden.settings.temperature)
    let oldLogProbs = old.logProbs
    close(old.logProbs, expected.logProbs)
    close(old.referenceLogProbs, expected.referenceLogProbs)
    close([golden.reward(old, offsets: rows.offsets).kl], [expected.kl])

    old.logProbs = rows.lengthened(old.logProbs)
    old.referenceLogProbs = rows.lengthened(old.referenceLogProbs)
    old.values = rows.longerValues(models.critic)
    old.scores = zip(old.scores, expected.responses).map { score, response in
      response.last == golden.endToken ? score : score - expected.penalty
    }
    close(old.values, expected.values)
    close(old.scores, expected.scores)
    let reward = golden.reward(old, offsets: rows.longerOffsets)
    close(reward.rewards, expected.rewards)
    let estimate = golden.advantages(reward.rewards, old.values, offsets: rows.longerOffsets)
    close(estimate.advantages, expected.advantages)
    close(estimate.returns, expected.returns)
    let white = whitenedByUnbiasedVariance(rows.shortened(estimate.advantages))
    close(white, expected.whitened)

    try models.moveOn()
    let newValues = rows.longerValues(models.critic)
    close(newValues, expected.newValues[0])
    let valueLoss = golden.valueLoss(newValues, old.values, estimate.returns)
    close(
      [valueLoss.result.loss, valueLoss.clipFraction],
      expected.valueLoss + expected.valueClipFraction)
    let new = rows.evaluate(models, temperature: golden.settings.temperature)
    let policyLoss = golden.policyLoss(new.logProbs, oldLogProbs, white)
    // Two of its means run over padding as well, where the step is 0 and the ratio 1.
    let share = Float(oldLogProbs.count) / Float(golden.longestResponse * expected.prompts.count)
    close(
      [
        policyLoss.result.loss, policyLoss.clipFraction, share * policyLoss.approximateKL,
        share * policyLoss.meanRatio + 1 - share,
      ],
      expected.policyLoss + expected.clipFraction + expected.approximateKL + expected.ratio)
  }

  private func close(
    _ found: [Float], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectClose(found, to: expected, within: 1e-5, sourceLocation: sourceLocation)
  }

  /// As TRL whitens: by the variance with divisor n − 1.
  private func whitenedByUnbiasedVariance(_ advantages: [Float]) -> [Float] {
    let count = Float(advantages.count)
    let correction = ((count - 1) / count).squareRoot()
    return whitened(advantages, shiftMean: true).map { correction * $0 }
  }
}
