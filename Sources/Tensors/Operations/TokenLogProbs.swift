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
    checkTargets(targets, head, temperature)
    let (rows, vocabulary) = (shape[0], head.shape[0])
    let buffer = Buffer(count: rows * 2)
    let logSums = Buffer(count: max(1, rows))
    forEachChunk(rows, vocabulary) { chunk, logits in
      scaledLogits(logits, self, head, chunk, scale: 1 / temperature)
      forEachRow(chunk, logits, vocabulary) { row, line in
        let chosen = line[Int(targets[row])]
        let (logSum, entropy) = logSumAndEntropy(line, count: vocabulary)
        logSums.pointer[row] = logSum
        buffer.pointer[2 * row] = chosen - logSum
        buffer.pointer[2 * row + 1] = entropy
      }
    }
    let result = Tensor(shape: [rows, 2], buffer: buffer)
    return .result(shape: [rows, 2], buffer: buffer, inputs: [self, head]) { [self] upstream in
      let gradient = UnsafePointer(upstream.accumulator())
      let hiddenGradient = gradientSink?.target()
      forEachChunk(rows, vocabulary) { chunk, logits in
        scaledLogits(logits, self, head, chunk, scale: 1 / temperature)
        forEachRow(chunk, logits, vocabulary) { row, line in
          logitGradient(
            line, count: vocabulary, target: Int(targets[row]), logSum: logSums.pointer[row],
            entropy: result.pointer[2 * row + 1], upstream: gradient[2 * row],
            entropyUpstream: gradient[2 * row + 1], scale: 1 / temperature)
        }
        addHeadGradients(
          logits, self, head, chunk, hiddenGradient?.pointer,
          isFresh: hiddenGradient?.isFresh ?? false)
      }
    }
  }

  /// The log-probabilities of `tokenLogProbs`, and at once the backward pass of a loss that is linear
  /// in them.
  ///
  ///     L = Σᵢ wᵢ ℓᵢ
  ///
  /// - Parameter weights: w, one for each row.
  /// - Returns: ℓ, `[N]`.
  /// - Precondition: `self` is `[N, C]`.
  public func backwardThroughLogProbs(
    head: Tensor, targets: [Int32], weights: [Float], temperature: Float = 1
  ) -> [Float] {
    precondition(
      weights.count == shape[0], "tokenLogProbs: \(weights.count) weights for \(shape)")
    return backwardThroughLogProbs(head: head, targets: targets, temperature: temperature) {
      row, _ in weights[row]
    }
  }

  /// The log-probabilities of `tokenLogProbs`, and at once the backward pass of a loss that is a sum
  /// over the rows.
  ///
  ///     L = Σᵢ fᵢ(ℓᵢ) + e Σᵢ Hᵢ,   wᵢ = f′ᵢ(ℓᵢ)
  ///
  /// Where a row's weight follows from its own log-probability, as in likelihood losses and in PPO's,
  /// each chunk of logits turns into its gradient while it is at hand: no logit is computed twice.
  ///
  /// - Parameters:
  ///   - entropyWeight: e.
  ///   - weight: w of a row, given its index and its ℓ. Called once for each row, on several threads.
  /// - Returns: ℓ, `[N]`: the numbers that `tokenLogProbs` gives.
  /// - Precondition: `self` is `[N, C]`.
  public func backwardThroughLogProbs(
    head: Tensor, targets: [Int32], temperature: Float = 1, entropyWeight: Float = 0,
    weight: (_ row: Int, _ logProb: Float) -> Float
  ) -> [Float] {
    checkTargets(targets, head, temperature)
    precondition(Recording.isEnabled, "backward pass of what is not recorded")
    let (rows, vocabulary) = (shape[0], head.shape[0])
    let hiddenGradient = Gradient(count: count)
    let target = requiresGradient ? hiddenGradient.target().pointer : nil
    let logProbs = [Float](unsafeUninitializedCapacity: rows) { output, initialized in
      forEachChunk(rows, vocabulary) { chunk, logits in
        scaledLogits(logits, self, head, chunk, scale: 1 / temperature)
        forEachRow(chunk, logits, vocabulary) { row, line in
          let token = Int(targets[row])
          let chosen = line[token]
          let (logSum, entropy) = logSumAndEntropy(line, count: vocabulary)
          output[row] = chosen - logSum
          logitGradient(
            line, count: vocabulary, target: token, logSum: logSum, entropy: entropy,
            upstream: weight(row, output[row]), entropyUpstream: entropyWeight,
            scale: 1 / temperature)
        }
        addHeadGradients(logits, self, head, chunk, target, isFresh: true)
      }
      initialized = rows
    }
    if target != nil { backward(hiddenGradient) }
    return logProbs
  }

  private func checkTargets(_ targets: [Int32], _ head: Tensor, _ temperature: Float) {
    precondition(
      shape.count == 2 && head.shape.count == 2 && shape[1] == head.shape[1]
        && targets.count == shape[0] && temperature > 0,
      "tokenLogProbs: \(shape) by \(head.shape) for \(targets.count) targets")
    for target in targets {
      precondition(
        0 <= target && target < head.shape[0], "tokenLogProbs: token \(target) of \(head.shape[0])")
    }
  }

  /// The logits of each row, for sampling: `[N, V]`, not recorded.
  public func logits(head: Tensor) -> Tensor { withoutGradient { linear(head) } }
}

