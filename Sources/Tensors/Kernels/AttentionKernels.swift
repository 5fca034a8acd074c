/// Queries and keys whose probabilities are in memory at the same time.
private let queryBlock = 64
private let keyBlock = 256

/// Rows of one head: `count` rows of `width` numbers, `stride` apart.
struct HeadRows {
  var pointer: UnsafePointer<Float>
  var stride: Int

  func row(_ index: Int) -> UnsafePointer<Float> { pointer + index * stride }
}

/// Attention of one head: each query to the `past` keys before the first query and to the keys up
/// to its own, in blocks, with the softmax kept up to date as keys come.
///
///     m' = max(m, max s),  l ← l e^(m − m') + Σ e^(s − m'),  o ← o e^(m − m') + Σ e^(s − m') v
///
/// Where wanted, `logSums` receives log Σ exp of each row's scaled scores.
///
/// Source: Milakov and Gimelshein 2018, arXiv:1805.02867 (online softmax); Dao et al. 2022,
/// arXiv:2205.14135.
func attend(
  _ output: UnsafeMutablePointer<Float>, stride outputStride: Int, queries: HeadRows,
  keys: HeadRows, values: HeadRows, logSums: UnsafeMutablePointer<Float>?,
  queryCount: Int, past: Int, width: Int, scale: Float
) {
  let columns = min(keyBlock, past + queryCount)
  withScratch(count: queryBlock * columns + 2 * queryBlock) { scratch in
    let (largest, sums) = (scratch, scratch + queryBlock)
    let scores = scratch + 2 * queryBlock
    for first in stride(from: 0, to: queryCount, by: queryBlock) {
      let rows = min(queryBlock, queryCount - first)
      let target = output + first * outputStride
      for firstKey in stride(from: 0, to: past + first + rows, by: keyBlock) {
        let keyCount = min(keyBlock, past + first + rows - firstKey)
        matrixProduct(
          scores, stride: keyCount, queries.row(first), .plain, stride: queries.stride,
          keys.row(firstKey), .transposed, stride: keys.stride, m: rows, n: keyCount, k: width)
        for row in 0..<rows {
          let line = scores + row * keyCount
          let visible = min(keyCount, past + first + row + 1 - firstKey)
          let old = firstKey == 0 ? -Float.infinity : largest[row]
          var sum: Float = 0
          if visible > 0 {
            largest[row] = max(old, maximum(line, count: visible))
            sum = exponentiate(line, count: visible, scale: scale, shift: largest[row])
          }
          for column in max(0, visible)..<keyCount { line[column] = 0 }
          guard firstKey > 0 else {
            sums[row] = sum
            continue
          }
          let decay = exponential(scale * (old - largest[row]))
          sums[row] = sums[row] * decay + sum
          if decay != 1 { Tensors.scale(target + row * outputStride, by: decay, count: width) }
        }
        matrixProduct(
          target, stride: outputStride, scores, .plain, stride: keyCount,
          values.row(firstKey), .plain, stride: values.stride, m: rows, n: width, k: keyCount,
          beta: firstKey == 0 ? 0 : 1)
      }
      for row in 0..<rows {
        Tensors.scale(target + row * outputStride, by: 1 / sums[row], count: width)
        logSums?[first + row] = scale * largest[row] + logarithm(sums[row])
      }
    }
  }
}

/// Where the gradients of queries, keys and values of one head are added, `stride` apart.
struct HeadGradients {
  var queries, keys, values: UnsafeMutablePointer<Float>
  var stride: Int
}

