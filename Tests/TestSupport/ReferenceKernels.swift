import Foundation
import Tensors

/// The operations of `Tensors` as their formulas read, in Double and one element at a time: slow
/// and plain, to judge the fast ones.
public enum Reference {
  /// A · B of row-major matrices, `[m, k]` and `[k, n]`.
  public static func matrixProduct(
    _ a: [Double], _ b: [Double], m: Int, n: Int, k: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: m * n)
    result.withUnsafeMutableBufferPointer { c in
      b.withUnsafeBufferPointer { b in
        for row in 0..<m {
          for term in 0..<k {
            let factor = a[row * k + term]
            for column in 0..<n { c[row * n + column] += factor * b[term * n + column] }
          }
        }
      }
    }
    return result
  }

  /// Aᵀ of a row-major matrix.
  public static func transposed(_ a: [Double], rows: Int, columns: Int) -> [Double] {
    (0..<columns).flatMap { column in (0..<rows).map { a[$0 * columns + column] } }
  }

  /// x Wᵀ.
  public static func linear(
    _ x: [Float], _ weight: [Float], rows: Int, inputs: Int, outputs: Int
  ) -> [Double] {
    matrixProduct(
      x.map(Double.init), transposed(weight.map(Double.init), rows: outputs, columns: inputs),
      m: rows, n: outputs, k: inputs)
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
    _ x: [some BinaryFloatingPoint], headWidth: Int, base: Double, positions: [Int], heads: Int
  ) -> [Double] {
    var result = x.map { Double($0) }
    let half = headWidth / 2
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        for index in 0..<half {
          let angle = Double(position) * pow(base, -2 * Double(index) / Double(headWidth))
          let first = row * (x.count / positions.count) + head * headWidth + index
          let (a, b) = (result[first], result[first + half])
          result[first] = a * cos(angle) - b * sin(angle)
          result[first + half] = a * sin(angle) + b * cos(angle)
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

  /// Gradients of Σ upstream · (log p of the target, entropy) with respect to h and W, of logits
  /// h Wᵀ / τ.
  public static func tokenLogProbGradients(
    _ hidden: [Float], head: [Float], width: Int, targets: [Int32], temperature: Double,
    upstream: [Float]
  ) -> (hidden: [Double], head: [Double]) {
    let (rows, vocabulary) = (targets.count, head.count / width)
    let logits = linear(hidden, head, rows: rows, inputs: width, outputs: vocabulary)
    let slopes = targets.enumerated().flatMap { row, target in
      let p = softmax(logits[row * vocabulary..<(row + 1) * vocabulary].map { $0 / temperature })
      let entropy = -p.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }
      let (g, e) = (Double(upstream[2 * row]), Double(upstream[2 * row + 1]))
      return p.enumerated().map { token, p in
        let chosen = token == Int(target) ? 1.0 : 0
        let change = p > 0 ? p * (log(p) + entropy) : 0
        return (g * (chosen - p) - e * change) / temperature
      }
    }
    return (
      matrixProduct(slopes, head.map(Double.init), m: rows, n: width, k: vocabulary),
      matrixProduct(
        transposed(slopes, rows: rows, columns: vocabulary), hidden.map(Double.init),
        m: vocabulary, n: width, k: rows)
    )
  }

  /// exp xᵢ / Σ exp xⱼ.
  public static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let terms = x.map { exp($0 - largest) }
    let sum = terms.reduce(0, +)
    return terms.map { $0 / sum }
  }
}
