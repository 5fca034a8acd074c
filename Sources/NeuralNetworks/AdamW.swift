import Foundation
import Tensors

/// Settings of the optimizer that stay the same during training.
public struct AdamWConfig: Codable, Equatable, Sendable {
  /// β₁, decay of the mean of gradients.
  public var beta1: Float
  /// β₂, decay of the mean of squared gradients.
  public var beta2: Float
  /// ε, added to the root of the second moment.
  public var epsilon: Float
  /// λ, decoupled weight decay of matrices; vectors are not decayed.
  public var weightDecay: Float
  /// Gradients with a larger Euclidean norm are scaled down to it; 0 switches clipping off.
  public var maximumGradientNorm: Float

  /// All settings.
  public init(
    beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, maximumGradientNorm: Float
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.maximumGradientNorm = maximumGradientNorm
  }

  /// What is wrong with these numbers, the key first; nil where nothing is.
  public var problem: String? {
    settingProblem("beta1", beta1, in: 0..<1) ?? settingProblem("beta2", beta2, in: 0..<1)
      ?? settingProblem("epsilon", epsilon, above: 0)
      ?? settingProblem("weightDecay", weightDecay, atLeast: 0)
      ?? settingProblem("maximumGradientNorm", maximumGradientNorm, atLeast: 0)
  }
}

/// AdamW over flat parameter storage, with clipping by the global norm.
///
/// Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
public final class AdamW {
  /// The settings.
  public let config: AdamWConfig
  /// Steps taken.
  public private(set) var stepCount = 0
  private let storage: ParameterStorage
  private var firstMoments: [Float]
  private var secondMoments: [Float]

  /// An optimizer for all parameters of `storage`.
  public init(_ storage: ParameterStorage, config: AdamWConfig) {
    self.storage = storage
    self.config = config
    firstMoments = [Float](repeating: 0, count: storage.count)
    secondMoments = firstMoments
  }

  /// Moves the parameters against their gradients, then forgets the gradients.
  ///
  /// A step whose gradients or loss are not finite changes nothing but still forgets them.
  ///
  /// - Parameters:
  ///   - learningRate: η of this step.
  ///   - loss: Where it is known: a loss that is not finite has no gradient worth following.
  /// - Returns: The norm of the gradients before clipping; not finite where the step was skipped for it.
  @discardableResult
  public func step(learningRate: Float, ifFinite loss: Float = 0) -> Float {
    let norm = Float(storage.squaredGradientNorm.squareRoot())
    guard norm.isFinite && loss.isFinite else {
      storage.zeroGradients()
      return norm
    }
    stepCount += 1
    let limit = config.maximumGradientNorm
    var coefficients = AdamWCoefficients(
      learningRate: learningRate, betas: (config.beta1, config.beta2), epsilon: config.epsilon,
      weightDecay: 0,
      biasCorrections: (
        biasCorrection(config.beta1), biasCorrection(config.beta2)
      ),
      gradientScale: limit > 0 && norm > limit ? limit / norm : 1)
    storage.withBuffers { weights, gradients in
      firstMoments.withUnsafeMutableBufferPointer { first in
        secondMoments.withUnsafeMutableBufferPointer { second in
          for entry in storage.entries {
            coefficients.weightDecay = entry.shape.count > 1 ? config.weightDecay : 0
            adamWStep(
              weights: weights, gradients: gradients, firstMoments: first, secondMoments: second,
              range: entry.range, coefficients: coefficients)
          }
        }
      }
    }
    return norm
  }

  /// 1 − βᵗ, the subtraction in Double: βᵗ is near 1 in the first steps.
  private func biasCorrection(_ beta: Float) -> Float {
    Float(1 - pow(Double(beta), Double(stepCount)))
  }
}

extension AdamW: Resumable {
  /// The number of steps, which decides the corrections of the moments.
  public var progress: Int {
    get { stepCount }
    set { stepCount = newValue }
  }

  /// The weights and both moments.
  public func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result {
    try storage.withWeights { weights in
      try firstMoments.withUnsafeMutableBufferPointer { first in
        try secondMoments.withUnsafeMutableBufferPointer { second in
          try body([
            NamedNumbers("weights", weights), NamedNumbers("firstMoments", first),
            NamedNumbers("secondMoments", second),
          ])
        }
      }
    }
  }
}
