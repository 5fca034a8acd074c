import NeuralNetworks

/// Settings of the joint objective: PPO, RRMF and ptx.
///
///     L = L_PPO + a · L_RRMF + b · L_ptx
public struct PPOConfig: Codable, Equatable, Sendable {
  /// Updates; each collects a batch of rollouts and learns from it.
  public var updates: Int
  /// Prompts in a batch of rollouts.
  public var promptsPerUpdate: Int
  /// Responses sampled for each of them.
  public var samplesPerPrompt: Int
  /// τ of sampling, and of all log-probs.
  public var temperature: Float
  /// Passes over each batch of rollouts.
  public var epochs: Int
  /// Pieces of a batch, each with a step of its own.
  public var minibatches: Int
  /// η of the policy in the first update.
  public var learningRate: Float
  /// Fraction of both rates that is left after the last update; they decay linearly.
  public var finalRateFraction: Float
  /// η of the critic in the first update; it decays as that of the policy does.
  public var criticLearningRate: Float
  /// The optimizer of policy and critic.
  public var optimizer: AdamWConfig
  /// Whether the policy objective is learned from; off for an ablation.
  public var policyObjective: Bool
  /// ε: how far a ratio counts.
  public var clipRange: Float
  /// How far a value moves from the old one before its loss is clipped.
  public var valueClipRange: Float
  /// c_v: weight of the value loss.
  public var valueCoefficient: Float
  /// c_e: weight of the entropy bonus.
  public var entropyCoefficient: Float
  /// γ.
  public var discount: Float
  /// λ of the advantage estimate.
  public var lambda: Float
  /// β at the start.
  public var klCoefficient: Float
  /// KL that the controller steers to, in nats a response; 0 keeps β fixed.
  public var klTarget: Float
  /// Episodes over which the controller acts.
  public var klHorizon: Int
  /// Mean KL above which training stops and returns to the last policy below it, in nats a response;
  /// 0 for no limit but that it is finite. Each update measures the policy that it begins with, so the
  /// one that the last update leaves is not measured.
  public var klLimit: Float
  /// Approximate KL to the policy that sampled above which an update's epochs end early, in nats a
  /// token; 0 for no limit.
  public var approximateKLLimit: Float
  /// Score of a response without end token.
  public var missingEndPenalty: Float
  /// a: weight of RRMF; 0 switches it off.
  public var rankingCoefficient: Float
  /// Weight of the best candidate's cross-entropy within RRMF.
  public var rankingCrossEntropy: Float
  /// What a pair in the wrong order costs.
  public var rankingForm: RankingForm
  /// Measured scores that differ by this or less are tied.
  public var rankingMinimumGap: Float
  /// Rankings in each step.
  public var rankingsPerStep: Int
  /// b: weight of ptx; 0 switches it off.
  public var pretrainingCoefficient: Float
  /// Texts in each step.
  public var pretrainingPerStep: Int

