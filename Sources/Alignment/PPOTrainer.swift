import LanguageModels
import NeuralNetworks
import Tensors

/// Learns a policy by PPO and RRMF jointly, with likelihood on general text mixed in.
///
/// Source: MAPO (P) for the joint objective; the details are those of "The N implementation details
/// of RLHF with PPO" (W), numbered as in docs/training.md.
public final class PPOTrainer {
  /// The settings.
  public let config: PPOConfig
  /// What is trained.
  public let policy: Transformer
  private let reference: Transformer
  private let critic: Transformer
  private let policyOptimizer: AdamW
  private let criticOptimizer: AdamW
  private let endToken: Int32
  private let maximumResponse: Int
  private let data: JointData
  private var klController: KLController
  private var random: SplitMix64
  private var promptOrder: MinibatchOrder
  private var rankingOrder: MinibatchOrder?
  private var pretrainingOrder: MinibatchOrder?
  private var update = 0

  /// What the joint objective learns from, besides its own rollouts.
  public struct JointData: Sendable {
    /// Prompts of rollouts, at least one.
    public var prompts: [[Int32]]
    /// Measured rankings for RRMF.
    public var rankings: [RankingExample]
    /// General text for ptx.
    public var pretraining: [SequenceExample]

    /// All three.
    public init(
      prompts: [[Int32]], rankings: [RankingExample], pretraining: [SequenceExample]
    ) {
      self.prompts = prompts
      self.rankings = rankings
      self.pretraining = pretraining
    }
  }

  /// One sampled response.
  public struct Sample: Sendable, Equatable {
    /// Which of `JointData.prompts` it answers.
    public var promptIndex: Int
    /// Its tokens, without the end token.
    public var response: [Int32]
    /// Whether it ended before the limit.
    public var ended: Bool

    /// What is scored and learned: the response, and the end token where it was written. A response
    /// cut off at the limit has no end token to learn; what it wrote is still learned.
    public func tokens(endToken: Int32) -> [Int32] { ended ? response + [endToken] : response }
  }

  /// - Parameters:
  ///   - policy: Starts as a copy of `reference`, as a rule.
  ///   - reference: The SFT policy; never changed.
  ///   - critic: A copy of the reward model: a scalar head.
  ///   - endToken: Ends a response.
  ///   - maximumResponse: Longest response in tokens, its end token included.
  ///   - data: What is learned from.
  ///   - seed: Of sampling and of every order.
  public init(
    policy: Transformer, reference: Transformer, critic: Transformer, config: PPOConfig,
    endToken: Int32, maximumResponse: Int, data: JointData, seed: UInt64
  ) {
    precondition(critic.head == .scalar, "critic without scalar head")
    precondition(maximumResponse > 0, "responses of at most \(maximumResponse) tokens")
    self.policy = policy
    self.reference = reference
    self.critic = critic
    self.config = config
    self.endToken = endToken
    self.maximumResponse = maximumResponse
    self.data = data
    policyOptimizer = AdamW(policy.parameters, config: config.optimizer)
    criticOptimizer = AdamW(critic.parameters, config: config.optimizer)
    klController = KLController(
      rule: config.klTarget > 0
        ? .adaptive(target: config.klTarget, horizonEpisodes: Float(config.klHorizon)) : .fixed,
      coefficient: config.klCoefficient)
    random = SplitMix64(seed: seed, stream: "ppo")
    promptOrder = MinibatchOrder(
      count: data.prompts.count, random: SplitMix64(seed: seed, stream: "prompts"))
    if config.rankingCoefficient > 0, !data.rankings.isEmpty {
      rankingOrder = MinibatchOrder(
        count: data.rankings.count, random: SplitMix64(seed: seed, stream: "rankings"))
    }
    if config.pretrainingCoefficient > 0, !data.pretraining.isEmpty {
      pretrainingOrder = MinibatchOrder(
        count: data.pretraining.count, random: SplitMix64(seed: seed, stream: "ptx"))
    }
  }

  /// One update: a batch of rollouts, and `epochs` passes over it.
  ///
  /// - Parameter score: The score of each sample, in calibrated reward units.
  public func step(score: (_ samples: [Sample]) throws -> [Float]) rethrows -> PPOStatistics {
    let samples = sample()
    return learn(from: samples, scores: try score(samples))
  }

  /// The second half of an update: what `sample` gave, with its scores.
  ///
  /// - Parameter scores: One for each sample, in calibrated reward units.
  public func learn(from samples: [Sample], scores: [Float]) -> PPOStatistics {
    let rollout = rollOut(samples, scores)
    let estimate = estimateAdvantages(rollout)
    var statistics = runEpochs(rollout, estimate)
    statistics.kl = rollout.mean(\.kl)
    statistics.scores = rollout.mean(\.meanScore)
    statistics.missingEndShare = rollout.mean(\.missingEndShare)
    statistics.klCoefficient = klController.coefficient
    statistics.entropy = rollout.entropy
    statistics.responseLength = rollout.responseLength
    statistics.explainedVariance = explainedVariance(
      values: rollout.pieces.flatMap(\.values), returns: estimate.flatMap(\.returns))
    klController.update(kl: statistics.kl, episodes: samples.count)
    update += 1
    return statistics
  }

  /// Whether an update's KL went beyond the limit, where there is one, or is not finite.
  public func exceedsLimit(_ statistics: PPOStatistics) -> Bool {
    !statistics.kl.isFinite || (config.klLimit > 0 && statistics.kl > config.klLimit)
  }
}

// MARK: - Rollout

