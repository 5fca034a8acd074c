import LanguageModels
import Tensors

extension PPOTrainer {
  /// A batch of rollouts with all that the models say of it, in the pieces that minibatches are.
  public struct Rollout {
    /// What one minibatch learns from.
    struct Piece {
      let batch: ResponseBatch
      /// log π when the responses were sampled, by the training forward at the same shapes.
      let logProbs: [Float]
      let values: [Float]
      let reward: KLReward
      /// Sum over the tokens.
      let entropy: Double
    }

    let pieces: [Piece]

    /// Responses in the batch.
    public var responseCount: Int { pieces.reduce(0) { $0 + $1.reward.scores.count } }
    /// `objective/kl`: KL to the reference summed over a response, mean over responses.
    public var kl: Float { mean(\.kl) }
    /// KL of each response to the reference, summed over its tokens, in the order of the samples.
    public var responseKL: [Float] { pieces.flatMap(\.reward.responseKL) }

    /// Enters what does not depend on learning.
    func describe(in statistics: inout PPOStatistics) {
      let tokens = pieces.reduce(0) { $0 + $1.logProbs.count }
      statistics.kl = kl
      statistics.scores = mean(\.meanScore)
      statistics.nonScoreReward = mean(\.meanPenalty)
      statistics.missingEndShare = mean(\.missingEndShare)
      statistics.entropy = Float(pieces.reduce(0) { $0 + $1.entropy } / Double(max(1, tokens)))
      statistics.responseEntropy = -Float(
        pieces.reduce(0.0) { $0 + $1.logProbs.reduce(0.0) { $0 + Double($1) } }
          / Double(max(1, responseCount)))
      statistics.responseLength = Float(tokens) / Float(max(1, responseCount))
    }

    /// The mean over all responses of what each piece gives as the mean over its own.
    private func mean(_ value: KeyPath<KLReward, Float>) -> Float {
      pieces.reduce(0) { $0 + $1.reward[keyPath: value] * Float($1.reward.scores.count) }
        / Float(max(1, responseCount))
    }
  }
}

extension PPOTrainer {
  /// The first half of an update: responses of the policy to the next prompts.
  public func sample() -> [Sample] {
    let prompts = promptOrder.next(config.promptsPerUpdate).flatMap {
      repeatElement($0, count: config.samplesPerPrompt)
    }
    let requests = prompts.map { index in
      GenerationRequest(
        prompt: data.prompts[index], maximumNewTokens: maximumResponse,
        temperature: config.temperature, seed: random.next())
    }
    return zip(prompts, policy.generate(requests, endTokens: endTokens)).map { prompt, result in
      Sample(promptIndex: prompt, response: result.tokens, endToken: result.endToken)
    }
  }

  /// Log-probs, values and rewards of the samples, by the three models.
  ///
  /// - Parameter scores: One for each sample, in calibrated reward units.
  public func evaluate(_ samples: [Sample], scores: [Float]) -> Rollout {
    precondition(scores.count == samples.count, "scores: \(scores.count) of \(samples.count)")
    let count = samples.count
    let pieceCount = max(1, min(config.minibatches, count))
    return Rollout(
      pieces: (0..<pieceCount).map { piece in
        let range = count * piece / pieceCount..<count * (piece + 1) / pieceCount
        return evaluatePiece(samples[range], scores: scores[range])
      })
  }

  private func evaluatePiece(
    _ samples: ArraySlice<Sample>, scores: ArraySlice<Float>
  ) -> Rollout.Piece {
    let batch = ResponseBatch(
      samples.map {
        SequenceExample(prompt: data.prompts[$0.promptIndex], response: $0.tokens)
      })
    return withoutGradient {
      let output = policy.logProbs(
        batch.batch, of: batch.responses, temperature: config.temperature)
      let referenceLogProbs = reference.logProbs(
        batch.batch, of: batch.responses, temperature: config.temperature
      ).logProbColumn
      let values = critic.scalars(batch.batch, at: batch.responses.rows).values
      let reward = klReward(
        scores: Array(scores), hasEnd: samples.map(\.ended), logProbs: output.logProbColumn,
        referenceLogProbs: referenceLogProbs, offsets: batch.responses.offsets,
        klCoefficient: klController.coefficient, estimator: .k1,
        missingEndPenalty: config.missingEndPenalty)
      return Rollout.Piece(
        batch: batch, logProbs: output.logProbColumn, values: values, reward: reward,
        entropy: output.entropyColumn.reduce(0) { $0 + Double($1) })
    }
  }

  /// Advantages and returns of each piece; advantages are whitened over the whole batch.
  public func estimateAdvantages(_ rollout: Rollout) -> [AdvantageEstimate] {
    var estimates = rollout.pieces.map { piece in
      generalizedAdvantages(
        rewards: piece.reward.rewards, values: piece.values, offsets: piece.batch.responses.offsets,
        discount: config.discount, lambda: config.lambda)
    }
    var white = whitened(estimates.flatMap(\.advantages), shiftMean: true)[...]
    for index in estimates.indices {
      let count = estimates[index].advantages.count
      estimates[index].advantages = Array(white.prefix(count))
      white = white.dropFirst(count)
    }
    return estimates
  }
}
