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
      let scales = UnsafePointer(inverse.pointer)
      if let accumulator = weight.gradientSink?.accumulator() {
        inParallel(width, grain: max(16, (1 << 15) / max(1, rows))) { columns in
          for row in 0..<rows {
            let (input, gradient) = (pointer + row * width, upstream + row * width)
            for column in columns {
              accumulator[column] += gradient[column] * input[column] * scales[row]
            }
          }
        }
      }
      if let accumulator = gradientSink?.accumulator() {
        rmsNormGradient(
          accumulator, x: pointer, weight: weight.pointer, upstream: upstream, scales: scales,
          rows: rows, width: width)
      }
    }
  }
}

/// dx ← dx + s · (w g − x s² mean(w g x)), with s the row's saved scale and g the upstream.
private func rmsNormGradient(
  _ target: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
  upstream: UnsafePointer<Float>, scales: UnsafePointer<Float>, rows: Int, width: Int
) {
  inParallel(rows, grain: Tensor.rowGrain(width)) { range in
    withScratch(count: width) { product in
      for row in range {
        let (input, gradient) = (x + row * width, upstream + row * width)
        for column in 0..<width { product[column] = weight[column] * gradient[column] }
        let scale = scales[row]
        let mean = dot(product, input, count: width) / Float(width) * scale * scale
        let output = target + row * width
        for column in 0..<width {
          output[column] += scale * (product[column] - input[column] * mean)
        }
      }
    }
  }
}
