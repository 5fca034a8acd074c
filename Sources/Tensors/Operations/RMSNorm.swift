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
        let input = x + row * width
        let scale = 1 / (dot(input, input, count: width) / Float(width) + epsilon).squareRoot()
        scales[row] = scale
        let output = y + row * width
        for column in 0..<width { output[column] = input[column] * scale * w[column] }
      }
    }
    return .result(shape: shape, buffer: buffer, inputs: [self, weight]) { [self] upstream in
      rmsNormGradient(
        gradientSink, weight.gradientSink, x: pointer, weight: weight.pointer,
        upstream: upstream.accumulator(), scales: inverse.pointer, rows: rows, width: width)
    }
  }
}

/// Rows whose share of a weight's gradient is summed on its own: a fixed number, so that the sum does
/// not depend on the number of threads.
private let gradientBlock = 64

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
          let mean =
            weightedDot(weight, gradient, input, count: width) / Float(width) * scale * scale
          let line = output + row * width
          if isFresh { line.update(repeating: 0, count: width) }
          for column in 0..<width {
            line[column] += scale * (weight[column] * gradient[column] - input[column] * mean)
          }
        }
      }
    }
    guard let accumulator = weightSink?.accumulator() else { return }
    for block in 0..<blocks {
      addScaled(accumulator, partial + block * width, 1, count: width)
    }
  }
}
