import Foundation
import Tensors

/// The operations of `Tensors` as their formulas read, in Double and one element at a time: slow
/// and plain, to judge the fast ones.
public enum Reference {
  /// x Wᵀ.
  public static func linear(
    _ x: [Float], _ weight: [Float], rows: Int, inputs: Int, outputs: Int
  ) -> [Double] {
    (0..<rows * outputs).map { index in
      let (row, output) = index.quotientAndRemainder(dividingBy: outputs)
      return (0..<inputs).reduce(0) {
        $0 + Double(x[row * inputs + $1]) * Double(weight[output * inputs + $1])
      }
    }
  }

  /// wᵢ xᵢ / √(mean(x²) + ε).
  public static func rmsNorm(_ x: [Float], _ weight: [Float], epsilon: Double) -> [Double] {
    let width = weight.count
    return x.indices.map { index in
      let row = x[index / width * width..<(index / width + 1) * width]
      let mean = row.reduce(0) { $0 + Double($1) * Double($1) } / Double(width)
      return Double(weight[index % width]) * Double(x[index]) / (mean + epsilon).squareRoot()
    }
  }

  /// silu(g) · u for rows of g, then u.
  public static func swiGLU(_ x: [Float], width: Int) -> [Double] {
    (0..<x.count / 2).map { index in
      let start = index / width * 2 * width + index % width
      let (gate, up) = (Double(x[start]), Double(x[start + width]))
      return gate / (1 + exp(-gate)) * up
    }
  }

  /// Rotation of each pair (i, i + D/2) of the first heads by position · θ^(−2i/D).
  public static func rotary(
    _ x: [Float], headWidth: Int, base: Double, positions: [Int], heads: Int
  ) -> [Double] {
    var result = x.map(Double.init)
    let half = headWidth / 2
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        for index in 0..<half {
          let angle = Double(position) * pow(base, -2 * Double(index) / Double(headWidth))
          let first = row * (x.count / positions.count) + head * headWidth + index
          let (a, b) = (Double(x[first]), Double(x[first + half]))
          result[first] = a * cos(angle) - b * sin(angle)
          result[first + half] = a * sin(angle) + b * cos(angle)
        }
      }
    }
    return result
  }

  /// Σ_{j ≤ i} softmaxⱼ(qᵢ·kⱼ / √D) vⱼ within each sequence.
  public static func causalAttention(
    _ x: [Float], _ layout: AttentionLayout, offsets: [Int]
  ) -> [Double] {
    let (width, line) = (layout.headWidth, layout.projectionWidth)
    var result: [Double] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      for row in start..<end {
        for head in 0..<layout.heads {
          let group = head * layout.keyValueHeads / layout.heads
          let query = row * line + head * width
          let key = layout.queryWidth + group * width
          let scores = (start...row).map { other in
            (0..<width).reduce(0.0) {
              $0 + Double(x[query + $1]) * Double(x[other * line + key + $1])
            } / Double(width).squareRoot()
          }
          let weights = softmax(scores)
          result += (0..<width).map { column in
            zip(start...row, weights).reduce(0.0) {
              $0 + $1.1 * Double(x[$1.0 * line + key + layout.keyWidth + column])
            }
          }
        }
      }
    }
    return result
  }

  /// log p of the target and the entropy of p = softmax(logits / τ), for each row of logits.
  public static func tokenLogProbs(
    logits: [Double], targets: [Int32], temperature: Double
  ) -> [Double] {
    let vocabulary = logits.count / max(1, targets.count)
    return targets.enumerated().flatMap { row, target in
      let line = logits[row * vocabulary..<(row + 1) * vocabulary].map { $0 / temperature }
      let p = softmax(line)
      return [log(p[Int(target)]), -p.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }]
    }
  }

  /// exp xᵢ / Σ exp xⱼ.
  public static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let terms = x.map { exp($0 - largest) }
    let sum = terms.reduce(0, +)
    return terms.map { $0 / sum }
  }
}
