/// Queries whose probabilities are in memory at the same time.
private let queryBlock = 64

/// Attention of one head: each query to the `past` keys before the first query and to the keys up
/// to its own.
///
/// `queries` is `[queryCount, D]`, `keys` and `values` are `[past + queryCount, D]`, with the given
/// strides between rows. Where wanted, `logSums` receives log Σ exp of each row's scaled scores.
func attend(
  _ output: UnsafeMutablePointer<Float>, stride outputStride: Int,
  queries: UnsafePointer<Float>, stride queryStride: Int,
  keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride keyStride: Int,
  logSums: UnsafeMutablePointer<Float>?,
  queryCount: Int, past: Int, width: Int, scale: Float
) {
  withScratch(count: min(queryBlock, queryCount) * (past + queryCount)) { s in
    for first in stride(from: 0, to: queryCount, by: queryBlock) {
      let rows = min(queryBlock, queryCount - first)
      let keyCount = past + first + rows
      matrixProduct(
        s, stride: keyCount, queries + first * queryStride, .plain, stride: queryStride,
        keys, .transposed, stride: keyStride, m: rows, n: keyCount, k: width)
      for row in 0..<rows {
        let line = s + row * keyCount
        let visible = past + first + row + 1
        let largest = maximum(line, count: visible)
        let sum = exponentiate(line, count: visible, scale: scale, shift: largest)
        for column in visible..<keyCount { line[column] = 0 }
        Tensors.scale(line, by: 1 / sum, count: visible)
        logSums?[first + row] = scale * largest + logarithm(sum)
      }
      matrixProduct(
        output + first * outputStride, stride: outputStride, s, .plain, stride: keyCount,
        values, .plain, stride: keyStride, m: rows, n: width, k: keyCount)
    }
  }
}

/// Gradient of `attend` without past, added to the three targets.
///
///     P = exp(scale · Q Kᵀ − L),  dV += Pᵀ dO,  dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O))
///     dQ += scale · dS K,  dK += scale · dSᵀ Q
func attendGradient(
  queryTarget: UnsafeMutablePointer<Float>, keyTarget: UnsafeMutablePointer<Float>,
  valueTarget: UnsafeMutablePointer<Float>,
  queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
  stride: Int, output: UnsafePointer<Float>, upstream: UnsafePointer<Float>, outputStride: Int,
  logSums: UnsafePointer<Float>, count: Int, width: Int, scale: Float
) {
  withScratch(count: 2 * min(queryBlock, count) * count) { probabilities in
    for first in Swift.stride(from: 0, to: count, by: queryBlock) {
      let rows = min(queryBlock, count - first)
      let keyCount = first + rows
      let slopes = probabilities + rows * keyCount
      let (q, d) = (queries + first * stride, upstream + first * outputStride)
      matrixProduct(
        probabilities, stride: keyCount, q, .plain, stride: stride, keys, .transposed,
        stride: stride,
        m: rows, n: keyCount, k: width)
      matrixProduct(
        slopes, stride: keyCount, d, .plain, stride: outputStride, values, .transposed,
        stride: stride, m: rows, n: keyCount, k: width)
      for row in 0..<rows {
        let (line, slope) = (probabilities + row * keyCount, slopes + row * keyCount)
        let visible = first + row + 1
        let position = first + row
        _ = exponentiate(line, count: visible, scale: scale, shift: logSums[position] / scale)
        let mean = dot(
          output + position * outputStride, upstream + position * outputStride, count: width)
        for column in 0..<visible { slope[column] = line[column] * (slope[column] - mean) }
        for column in visible..<keyCount {
          line[column] = 0
          slope[column] = 0
        }
      }
      matrixProduct(
        valueTarget, stride: stride, probabilities, .transposed, stride: keyCount, d, .plain,
        stride: outputStride, m: keyCount, n: width, k: rows, beta: 1)
      matrixProduct(
        queryTarget + first * stride, stride: stride, slopes, .plain, stride: keyCount, keys,
        .plain,
        stride: stride, m: rows, n: width, k: keyCount, alpha: scale, beta: 1)
      matrixProduct(
        keyTarget, stride: stride, slopes, .transposed, stride: keyCount, q, .plain, stride: stride,
        m: keyCount, n: width, k: rows, alpha: scale, beta: 1)
    }
  }
}

/// Attention of one query to `count` keys, without the overhead of a matrix product.
func attendOne(
  _ output: UnsafeMutablePointer<Float>, query: UnsafePointer<Float>, keys: UnsafePointer<Float>,
  values: UnsafePointer<Float>, stride: Int, count: Int, width: Int, scale: Float
) {
  withScratch(count: count) { s in
    for index in 0..<count { s[index] = dot(query, keys + index * stride, count: width) }
    let sum = exponentiate(s, count: count, scale: scale, shift: maximum(s, count: count))
    output.update(repeating: 0, count: width)
    for index in 0..<count {
      addScaled(output, values + index * stride, s[index] / sum, count: width)
    }
  }
}
