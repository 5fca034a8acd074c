import LanguageModels
import Tensors

/// Random weights, and rows of random tokens: what is computed does not matter here, only how long
/// it takes. Weights and tokens of one seed are always the same.
struct RandomWork {
  let model: Transformer
  private var random: SplitMix64

  init(_ shape: ModelShape, length: Int, seed: UInt64) throws(ModelShapeError) {
    var weights = SplitMix64(seed: seed, stream: "weights")
    model = Transformer(try shape.configuration(length: length), random: &weights)
    random = SplitMix64(seed: seed, stream: "tokens")
  }

  /// Rows of these lengths.
  mutating func rows(_ lengths: [Int]) -> [[Int32]] {
    let vocabulary = Int32(model.configuration.vocabularySize)
    return lengths.map { length in
      (0..<length).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
    }
  }

  /// Lengths drawn uniformly from a range.
  mutating func lengths(_ count: Int, in range: ClosedRange<Int>) -> [Int] {
    (0..<count).map { _ in Int.random(in: range, using: &random) }
  }
}