  /// All settings.
  public init(
    updates: Int, promptsPerUpdate: Int, samplesPerPrompt: Int, temperature: Float, epochs: Int,
    minibatches: Int, learningRate: Float, finalRateFraction: Float, criticLearningRate: Float,
    optimizer: AdamWConfig, policyObjective: Bool, clipRange: Float, valueClipRange: Float,
    valueCoefficient: Float, entropyCoefficient: Float, discount: Float, lambda: Float,
    klCoefficient: Float, klTarget: Float, klHorizon: Int, klLimit: Float,
    approximateKLLimit: Float, missingEndPenalty: Float,
    rankingCoefficient: Float, rankingCrossEntropy: Float, rankingForm: RankingForm,
    rankingMinimumGap: Float, rankingsPerStep: Int, pretrainingCoefficient: Float,
    pretrainingPerStep: Int
  ) {
    self.updates = updates
    self.promptsPerUpdate = promptsPerUpdate
    self.samplesPerPrompt = samplesPerPrompt
    self.temperature = temperature
    self.epochs = epochs
    self.minibatches = minibatches
    self.learningRate = learningRate
    self.finalRateFraction = finalRateFraction
    self.criticLearningRate = criticLearningRate
    self.optimizer = optimizer
    self.policyObjective = policyObjective
    self.clipRange = clipRange
    self.valueClipRange = valueClipRange
    self.valueCoefficient = valueCoefficient
    self.entropyCoefficient = entropyCoefficient
    self.discount = discount
    self.lambda = lambda
    self.klCoefficient = klCoefficient
    self.klTarget = klTarget
    self.klHorizon = klHorizon
    self.klLimit = klLimit
    self.approximateKLLimit = approximateKLLimit
    self.missingEndPenalty = missingEndPenalty
    self.rankingCoefficient = rankingCoefficient
    self.rankingCrossEntropy = rankingCrossEntropy
    self.rankingForm = rankingForm
    self.rankingMinimumGap = rankingMinimumGap
    self.rankingsPerStep = rankingsPerStep
    self.pretrainingCoefficient = pretrainingCoefficient
    self.pretrainingPerStep = pretrainingPerStep
  }
}

extension PPOConfig {
  /// η of the policy over the updates.
  var schedule: LearningRateSchedule { schedule(peak: learningRate) }

  /// η of the critic over the updates.
  var criticSchedule: LearningRateSchedule { schedule(peak: criticLearningRate) }

  private func schedule(peak: Float) -> LearningRateSchedule {
    LearningRateSchedule(
      shape: .linear, peak: peak, warmupSteps: 0, totalSteps: updates,
      finalFraction: finalRateFraction)
  }

  /// What is wrong with these numbers, the key first; nil where nothing is.
  ///
  /// The upper bound of counts keeps their products within what can be computed with.
  public var problem: String? {
    countProblem ?? rangeProblem ?? optimizer.problem.map { "optimizer.\($0)" }
  }

  private var countProblem: String? {
    let largest = 1_000_000
    let counts = [
      ("updates", updates, 1), ("promptsPerUpdate", promptsPerUpdate, 1),
      ("samplesPerPrompt", samplesPerPrompt, 1), ("epochs", epochs, 1),
      ("minibatches", minibatches, 1), ("klHorizon", klHorizon, klTarget > 0 ? 1 : 0),
      ("rankingsPerStep", rankingsPerStep, rankingCoefficient > 0 ? 1 : 0),
      ("pretrainingPerStep", pretrainingPerStep, pretrainingCoefficient > 0 ? 1 : 0),
    ]
    return counts.lazy.compactMap { settingProblem($0, $1, in: $2...largest) }.first
  }

  private var rangeProblem: String? {
    let positive = [
      ("temperature", temperature), ("learningRate", learningRate), ("clipRange", clipRange),
      ("valueClipRange", valueClipRange),
    ]
    let notNegative = [
      ("criticLearningRate", criticLearningRate), ("valueCoefficient", valueCoefficient),
      ("entropyCoefficient", entropyCoefficient), ("klCoefficient", klCoefficient),
      ("klTarget", klTarget), ("klLimit", klLimit),
      ("approximateKLLimit", approximateKLLimit), ("rankingCoefficient", rankingCoefficient),
      ("rankingCrossEntropy", rankingCrossEntropy), ("rankingMinimumGap", rankingMinimumGap),
      ("pretrainingCoefficient", pretrainingCoefficient),
    ]
    let shares = [
      ("finalRateFraction", finalRateFraction), ("discount", discount), ("lambda", lambda),
    ]
    return positive.lazy.compactMap { settingProblem($0, $1, above: 0) }.first
      ?? notNegative.lazy.compactMap { settingProblem($0, $1, atLeast: 0) }.first
      ?? shares.lazy.compactMap { settingProblem($0, $1, in: 0...1) }.first
      ?? (missingEndPenalty.isFinite
        ? nil : "missingEndPenalty is \(missingEndPenalty), not a finite number")
  }
}
