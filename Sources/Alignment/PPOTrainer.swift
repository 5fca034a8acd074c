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
  let reference: Transformer
  let critic: Transformer
  let policyOptimizer: AdamW
  let criticOptimizer: AdamW
  let endTokens: [Int32]
  let maximumResponse: Int
  let data: JointData
  var klController: KLController
  var random: SplitMix64
  var promptOrder: MinibatchOrder
  var rankingOrder: MinibatchOrder?
  var pretrainingOrder: MinibatchOrder?
  var update = 0
  var lastPolicyWithinLimit: [Float] = []

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
    /// The end token that was written; nil for a response that was cut off at the limit.
    public var endToken: Int32?

    /// A response that may come from anywhere: a log, another sampler.
    public init(promptIndex: Int, response: [Int32], endToken: Int32?) {
      self.promptIndex = promptIndex
      self.response = response
      self.endToken = endToken
    }

    /// Whether it ended before the limit.
    public var ended: Bool { endToken != nil }

    /// What is scored and learned: the response, and the end token where it was written. A response
    /// cut off at the limit has no end token to learn; what it wrote is still learned.
    public var tokens: [Int32] { response + (endToken.map { [$0] } ?? []) }
  }

  /// - Parameters:
  ///   - policy: Starts as a copy of `reference`, as a rule.
  ///   - reference: The SFT policy; never changed.
  ///   - critic: A copy of the reward model: a scalar head.
  ///   - endTokens: Each of them ends a response.
  ///   - maximumResponse: Longest response in tokens, its end token included.
  ///   - data: What is learned from.
  ///   - seed: Of sampling and of every order.
  public init(
    policy: Transformer, reference: Transformer, critic: Transformer, config: PPOConfig,
    endTokens: [Int32], maximumResponse: Int, data: JointData, seed: UInt64
  ) {
    precondition(critic.head == .scalar, "critic without scalar head")
    precondition(maximumResponse > 0, "responses of at most \(maximumResponse) tokens")
    self.policy = policy
    self.reference = reference
    self.critic = critic
    self.config = config
    self.endTokens = endTokens
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
