extension Tensor {
  /// Log-probability of one chosen token for each row, and the entropy of the row's distribution,
  /// fused with the output head so that the logits of a batch never exist at once.
  ///
  ///     z = h Wᵀ / τ,   ℓ = z_y − log Σⱼ exp zⱼ,   H = −Σⱼ pⱼ log pⱼ
  ///
  /// The gradient flows to h and W, from both columns of the result; probabilities are computed
  /// again in the backward pass.
  ///
  /// - Parameters:
  ///   - head: W, `[V, C]`.
  ///   - targets: y, one token of `0..<V` for each row.
  ///   - temperature: τ, above 0.
  /// - Returns: `[N, 2]`: ℓ and H, in nats.
  /// - Precondition: `self` is `[N, C]`.
  public func tokenLogProbs(
    head: Tensor, targets: [Int32], temperature: Float = 1
  ) -> Tensor {
    precondition(
      shape.count == 2 && head.shape.count == 2 && shape[1] == head.shape[1]
        && targets.count == shape[0] && temperature > 0,
      "tokenLogProbs: \(shape) by \(head.shape) for \(targets.count) targets")
    let (rows, width, vocabulary) = (shape[0], shape[1], head.shape[0])
    for target in targets {
      precondition(
        0 <= target && target < vocabulary, "tokenLogProbs: token \(target) of \(vocabulary)")
    }
    let buffer = Buffer(count: rows * 2)
    let logSums = Buffer(count: max(1, rows))
    let (output, sums) = (buffer.pointer, logSums.pointer)
    forEachChunk(rows, vocabulary) { chunk, logits in
      scaledLogits(logits, self, head, chunk, scale: 1 / temperature)
      inParallel(chunk.count, grain: Self.rowGrain(vocabulary)) { range in
        for row in range {
          let line = logits + row * vocabulary
          let index = chunk.lowerBound + row
          let chosen = line[Int(targets[index])]
          let (logSum, entropy) = logSumAndEntropy(line, count: vocabulary)
          sums[index] = logSum
          output[2 * index] = chosen - logSum
          output[2 * index + 1] = entropy
        }
      }
    }
    let result = Tensor(shape: [rows, 2], buffer: buffer)
    return .result(shape: [rows, 2], buffer: buffer, inputs: [self, head]) { [self] upstream in
      forEachChunk(rows, vocabulary) { chunk, logits in
        scaledLogits(logits, self, head, chunk, scale: 1 / temperature)
        inParallel(chunk.count, grain: Self.rowGrain(vocabulary)) { range in
          for row in range {
            let index = chunk.lowerBound + row
            logitGradient(
              logits + row * vocabulary, count: vocabulary, target: Int(targets[index]),
              logSum: logSums.pointer[index], entropy: result.pointer[2 * index + 1],
              upstream: upstream[2 * index], entropyUpstream: upstream[2 * index + 1],
              scale: 1 / temperature)
          }
        }
        if let sink = gradientSink {
          parallelMatrixProduct(
            sink.accumulator() + chunk.lowerBound * width, stride: width, logits, .plain,
            stride: vocabulary, head.pointer, .plain, stride: width,
            m: chunk.count, n: width, k: vocabulary, beta: 1)
        }
        if let sink = head.gradientSink {
          parallelMatrixProduct(
            sink.accumulator(), stride: width, logits, .transposed, stride: vocabulary,
            pointer + chunk.lowerBound * width, .plain, stride: width,
            m: vocabulary, n: width, k: chunk.count, beta: 1)
        }
      }
    }
  }

  /// The logits of each row, for sampling: `[N, V]`, not recorded.
  public func logits(head: Tensor) -> Tensor { withoutGradient { linear(head) } }
}

/// Calls `body` with ranges of rows whose logits fit into a scratch buffer of a few megabytes.
private func forEachChunk(
  _ rows: Int, _ vocabulary: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) {
  let chunk = min(max(1, rows), max(16, (1 << 19) / max(1, vocabulary)))
  withScratch(count: chunk * vocabulary) { logits in
    for first in stride(from: 0, to: rows, by: chunk) {
      body(first..<min(rows, first + chunk), logits)
    }
  }
}

private func scaledLogits(
  _ logits: UnsafeMutablePointer<Float>, _ hidden: Tensor, _ head: Tensor, _ rows: Range<Int>,
  scale: Float
) {
  let (width, vocabulary) = (hidden.shape[1], head.shape[0])
  parallelMatrixProduct(
    logits, stride: vocabulary, hidden.pointer + rows.lowerBound * width, .plain, stride: width,
    head.pointer, .transposed, stride: width,
    m: rows.count, n: vocabulary, k: width, alpha: scale)
}

/// log Σ exp zⱼ, and H = log Σ exp zⱼ − Σ pⱼ zⱼ; the largest z is taken from both terms of H, so that
/// large logits cost it no digits.
private func logSumAndEntropy(
  _ line: UnsafePointer<Float>, count: Int
) -> (logSum: Float, entropy: Float) {
  let largest = maximum(line, count: count)
  let shift = Vector(repeating: largest)
  var (sums, weighted) = (Vector.zero, Vector.zero)
  var index = 0
  while index + 16 <= count {
    let z = line.vector(index) - shift
    let value = exponential(z)
    sums += value
    weighted = weighted.addingProduct(value, z)
    index += 16
  }
  var (sum, total) = (sums.sum(), weighted.sum())
  while index < count {
    let value = exponential(line[index] - largest)
    sum += value
    total += value * (line[index] - largest)
    index += 1
  }
  let rest = logarithm(sum)
  return (largest + rest, rest - total / sum)
}

/// Replaces logits by their gradient.
///
///     dzⱼ = (g (1[j = y] − pⱼ) − e pⱼ (log pⱼ + H)) · scale
private func logitGradient(
  _ line: UnsafeMutablePointer<Float>, count: Int, target: Int, logSum: Float, entropy: Float,
  upstream: Float, entropyUpstream: Float, scale: Float
) {
  let (g, e) = (Vector(repeating: upstream), Vector(repeating: entropyUpstream))
  let (shift, h, s) = (
    Vector(repeating: logSum), Vector(repeating: entropy), Vector(repeating: -scale)
  )
  var index = 0
  while index + 16 <= count {
    let logP = line.vector(index) - shift
    line.store(exponential(logP) * (g + e * (logP + h)) * s, index)
    index += 16
  }
  while index < count {
    let logP = line[index] - logSum
    line[index] = -scale * exponential(logP) * (upstream + entropyUpstream * (logP + entropy))
    index += 1
  }
  line[target] += upstream * scale
}
