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
  private var lastPolicyWithinLimit: [Float] = []

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

    /// A response that may come from anywhere: a log, another sampler.
    public init(promptIndex: Int, response: [Int32], ended: Bool) {
      self.promptIndex = promptIndex
      self.response = response
      self.ended = ended
    }

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
    policyOptimizer = AdamW(policy.trainable, config: config.optimizer)
    criticOptimizer = AdamW(critic.trainable, config: config.optimizer)
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
    let rollout = evaluate(samples, scores: scores)
    return learn(from: rollout, estimateAdvantages(rollout))
  }

  /// Learns from a batch of rollouts.
  ///
  /// - Parameter estimates: What `estimateAdvantages` gave for it.
  public func learn(from rollout: Rollout, _ estimates: [AdvantageEstimate]) -> PPOStatistics {
    var statistics = runEpochs(rollout, estimates)
    rollout.describe(in: &statistics)
    statistics.klCoefficient = klController.coefficient
    statistics.explainedVariance = explainedVariance(
      values: rollout.pieces.flatMap(\.values), returns: estimates.flatMap(\.returns))
    klController.update(kl: statistics.kl, episodes: rollout.responseCount)
    update += 1
    return statistics
  }

  /// Whether the policy that gave these rollouts is still near enough to the reference: its KL is
  /// finite and, where there is a limit, not above it. If so, it is kept to return to.
  ///
  /// The KL is that of the policy before the update: one that went too far is noticed before it is
  /// learned from.
  public func keepIfWithinLimit(_ rollout: Rollout) -> Bool {
    guard rollout.kl.isFinite && (config.klLimit == 0 || rollout.kl <= config.klLimit) else {
      return false
    }
    lastPolicyWithinLimit = policy.trainable.snapshot
    return true
  }

  /// Returns to the last policy that was kept.
  ///
  /// - Returns: False where there is none.
  public func restorePolicyWithinLimit() -> Bool {
    guard !lastPolicyWithinLimit.isEmpty else { return false }
    policy.trainable.snapshot = lastPolicyWithinLimit
    return true
  }
}

// MARK: - Rollout

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
    return zip(prompts, policy.generate(requests, endToken: endToken)).map { prompt, result in
      Sample(promptIndex: prompt, response: result.tokens, ended: result.ended)
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

// MARK: - Learning

extension PPOTrainer {
  private func runEpochs(
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

// MARK: - State

extension PPOTrainer: Resumable {
  /// Updates, both optimizers' steps, β, and every generator and cursor.
  public struct Progress: Codable {
    var update: Int
    var policySteps, criticSteps: Int
    var klController: KLController
    var random: SplitMix64
    var promptOrder: MinibatchOrder
    var rankingOrder, pretrainingOrder: MinibatchOrder?
    var hasPolicyWithinLimit: Bool
  }

  /// All that is small.
  public var progress: Progress {
    get {
      Progress(
        update: update, policySteps: policyOptimizer.progress,
        criticSteps: criticOptimizer.progress, klController: klController, random: random,
        promptOrder: promptOrder, rankingOrder: rankingOrder, pretrainingOrder: pretrainingOrder,
        hasPolicyWithinLimit: !lastPolicyWithinLimit.isEmpty)
    }
    set {
      update = newValue.update
      policyOptimizer.progress = newValue.policySteps
      criticOptimizer.progress = newValue.criticSteps
      klController = newValue.klController
      random = newValue.random
      promptOrder = newValue.promptOrder
      rankingOrder = newValue.rankingOrder
      pretrainingOrder = newValue.pretrainingOrder
      if newValue.hasPolicyWithinLimit == lastPolicyWithinLimit.isEmpty {
        lastPolicyWithinLimit =
          newValue.hasPolicyWithinLimit
          ? [Float](repeating: 0, count: policy.trainable.count) : []
      }
    }
  }

  /// Weights and moments of policy and critic, and the last policy within the limit.
  public func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
    try policyOptimizer.withNumbers { policy in
      try criticOptimizer.withNumbers { critic in
        let both = policy.map { $0.prefixed("policy") } + critic.map { $0.prefixed("critic") }
        guard !lastPolicyWithinLimit.isEmpty else { return try body(both) }
        return try lastPolicyWithinLimit.withUnsafeMutableBufferPointer {
          try body(both + [NamedNumbers("policyWithinLimit", $0)])
        }
      }
    }
  }
}