/// Calls `body` with ranges of rows and memory for their logits: 8 MiB, or as much as makes a matrix
/// product efficient, and never more than 128 MiB.
///
/// Rows, not columns, are cut: a row's gradient needs the sum over the whole vocabulary, so chunks of
/// the vocabulary would compute every logit twice.
private func forEachChunk(
  _ rows: Int, _ vocabulary: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) {
  guard rows > 0 else { return }
  let wanted = max(256, (1 << 21) / vocabulary)
  let largest = min(rows, max(1, min(wanted, (1 << 25) / vocabulary)))
  let chunks = (rows + largest - 1) / largest
  withScratch(count: largest * vocabulary) { logits in
    for chunk in 0..<chunks { body(rows * chunk / chunks..<rows * (chunk + 1) / chunks, logits) }
  }
}

/// Calls `body` with each row of a chunk and its logits, on several threads.
private func forEachRow(
  _ chunk: Range<Int>, _ logits: UnsafeMutablePointer<Float>, _ vocabulary: Int,
  _ body: (Int, UnsafeMutablePointer<Float>) -> Void
) {
  inParallel(chunk.count, grain: Tensor.rowGrain(vocabulary)) { range in
    for row in range { body(chunk.lowerBound + row, logits + row * vocabulary) }
  }
}

/// dh = dz W and dW = dzᵀ h of a chunk whose logits were replaced by their gradient.
private func addHeadGradients(
  _ slopes: UnsafePointer<Float>, _ hidden: Tensor, _ head: Tensor, _ rows: Range<Int>,
  _ hiddenTarget: UnsafeMutablePointer<Float>?, isFresh: Bool
) {
  let (width, vocabulary) = (hidden.shape[1], head.shape[0])
  if let hiddenTarget {
    parallelMatrixProduct(
      hiddenTarget + rows.lowerBound * width, stride: width, slopes, .plain, stride: vocabulary,
      head.pointer, .plain, stride: width,
      m: rows.count, n: width, k: vocabulary, beta: isFresh ? 0 : 1)
  }
  if let sink = head.gradientSink {
    parallelMatrixProduct(
      sink.accumulator(), stride: width, slopes, .transposed, stride: vocabulary,
      hidden.pointer + rows.lowerBound * width, .plain, stride: width,
      m: vocabulary, n: width, k: rows.count, beta: 1)
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
