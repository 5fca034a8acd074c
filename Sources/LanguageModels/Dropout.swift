import Tensors

/// Dropout during training, with the generator that it draws from.
public struct Dropout: Sendable {
  /// The share of elements that become zero.
  public var probability: Float
  /// Where the choice comes from.
  public var random: SplitMix64

  /// Dropout with its own generator.
  public init(probability: Float, random: SplitMix64) {
    self.probability = probability
    self.random = random
  }

  /// Leaves everything as it is.
  public static var none: Dropout { Dropout(probability: 0, random: SplitMix64(seed: 0)) }

  mutating func apply(to tensor: Tensor) -> Tensor {
    tensor.dropout(probability, using: &random)
  }
}
