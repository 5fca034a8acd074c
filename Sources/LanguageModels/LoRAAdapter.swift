import Tensors

/// The trained part of an adapted model: low-rank terms beside frozen weights, and a scalar head.
struct LoRAAdapter {
  let config: LoRAConfig
  let storage: ParameterStorage

  /// An adapter of zeros.
  ///
  /// - Precondition: `config.problem` is nil.
  init(_ config: LoRAConfig, _ shape: TransformerConfiguration, _ head: TransformerHead) {
    precondition(config.problem == nil, config.problem ?? "")
    self.config = config
    storage = ParameterStorage(Self.layout(config, shape, head))
  }

  /// Name and shape of every parameter, in the order of the storage.
  static func layout(
    _ config: LoRAConfig, _ shape: TransformerConfiguration, _ head: TransformerHead
  ) -> [(name: String, shape: [Int])] {
    Transformer.layout(shape, head).flatMap { name, shape in
      if name == "score" { return [(name, shape)] }
      guard adapts(name, config) else { return [] }
      return [
        ("\(name).A", [config.rank, shape[1]]), ("\(name).B", [shape[0], config.rank]),
      ]
    }
  }

  /// Draws every A uniformly from ±1/√inputs and leaves B as it is: with B = 0 the model is its base.
  ///
  /// As the `peft` library does it (Kaiming with a = √5); the paper draws from a normal distribution.
  func initialize(random: inout SplitMix64) {
    storage.withWeights { weights in
      for entry in storage.entries where entry.name.hasSuffix(".A") {
        let limit = 1 / Float(entry.shape[1]).squareRoot()
        for index in entry.range {
          weights[index] = Float.random(in: -limit...limit, using: &random)
        }
      }
    }
  }

  /// What is added to the parameter of that name; nil where it is not adapted.
  func lowRankTerm(of parameter: String) -> LayerMatrix.LowRankTerm? {
    guard Self.adapts(parameter, config) else { return nil }
    return LayerMatrix.LowRankTerm(
      a: storage["\(parameter).A"], b: storage["\(parameter).B"],
      scale: config.alpha / Float(config.rank))
  }

  private static func adapts(_ parameter: String, _ config: LoRAConfig) -> Bool {
    config.layers.contains { parameter.hasSuffix(".\($0.parameter)") }
  }
}
