import NeuralNetworks
import Tensors

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
