import Tensors

extension ParameterStorage {
  /// Weights as the golden scripts draw them: large enough that distributions are far from uniform.
  public func drawWeights(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    snapshot = entries.flatMap { entry in
      let numbers = random.symmetric(entry.range.count)
      return entry.shape.count == 1 ? numbers.map { 1 + $0 / 4 } : numbers.map { $0 / 2 }
    }
  }
}