/// Gradient of `attend` without past, added to the targets; probabilities are computed again.
///
///     P = exp(scale · Q Kᵀ − L),  dV += Pᵀ dO,  dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O))
///     dQ += scale · dS K,  dK += scale · dSᵀ Q
func attendGradient(
  _ targets: HeadGradients, queries: HeadRows, keys: HeadRows, values: HeadRows,
  output: HeadRows, upstream: HeadRows, logSums: UnsafePointer<Float>,
  count: Int, width: Int, scale: Float
) {
  let block = queryBlock * min(keyBlock, count)
  withScratch(count: 2 * block + queryBlock) { scratch in
    let (probabilities, slopes, means) = (scratch, scratch + block, scratch + 2 * block)
    for first in stride(from: 0, to: count, by: queryBlock) {
      let rows = min(queryBlock, count - first)
      let (q, d) = (queries.row(first), upstream.row(first))
      for row in 0..<rows {
        means[row] = dot(output.row(first + row), upstream.row(first + row), count: width)
      }
      for firstKey in stride(from: 0, to: first + rows, by: keyBlock) {
        let keyCount = min(keyBlock, first + rows - firstKey)
        let (k, v) = (keys.row(firstKey), values.row(firstKey))
        matrixProduct(
          probabilities, stride: keyCount, q, .plain, stride: queries.stride,
          k, .transposed, stride: keys.stride, m: rows, n: keyCount, k: width)
        matrixProduct(
          slopes, stride: keyCount, d, .plain, stride: upstream.stride,
          v, .transposed, stride: values.stride, m: rows, n: keyCount, k: width)
        for row in 0..<rows {
          let (line, slope) = (probabilities + row * keyCount, slopes + row * keyCount)
          let visible = max(0, min(keyCount, first + row + 1 - firstKey))
          _ = exponentiate(
            line, count: visible, scale: scale, shift: logSums[first + row] / scale)
          let mean = means[row]
          for column in 0..<visible { slope[column] = line[column] * (slope[column] - mean) }
          for column in visible..<keyCount {
            line[column] = 0
            slope[column] = 0
          }
        }
        matrixProduct(
          targets.values + firstKey * targets.stride, stride: targets.stride,
          probabilities, .transposed, stride: keyCount, d, .plain, stride: upstream.stride,
          m: keyCount, n: width, k: rows, beta: 1)
        matrixProduct(
          targets.queries + first * targets.stride, stride: targets.stride,
          slopes, .plain, stride: keyCount, k, .plain, stride: keys.stride,
          m: rows, n: width, k: keyCount, alpha: scale, beta: 1)
        matrixProduct(
          targets.keys + firstKey * targets.stride, stride: targets.stride,
          slopes, .transposed, stride: keyCount, q, .plain, stride: queries.stride,
          m: keyCount, n: width, k: rows, alpha: scale, beta: 1)
      }
    }
  }
}

/// Attention of one query to `count` keys, without the overhead of a matrix product.
///
/// - Parameter scores: Memory for `count` numbers.
func attendOne(
  _ output: UnsafeMutablePointer<Float>, query: UnsafePointer<Float>, keys: UnsafePointer<Float>,
  values: UnsafePointer<Float>, stride: Int, count: Int, width: Int, scale: Float,
  scores: UnsafeMutablePointer<Float>
) {
  var key = 0
  while key + 4 <= count {
    let line = keys + key * stride
    let four = dots(query, line, line + stride, line + 2 * stride, line + 3 * stride, count: width)
    UnsafeMutableRawPointer(scores + key).storeBytes(of: four, as: SIMD4<Float>.self)
    key += 4
  }
  while key < count {
    scores[key] = dot(query, keys + key * stride, count: width)
    key += 1
  }
  let sum = exponentiate(scores, count: count, scale: scale, shift: maximum(scores, count: count))
  var column = 0
  while column + 16 <= width {
    output.store(
      weightedSum(values + column, stride: stride, weights: scores, count: count)
        * Vector(repeating: 1 / sum), column)
    column += 16
  }
  while column < width {
    var total: Float = 0
    for key in 0..<count { total += scores[key] * values[key * stride + column] }
    output[column] = total / sum
    column += 1
  }
}

/// Σ wᵢ · (sixteen numbers of row i). Four sums take turns, so that none waits for the one before.
@inline(__always) private func weightedSum(
  _ rows: UnsafePointer<Float>, stride: Int, weights: UnsafePointer<Float>, count: Int
) -> Vector {
  var sums = InlineArray<4, Vector>(repeating: .zero)
  var row = 0
  while row + 4 <= count {
    for lane in 0..<4 {
      sums[unchecked: lane] = sums[unchecked: lane].addingProduct(
        Vector(repeating: weights[row + lane]), rows.vector((row + lane) * stride))
    }
    row += 4
  }
  while row < count {
    sums[0] = sums[0].addingProduct(Vector(repeating: weights[row]), rows.vector(row * stride))
    row += 1
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3])
}