/// A piece of a batch of rollouts: what one minibatch learns from.
private struct RolloutPiece {
  let batch: ResponseBatch
  /// log π when the responses were sampled, by the training forward at the same shapes.
  let logProbs: [Float]
  let values: [Float]
  let reward: KLReward
  /// Sum over the tokens.
  let entropy: Double

  var responseCount: Int { reward.scores.count }
}

private struct Rollout {
  let pieces: [RolloutPiece]

  private var responseCount: Int { pieces.reduce(0) { $0 + $1.responseCount } }
  private var tokenCount: Int { pieces.reduce(0) { $0 + $1.logProbs.count } }

  /// Mean entropy of a token.
  var entropy: Float {
    Float(pieces.reduce(0) { $0 + $1.entropy } / Double(max(1, tokenCount)))
  }

  /// Mean tokens of a response.
  var responseLength: Float { Float(tokenCount) / Float(max(1, responseCount)) }

  /// The mean over all responses of what each piece gives as the mean over its own.
  func mean(_ value: KeyPath<KLReward, Float>) -> Float {
    pieces.reduce(0) { $0 + $1.reward[keyPath: value] * Float($1.responseCount) }
      / Float(max(1, responseCount))
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
    return zip(prompts, policy.generate(requests, endToken: endToken)).map { prompt, result in
      Sample(promptIndex: prompt, response: result.tokens, ended: result.ended)
    }
  }

  /// Log-probs, values and rewards of the samples, in pieces that are learned from one by one.
  private func rollOut(_ samples: [Sample], _ scores: [Float]) -> Rollout {
    precondition(scores.count == samples.count, "scores: \(scores.count) of \(samples.count)")
    let count = samples.count
    let pieceCount = max(1, min(config.minibatches, count))
    return Rollout(
      pieces: (0..<pieceCount).map { piece in
        let range = count * piece / pieceCount..<count * (piece + 1) / pieceCount
        return evaluate(samples[range], scores: scores[range])
      })
  }

  private func evaluate(
    _ samples: ArraySlice<Sample>, scores: ArraySlice<Float>
  ) -> RolloutPiece {
    let batch = ResponseBatch(
      samples.map {
        SequenceExample(
          prompt: data.prompts[$0.promptIndex], response: $0.tokens(endToken: endToken))
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
      return RolloutPiece(
        batch: batch, logProbs: output.logProbColumn, values: values, reward: reward,
        entropy: output.entropyColumn.reduce(0) { $0 + Double($1) })
    }
  }

  /// Advantages and returns of each piece; advantages are whitened over the whole batch.
  private func estimateAdvantages(_ rollout: Rollout) -> [AdvantageEstimate] {
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

// MARK: - Learning

extension PPOTrainer {
  private func runEpochs(
    _ rollout: Rollout, _ estimates: [AdvantageEstimate]
  ) -> PPOStatistics {
    var statistics = PPOStatistics()
    let rate = config.schedule.rate(at: update)
    let criticRate = config.criticSchedule.rate(at: update)
    statistics.learningRate = rate
    for _ in 0..<config.epochs {
      for index in Array(rollout.pieces.indices).shuffled(using: &random) {
        let (piece, estimate) = (rollout.pieces[index], estimates[index])
        if config.policyObjective {
          let loss = addPolicyGradient(piece, estimate)
          if statistics.steps == 0 { statistics.firstRatio = loss.meanRatio }
          statistics.add(loss)
        }
        addRankings(to: &statistics)
        addPretraining(to: &statistics)
        statistics.gradientNorm += policyOptimizer.step(learningRate: rate)
        statistics.add(learnValues(piece, estimate, learningRate: criticRate))
        statistics.steps += 1
      }
    }
    statistics.averageOverSteps()
    return statistics
  }

  private func addPolicyGradient(_ piece: RolloutPiece, _ estimate: AdvantageEstimate) -> PolicyLoss
  {
    let output = policy.logProbs(
      piece.batch.batch, of: piece.batch.responses, temperature: config.temperature)
    let loss = clippedPolicyLoss(
      logProbs: output.logProbColumn, oldLogProbs: piece.logProbs,
      advantages: estimate.advantages, clipRange: config.clipRange)
    output.backwardThroughLogProbs(
      loss.result.gradient,
      entropyGradient: -config.entropyCoefficient / Float(max(1, piece.logProbs.count)))
    return loss
  }

  private func addRankings(to statistics: inout PPOStatistics) {
    guard let rankings = rankingOrder?.next(config.rankingsPerStep) else { return }
    let loss = addRankingGradient(
      policy, rankings.map { data.rankings[$0] }, form: config.rankingForm,
      crossEntropyCoefficient: config.rankingCrossEntropy, minimumGap: config.rankingMinimumGap,
      coefficient: config.rankingCoefficient)
    statistics.add(loss)
  }

  private func addPretraining(to statistics: inout PPOStatistics) {
    guard let texts = pretrainingOrder?.next(config.pretrainingPerStep) else { return }
    var none = Dropout.none
    statistics.pretrainingLoss += addLikelihoodGradient(
      policy, ResponseBatch(texts.map { data.pretraining[$0] }), averaging: .tokens,
      coefficient: config.pretrainingCoefficient, dropout: &none)
  }

  private func learnValues(
    _ piece: RolloutPiece, _ estimate: AdvantageEstimate, learningRate: Float
  ) -> ValueLoss {
    let values = critic.scalars(piece.batch.batch, at: piece.batch.responses.rows)
    let loss = clippedValueLoss(
      values: values.values, oldValues: piece.values, returns: estimate.returns,
      clipRange: config.valueClipRange)
    values.backward(loss.result.gradient.map { config.valueCoefficient * $0 })
    criticOptimizer.step(learningRate: learningRate)
    return loss
  }
}
