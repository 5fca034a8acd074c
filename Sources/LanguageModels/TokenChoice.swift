import Tensors

/// The next token from its logits: the most probable one at temperature 0, else one drawn from
/// softmax(logits / temperature) with one random number.
///
/// Ties at temperature 0 go to the smaller token.
func chooseToken(
  _ logits: UnsafeBufferPointer<Float>, temperature: Float, random: inout SplitMix64
) -> Int32 {
  var best = 0
  for index in 1..<max(1, logits.count) where logits[index] > logits[best] { best = index }
  guard temperature > 0 else { return Int32(best) }
  let probabilities = unnormalizedSoftmax(logits, temperature: temperature, largest: logits[best])
  let total = probabilities.reduce(0) { $0 + Double($1) }
  var rest = Double.random(in: 0..<1, using: &random) * total
  for (index, probability) in probabilities.enumerated() {
    rest -= Double(probability)
    if rest < 0 { return Int32(index) }
  }
  return Int32(best)
}
