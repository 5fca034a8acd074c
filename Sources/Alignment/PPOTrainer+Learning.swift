import LanguageModels
import Tensors

extension PPOTrainer {
  func runEpochs(
    _ rollout: Rollout, _ estimates: [AdvantageEstimate]
  ) -> PPOStatistics {
    var statistics = PPOStatistics()
    statistics.learningRate = config.schedule.rate(at: update)
    let criticRate = config.criticSchedule.rate(at: update)
    epochs: for _ in 0..<config.epochs {
      for index in Array(rollout.pieces.indices).shuffled(using: &random) {
        let (piece, estimate) = (rollout.pieces[index], estimates[index])
        guard learnPolicy(piece, estimate, &statistics) else { break epochs }
        statistics.add(learnValues(piece, estimate, learningRate: criticRate, &statistics))
        statistics.steps += 1
      }
    }
    statistics.averageOverSteps()
    return statistics
  }

  /// One step of the policy on its joint objective.
  ///
  /// - Returns: Whether the epochs go on: false where the policy has moved too far from the one that
  ///   sampled; nothing is learned then.
  private func learnPolicy(
    _ piece: Rollout.Piece, _ estimate: AdvantageEstimate, _ statistics: inout PPOStatistics
  ) -> Bool {
    var loss: Float = 0
    if config.policyObjective {
      let policyLoss = addPolicyGradient(piece, estimate)
      if statistics.steps == 0 { statistics.firstRatio = policyLoss.meanRatio }
      if config.approximateKLLimit > 0, policyLoss.approximateKL > config.approximateKLLimit {
        policy.trainable.zeroGradients()
        return false
      }
      statistics.add(policyLoss)
      loss += policyLoss.result.loss
    }
    loss += addRankings(to: &statistics)
    loss += addPretraining(to: &statistics)
    let norm = policyOptimizer.step(learningRate: statistics.learningRate, ifFinite: loss)
    statistics.noteStep(loss: loss, norm: norm, \.gradientNorm)
    return true
  }

  private func addPolicyGradient(
    _ piece: Rollout.Piece, _ estimate: AdvantageEstimate
  ) -> PolicyLoss {
    let scale = 1 / Double(max(1, piece.logProbs.count))
    let logProbs = policy.backwardThroughLogProbs(
      piece.batch.batch, of: piece.batch.responses, temperature: config.temperature,
      entropyWeight: -config.entropyCoefficient * Float(scale)
    ) { token, logProb in
      let term = ClippedPolicyTerm(
        logProb: logProb, oldLogProb: piece.logProbs[token],
        advantage: estimate.advantages[token], clipRange: config.clipRange)
      return Float(term.slope * scale)
    }
    return clippedPolicyLoss(
      logProbs: logProbs, oldLogProbs: piece.logProbs, advantages: estimate.advantages,
      clipRange: config.clipRange)
  }

  /// - Returns: The loss with its coefficient.
  private func addRankings(to statistics: inout PPOStatistics) -> Float {
    guard let rankings = rankingOrder?.next(config.rankingsPerStep) else { return 0 }
    let loss = addRankingGradient(
      policy, rankings.map { data.rankings[$0] }, form: config.rankingForm,
      crossEntropyCoefficient: config.rankingCrossEntropy, minimumGap: config.rankingMinimumGap,
      coefficient: config.rankingCoefficient)
    statistics.add(loss)
    return config.rankingCoefficient * loss.result.loss
  }

  /// - Returns: The loss with its coefficient.
  private func addPretraining(to statistics: inout PPOStatistics) -> Float {
    guard let texts = pretrainingOrder?.next(config.pretrainingPerStep) else { return 0 }
    var none = Dropout.none
    let loss = addLikelihoodGradient(
      policy, ResponseBatch(texts.map { data.pretraining[$0] }), averaging: .tokens,
      coefficient: config.pretrainingCoefficient, dropout: &none)
    statistics.pretrainingLoss += loss
    return config.pretrainingCoefficient * loss
  }

  private func learnValues(
    _ piece: Rollout.Piece, _ estimate: AdvantageEstimate, learningRate: Float,
    _ statistics: inout PPOStatistics
  ) -> ValueLoss {
    let values = critic.scalars(piece.batch.batch, at: piece.batch.responses.rows)
    let loss = clippedValueLoss(
      values: values.values, oldValues: piece.values, returns: estimate.returns,
      clipRange: config.valueClipRange)
    values.backward(loss.result.gradient.map { config.valueCoefficient * $0 })
    let norm = criticOptimizer.step(learningRate: learningRate, ifFinite: loss.result.loss)
    statistics.noteStep(loss: loss.result.loss, norm: norm, \.criticGradientNorm)
    return loss
  }
}
