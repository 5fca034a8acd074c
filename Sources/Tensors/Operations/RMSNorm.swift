extension Tensor {
  /// Root-mean-square normalisation of each row.
  ///
  ///     yᵢ = wᵢ xᵢ / √(mean(x²) + ε)
  ///
  /// Source: Zhang and Sennrich 2019, arXiv:1910.07467.
  ///
  /// - Parameters:
  ///   - weight: w, `[C]`.
  ///   - epsilon: ε, above 0: a row of zeros stays zero.
  /// - Returns: The shape of `self`, `[N, C]`.
  public func rmsNorm(_ weight: Tensor, epsilon: Float) -> Tensor {
    precondition(
      shape.count == 2 && weight.shape == [shape[1]], "rmsNorm: \(shape) by \(weight.shape)")
    let (rows, width) = (shape[0], shape[1])
    let buffer = Buffer(count: count)
    let inverse = Buffer(count: max(1, rows))
    let (x, w) = (pointer, weight.pointer)
    let (y, scales) = (buffer.pointer, inverse.pointer)
    inParallel(rows, grain: Self.rowGrain(width)) { range in
      for row in range {
        scales[row] = normalize(y + row * width, x + row * width, w, epsilon, count: width)
      }
    }
    return .result(shape: shape, buffer: buffer, inputs: [self, weight]) { [self] upstream in
      rmsNormGradient(
        gradientSink, weight.gradientSink, x: pointer, weight: weight.pointer,
        upstream: upstream.accumulator(), scales: inverse.pointer, rows: rows, width: width)
    }
  }
}

/// yᵢ ← s wᵢ xᵢ, with the s that is returned: 1 / √(mean(x²) + ε).
@inline(__always) func normalize(
  _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>,
  _ epsilon: Float, count: Int
) -> Float {
  let scale = 1 / (dot(x, x, count: count) / Float(count) + epsilon).squareRoot()
  for index in 0..<count { y[index] = x[index] * scale * weight[index] }
  return scale
}

/// dx ← dx + s · (w g − x s² mean(w g x)).
@inline(__always) func addNormGradient(
  _ inputGradient: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, upstream: UnsafePointer<Float>, scale: Float, count: Int
) {
  let mean = weightedDot(weight, upstream, x, count: count) / Float(count) * scale * scale
  for index in 0..<count {
    inputGradient[index] += scale * (weight[index] * upstream[index] - x[index] * mean)
  }
}

/// Rows whose share of a weight's gradient is summed on its own: a fixed number, so that the sum does
/// not depend on the number of threads.
let gradientBlock = 64

/// dx ← dx + s · (w g − x s² mean(w g x)) and dw ← dw + Σ g x s over the rows, in one pass, with s the
/// row's saved scale and g the upstream.
private func rmsNormGradient(
  _ inputSink: Gradient?, _ weightSink: Gradient?, x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, upstream: UnsafePointer<Float>, scales: UnsafePointer<Float>,
  rows: Int, width: Int
) {
  let target = inputSink?.target()
  let blocks = (rows + gradientBlock - 1) / gradientBlock
  withScratch(count: blocks * width) { partial in
    inParallel(blocks, grain: 1) { range in
      for block in range {
        let sums = partial + block * width
        sums.update(repeating: 0, count: width)
        for row in block * gradientBlock..<min(rows, (block + 1) * gradientBlock) {
          let (input, gradient) = (x + row * width, upstream + row * width)
          let scale = scales[row]
          if weightSink != nil {
            for column in 0..<width { sums[column] += gradient[column] * input[column] * scale }
          }
          guard let (output, isFresh) = target else { continue }
          let line = output + row * width
          if isFresh { line.update(repeating: 0, count: width) }
          addNormGradient(
            line, x: input, weight: weight, upstream: gradient, scale: scale, count: width)
        }
      }
    }
    guard let accumulator = weightSink?.accumulator() else { return }
    for block in 0..<blocks {
      addScaled(accumulator, partial + block * width, 1, count: width)
    }
  }
}
